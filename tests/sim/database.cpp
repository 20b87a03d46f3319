// Doors around each transaction.
#include "sim/database.hpp"

namespace milkrun::sim {
namespace {

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
