// A result that is too much for one turn: it is settled in parts, and nothing of it is lost, or late for others.
#include "support/database_door.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

constexpr std::size_t parts_of_large = 4;

// Of an item "large" it makes a feed of each part; "bug": the second one throws.
std::optional<std::size_t> make_part(Settling& s, const Item& item, const Result&, std::size_t from) {
  const std::string& script = item.row.text("etag");
  if (script == "ok") return std::nullopt;
  if (script == "bug" && from == 1) throw std::logic_error("a part: a bug");
  s.tx.execute(test::sql("INSERT INTO feeds (id, tenant_id, url) VALUES ($id, $tenant, $id) "
                         "ON CONFLICT (tenant_id, url) DO UPDATE SET moved_count = moved_count + 1"),
               {{"id", fmt::format("part {}", from)}, {"tenant", item.tenant.value}});
  return from + 1 < parts_of_large ? std::optional(from + 1) : std::nullopt;
}

// Looks, and fails for good, after each transaction.
struct PartsDoor final : test::DatabaseDoor {
  using DatabaseDoor::DatabaseDoor;
  std::function<void()> committed = [] {};
  void transact(const Body& body) override {
    real_.transact(body);
    committed();
  }
};

struct InParts : FakeWorld {
  PartsDoor door{database};
  InParts() {
    tenant("asha");
    job.stages[0].settle_part = make_part;
    job.stages[0].repeats = true;
    options.in_flight = 1;
  }
  RunReport run_through_door() { return milkrun::run(job, options, rooms(door), {}); }
  std::int64_t made() { return test::number(database, "SELECT count(*) AS n FROM feeds WHERE id LIKE 'part %'"); }
};

} // namespace

TEST_CASE("a large result is settled a part a turn, its item in flight until then, and told once") {
  InParts w;
  w.item("1", "large");
  std::vector<std::int64_t> seen;
  w.door.committed = [&] {
    if (w.made() > 0 && w.state("1") == "running") seen.push_back(w.made());
  };
  w.run_through_door();
  CHECK(seen == std::vector<std::int64_t>{1, 2, 3});
  CHECK(w.made() == parts_of_large);
  CHECK(w.state("1") == "done");
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(w.network.calls() == 1);
}

TEST_CASE("what else came back is not behind all parts of a large result") {
  InParts w;
  w.options.in_flight = 2;
  w.options.compute_threads = 0;
  w.item("1", "large");
  w.item("2");
  std::int64_t before_the_last = 0;
  w.door.committed = [&] {
    if (w.made() == parts_of_large - 1) before_the_last = w.in_state("done");
  };
  test::ClientNet at_once(w.network);
  milkrun::run(w.job, w.options, {w.door, w.vault, at_once, w.clock, w.settings, w.runs_file}, {});
  CHECK(before_the_last == 1);
  CHECK(w.in_state("done") == 2);
}

TEST_CASE("a run that dies between two parts leaves an item that begins anew") {
  InParts w;
  w.item("1", "large");
  w.door.committed = [&] {
    if (w.made() == 2) throw db::DatabaseError(db::DatabaseError::Kind::broken, "planned");
  };
  CHECK_THROWS_AS(w.run_through_door(), db::DatabaseError);
  CHECK(w.state("1") == "running");
  w.door.committed = [] {};
  w.network.answer = [](const http::Request& r) {
    return http::Response{.status = r.url.ends_with("?look") ? 200 : 201};
  };
  for (int i = 0; i < 3; ++i) {
    w.run_through_door();
    w.clock.advance(Millis(300'000));
  }
  CHECK(w.state("1") == "done");
  CHECK(w.made() == parts_of_large);
}

TEST_CASE("an item that another run took between two parts gets no further one from us") {
  InParts w;
  w.item("1", "large");
  w.door.committed = [&] {
    if (w.made() == 2) test::change(w.database, "UPDATE ledger SET turn = turn + 1");
  };
  CHECK(w.run_through_door().ended_by == "rescued");
  CHECK(w.made() == 2);
}

TEST_CASE("a bug in a part makes the item wait for its mend, and takes back that part alone") {
  InParts w;
  w.item("1", "bug");
  w.job.stages[0].reconcile = nullptr;
  w.run_through_door();
  CHECK(w.made() == 1);
  CHECK(w.state("1") == "due");
  CHECK(w.ledger_row("1").text("reason") == "bug");
}
