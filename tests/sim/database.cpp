// Doors around each transaction.
#include "sim/database.hpp"

#include "sim/sqlite_memory.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <list>
#include <ranges>
#include <vector>

namespace milkrun::sim {
namespace {

// Prepared statements bring it back as it was: a script would be read anew for each seed, and a PRAGMA in it would have
// all others be prepared again.
struct Reused {
  std::unique_ptr<db::Sqlite> database;
  std::list<std::string> texts; // of the statements, which are known by their addresses
  std::vector<db::Statement> as_it_was;

  void step(std::string text) { as_it_was.push_back({"as it was", texts.emplace_back(std::move(text))}); }
};

Reused made(std::string_view own_tables) {
  give_sqlite_its_memory();
  Reused out{.database = db::memory_database(), .texts = {}, .as_it_was = {}};
  out.database->run_script(own_tables);
  // A table was made after those that it refers to.
  const db::Rows tables =
      test::rows(*out.database, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid");
  std::string keep;
  for (const db::Row& r : tables)
    keep += fmt::format("CREATE TEMP TABLE first_{0} AS SELECT * FROM {0};\n", r.text("name"));
  for (const db::Row& r : tables | std::views::reverse) out.step(fmt::format("DELETE FROM main.{}", r.text("name")));
  for (const db::Row& r : tables)
    out.step(fmt::format("INSERT INTO main.{0} SELECT * FROM temp.first_{0}", r.text("name")));
  out.database->run_script(keep);
  return out;
}

class Watched final : public db::Transaction {
public:
  Watched(db::Transaction& real, Doors& doors, Defect* defect) : real_(real), doors_(doors), defect_(defect) {}
  using db::Transaction::execute;
  using db::Transaction::query;
  db::Rows query(const db::Statement& s, std::span<const db::Param> p) override {
    doors_.step(s.name);
    return defect_ != nullptr ? defect_->query(real_, s, p) : real_.query(s, p);
  }
  std::int64_t execute(const db::Statement& s, std::span<const db::Param> p) override {
    doors_.step(s.name);
    wrote = true;
    return defect_ != nullptr ? defect_->execute(real_, s, p) : real_.execute(s, p);
  }
  void savepoint(const std::function<void()>& body) override { real_.savepoint(body); }
  bool wrote = false;

private:
  db::Transaction& real_;
  Doors& doors_;
  Defect* defect_;
};

} // namespace

db::Sqlite& fresh_database(std::string_view own_tables) {
  static Reused reused = made(own_tables);
  reused.database->transact([](db::Transaction& tx) {
    for (const db::Statement& one : reused.as_it_was) tx.execute(one, {});
  });
  return *reused.database;
}

void Database::maybe_busy() {
  clock_.at += Millis(dice_.below(3)); // a transaction takes time
  if (dice_.percent(busy)) throw db::DatabaseError(db::DatabaseError::Kind::busy, "somebody holds the lock");
}

void Database::transact(const Body& body) {
  doors_.open_step("begin");
  maybe_busy();
  real_.transact([&](db::Transaction& tx) {
    if (defect != nullptr) defect->begin(tx);
    Watched watched(tx, doors_, defect);
    body(watched);
    if (watched.wrote && committing) committing(tx);
    doors_.step("commit");
  });
  ++commits_.all;
  ++own_;
  doors_.open_step("committed");
}

std::uint64_t Database::transact_early(const Body& body) {
  transact(body);
  return ++written_;
}

std::uint64_t Database::durable() {
  if (dice_.percent(70)) durable_ = written_;
  return durable_;
}

void Database::read(const Body& body) {
  doors_.open_step("read");
  maybe_busy();
  real_.read([&](db::Transaction& tx) {
    Watched watched(tx, doors_, defect);
    body(watched);
  });
}

} // namespace milkrun::sim
