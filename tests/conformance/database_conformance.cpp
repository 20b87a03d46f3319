// The properties, each on a fresh database. They use the product's own table `plans`, in SQL that every driver takes.
#include "conformance/database_conformance.hpp"

#include "support/rows.hpp"

#include <atomic>
#include <limits>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

namespace milkrun::test {
namespace {

using Limits = std::numeric_limits<std::int64_t>;

constexpr const char* insert = "INSERT INTO plans (id, slug, posts_per_month) VALUES ($id, $id, $posts)";
constexpr const char* count = "SELECT count(*) AS n FROM plans";
constexpr const char* more = "UPDATE plans SET posts_per_month = posts_per_month + 1 WHERE id = 'counter'";
constexpr const char* counter = "SELECT posts_per_month AS n FROM plans WHERE id = 'counter'";

void add(db::Transaction& tx, const char* id) { tx.execute(sql(insert), {{"id", id}, {"posts", 1}}); }

void an_exception_rolls_back(db::Database& d, const Subject&) {
  const auto body = [](db::Transaction& tx) {
    add(tx, "lost");
    throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH_AS(d.transact(body), "stop", std::runtime_error);
  CHECK(number(d, count) == 0);
  change(d, insert, {{"id", "kept"}, {"posts", 1}}); // and the database goes on
  CHECK(number(d, count) == 1);
}

void a_read_refuses_to_write(db::Database& d, const Subject&) {
  CHECK_THROWS_AS(d.read([](db::Transaction& tx) { add(tx, "no"); }), db::DatabaseError);
  CHECK(number(d, count) == 0);
  change(d, insert, {{"id", "yes"}, {"posts", 1}}); // a refused read leaves no mark on the writers
  CHECK(number(d, count) == 1);
}

void a_read_sees_one_moment(db::Database& d, const Subject& subject) {
  if (!subject.concurrent_reads) return;
  std::int64_t before = -1, after = -1;
  d.read([&](db::Transaction& tx) {
    before = tx.one(sql(count))->integer("n");
    std::thread([&] { change(d, insert, {{"id", "meanwhile"}, {"posts", 1}}); }).join();
    after = tx.one(sql(count))->integer("n");
  });
  CHECK(before == 0);
  CHECK(after == 0);
  CHECK(number(d, count) == 1);
}

void a_rehearsal_leaves_nothing(db::Database& d, const Subject&) {
  std::int64_t seen = 0;
  const db::Copy plans[] = {{"plans"}};
  d.rehearse(plans, [&](db::Transaction& tx) {
    add(tx, "a");
    tx.savepoint([&] { add(tx, "b"); });
    seen = tx.one(sql(count))->integer("n");
  });
  CHECK(seen == 2);
  CHECK(number(d, count) == 0);
}

void parameters_are_exact(db::Database& d, const Subject&) {
  const auto with = [&](std::initializer_list<db::Param> params) { change(d, insert, params); };
  CHECK_THROWS_AS(with({{"id", "a"}}), std::logic_error);
  CHECK_THROWS_AS(with({{"id", "a"}, {"posts", 1}, {"surplus", 1}}), std::logic_error);
  CHECK_THROWS_AS(with({{"id", "a"}, {"post", 1}}), std::logic_error);
  CHECK(number(d, count) == 0);
  with({{"posts", 7}, {"id", "a"}}); // order does not matter; $id is used twice in the statement
  CHECK(rows(d, "SELECT slug, posts_per_month FROM plans").at(0).text("slug") == "a");
}

void values_come_back_as_they_went(db::Database& d, const Subject&) {
  for (const std::int64_t value : {Limits::max(), std::int64_t{1} << 53, std::int64_t{0}}) {
    CAPTURE(value);
    change(d, "DELETE FROM plans");
    change(d, insert, {{"id", "x"}, {"posts", value}});
    CHECK(rows(d, "SELECT posts_per_month FROM plans").at(0).integer("posts_per_month") == value);
  }
  const auto least = rows(d, "SELECT CAST($x AS BIGINT) AS x", {{"x", Limits::min()}});
  CHECK(least.at(0).integer("x") == Limits::min());
  for (const double value : {0.1, -1.5e300, 5e-324}) {
    CAPTURE(value);
    CHECK(rows(d, "SELECT CAST($x AS DOUBLE PRECISION) AS x", {{"x", value}}).at(0).real("x") == value);
  }
  for (const std::string text : {"", " ", "ümläut 🙂 ﷽", "quote ' and \" and $id", "line\nfeed\ttab"}) {
    CAPTURE(text);
    CHECK(rows(d, "SELECT CAST($x AS TEXT) AS x", {{"x", text}}).at(0).text("x") == text);
  }
  const std::string big(3'000'000, 'x');
  CHECK(rows(d, "SELECT CAST($x AS TEXT) AS x", {{"x", big}}).at(0).text("x") == big);
}

void nothing_is_not_empty(db::Database& d, const Subject&) {
  change(d, insert, {{"id", "x"}, {"posts", nullptr}});
  const db::Row row = rows(d, "SELECT posts_per_month AS posts, '' AS empty FROM plans").at(0);
  CHECK(row.null("posts"));
  CHECK(row.maybe_integer("posts") == std::nullopt);
  CHECK_THROWS_AS(row.integer("posts"), std::logic_error);
  CHECK_FALSE(row.null("empty"));
  CHECK(row.maybe_text("empty") == std::string());
}

void columns_are_strict(db::Database& d, const Subject&) {
  change(d, insert, {{"id", "x"}, {"posts", 4}});
  const db::Row row = rows(d, "SELECT id, posts_per_month AS posts FROM plans").at(0);
  CHECK_THROWS_AS(row.text("unknown"), std::logic_error);
  CHECK_THROWS_AS(row.integer("id"), std::logic_error);
  CHECK_THROWS_AS(row.text("posts"), std::logic_error);
  CHECK(row.has("posts"));
  CHECK_FALSE(row.has("slug"));
}

void one_means_one(db::Database& d, const Subject&) {
  d.transact([](db::Transaction& tx) {
    CHECK_FALSE(tx.one(sql("SELECT id FROM plans")).has_value());
    add(tx, "a");
    CHECK(tx.one(sql("SELECT id FROM plans"))->text("id") == "a");
    add(tx, "b");
    CHECK_THROWS_AS(tx.one(sql("SELECT id FROM plans")), std::logic_error);
  });
}

void execute_counts_rows(db::Database& d, const Subject&) {
  d.transact([](db::Transaction& tx) {
    CHECK(tx.execute(sql(insert), {{"id", "a"}, {"posts", 1}}) == 1);
    CHECK(tx.execute(sql(insert), {{"id", "b"}, {"posts", 1}}) == 1);
    CHECK(tx.execute(sql("UPDATE plans SET posts_per_month = 2")) == 2);
    CHECK(tx.execute(sql("UPDATE plans SET posts_per_month = 3 WHERE id = 'nobody'")) == 0);
    CHECK(tx.execute(sql("DELETE FROM plans WHERE id = 'a'")) == 1);
  });
}

void savepoints_nest(db::Database& d, const Subject&) {
  d.transact([](db::Transaction& tx) {
    add(tx, "outer");
    const auto inner = [&] {
      add(tx, "inner");
      CHECK_THROWS_AS(tx.savepoint([&] {
        add(tx, "innermost");
        throw std::runtime_error("innermost");
      }),
                      std::runtime_error);
      add(tx, "inner, after");
    };
    tx.savepoint(inner);
    CHECK_THROWS_AS(tx.savepoint([&] {
      tx.savepoint([&] { add(tx, "kept by its own, lost by the one around it"); });
      throw std::runtime_error("around");
    }),
                    std::runtime_error);
  });
  std::string ids;
  for (const db::Row& r : rows(d, "SELECT id FROM plans ORDER BY id")) ids += r.text("id") + ";";
  CHECK(ids == "inner;inner, after;outer;");
}

void a_broken_rule_is_a_constraint_error(db::Database& d, const Subject&) {
  change(d, insert, {{"id", "a"}, {"posts", 1}});
  const auto kind = [&](const char* statement) {
    try {
      change(d, statement);
    } catch (const db::DatabaseError& e) {
      return e.kind;
    }
    FAIL("nothing was refused: ", statement);
    return db::DatabaseError::Kind::broken;
  };
  for (const char* statement :
       {"INSERT INTO plans (id, slug) VALUES ('a', 'other')", "INSERT INTO plans (id, slug) VALUES ('b', NULL)",
        "INSERT INTO plans (id, slug, posts_per_month) VALUES ('b', 'b', -1)",
        "INSERT INTO tenants (id, slug, name, created_at, plan_id) VALUES ('t', 't', 't', 0, 'no such plan')"}) {
    CAPTURE(statement);
    CHECK(kind(statement) == db::DatabaseError::Kind::constraint);
  }
  // Inside a savepoint the transaction goes on after it.
  d.transact([](db::Transaction& tx) {
    CHECK_THROWS_AS(tx.savepoint([&] { add(tx, "a"); }), db::DatabaseError);
    add(tx, "c");
  });
  CHECK(number(d, count) == 2);
}

void threads_lose_no_update(db::Database& d, const Subject&) {
  change(d, insert, {{"id", "counter"}, {"posts", 0}});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 32; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 10; ++n) change(d, more);
      });
  }
  CHECK(number(d, counter) == 320);
}

void own_work_leaves_the_data_version(db::Database& d, const Subject&) {
  const std::int64_t before = d.data_version(), ran = d.statements();
  change(d, insert, {{"id", "a"}, {"posts", 1}});
  d.transact([&](db::Transaction&) { CHECK(d.data_version() == before); });
  CHECK(number(d, count) == 1);
  CHECK(d.data_version() == before);
  CHECK(d.statements() - ran == 2);
}

// Good bodies beside broken ones: each good one counts once, however often it was run.
void neighbours_do_not_matter(db::Database& d, const Subject&) {
  change(d, insert, {{"id", "counter"}, {"posts", 0}});
  std::atomic<int> refused = 0, sums = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 24; ++i)
      threads.emplace_back([&, i] {
        int result = 0; // set anew by each run of the body
        try {
          d.transact([&](db::Transaction& tx) {
            result = 0;
            tx.execute(sql(more));
            if (i % 3 == 1) add(tx, "counter");                          // a broken rule
            if (i % 3 == 2) tx.execute(sql("UPDATE nowhere SET x = 1")); // a statement nobody understands
            ++result;
          });
          sums += result;
        } catch (const db::DatabaseError&) {
          ++refused;
        }
      });
  }
  CHECK(number(d, counter) == 8);
  CHECK(sums == 8);
  CHECK(refused == 16);
}

struct Property {
  const char* name;
  void (*check)(db::Database&, const Subject&);
};

constexpr Property properties[] = {
    {"an exception rolls back", an_exception_rolls_back},
    {"a read refuses to write", a_read_refuses_to_write},
    {"a read sees one moment", a_read_sees_one_moment},
    {"a rehearsal leaves nothing", a_rehearsal_leaves_nothing},
    {"parameters are exact", parameters_are_exact},
    {"values come back as they went", values_come_back_as_they_went},
    {"nothing is not empty", nothing_is_not_empty},
    {"columns are strict", columns_are_strict},
    {"one means one", one_means_one},
    {"execute counts rows", execute_counts_rows},
    {"savepoints nest", savepoints_nest},
    {"a broken rule is a constraint error", a_broken_rule_is_a_constraint_error},
    {"threads lose no update", threads_lose_no_update},
    {"own work leaves the data version", own_work_leaves_the_data_version},
    {"neighbours do not matter", neighbours_do_not_matter},
};

} // namespace

void check_database(const Subject& subject) {
  CAPTURE(subject.name);
  for (const Property& property : properties) {
    CAPTURE(property.name);
    const std::unique_ptr<db::Database> database = subject.make();
    property.check(*database, subject);
  }
}

} // namespace milkrun::test
