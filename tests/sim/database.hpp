// The database as one process sees it: a real SQLite behind doors at which the process dies, or is told that somebody
// else holds the lock.
#pragma once

#include "db/sqlite.hpp"
#include "sim/dice.hpp"
#include "sim/doors.hpp"

namespace milkrun::sim {

// A database with the schema and `own_tables`, as if nobody had used it. It is the same one each time: made anew for
// each seed, a tenth of the time would go into its schema and the statements that are prepared for it.
db::Sqlite& fresh_database(std::string_view own_tables);

// Commits of all processes.
struct Commits {
  std::int64_t all = 0;
};

// A defect that is planted to see that it is found: sits between the program and the database.
class Defect {
public:
  virtual ~Defect() = default;
  virtual void begin(db::Transaction&) {} // of each write transaction
  virtual db::Rows query(db::Transaction& tx, const db::Statement& s, std::span<const db::Param> p) {
    return tx.query(s, p);
  }
  virtual std::int64_t execute(db::Transaction& tx, const db::Statement& s, std::span<const db::Param> p) {
    return tx.execute(s, p);
  }
};

class Database final : public db::Database {
public:
  Database(db::Sqlite& real, Dice& dice, Clock& clock, Doors& doors, Commits& commits)
      : real_(real), dice_(dice), clock_(clock), doors_(doors), commits_(commits) {}

  int busy = 0; // percent of transactions that find the lock held
  Defect* defect = nullptr;
  std::function<void(db::Transaction&)> committing; // looks at each transaction that wrote, before its commit

  void transact(const Body& body) override;
  // The disk has a commit at once, or when it is asked again.
  std::uint64_t transact_early(const Body& body) override;
  std::uint64_t durable() override;
  void read(const Body& body) override;
  void rehearse(std::span<const db::Copy> copies, const Body& body) override { real_.rehearse(copies, body); }
  std::int64_t data_version() override { return commits_.all - own_; }
  std::int64_t statements() const override { return real_.statements(); }

private:
  void maybe_busy();

  db::Sqlite& real_;
  Dice& dice_;
  Clock& clock_;
  Doors& doors_;
  Commits& commits_;
  std::int64_t own_ = 0;
  std::uint64_t written_ = 0, durable_ = 0;
};

} // namespace milkrun::sim
