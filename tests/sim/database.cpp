// Doors around each transaction.
#include "sim/database.hpp"

#include "support/rows.hpp"

#include <fmt/format.h>

namespace milkrun::sim {
namespace {

struct Reused {
  std::unique_ptr<db::Sqlite> database;
  std::string empty; // the script that makes it as it was
};

Reused made(std::string_view own_tables) {
  Reused out{.database = db::memory_database(), .empty = "PRAGMA defer_foreign_keys=ON;\n"};
  out.database->run_script(own_tables);
  std::string keep;
  for (const db::Row& r : test::rows(*out.database, "SELECT name FROM sqlite_master WHERE type = 'table'")) {
    const std::string& table = r.text("name");
    keep += fmt::format("CREATE TEMP TABLE first_{0} AS SELECT * FROM {0};\n", table);
    out.empty += fmt::format("DELETE FROM main.{0};\nINSERT INTO main.{0} SELECT * FROM temp.first_{0};\n", table);
  }
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
    return defect_ != nullptr ? defect_->execute(real_, s, p) : real_.execute(s, p);
  }
  void savepoint(const std::function<void()>& body) override { real_.savepoint(body); }

private:
  db::Transaction& real_;
  Doors& doors_;
  Defect* defect_;
};

} // namespace

db::Sqlite& fresh_database(std::string_view own_tables) {
  static Reused reused = made(own_tables);
  reused.database->run_script(reused.empty);
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
    if (committing) committing(tx);
    doors_.step("commit");
  });
  ++commits_.all;
  ++own_;
  doors_.open_step("committed");
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
