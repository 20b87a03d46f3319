// Group commit: transactions of several threads share one COMMIT, and so one flush of the disk.
#pragma once

#include "db/db.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <vector>

namespace milkrun::db {

// A decorator: no caller knows. Queued bodies run in one write transaction with a savepoint each, by the first
// waiter; a waiter returns only after the COMMIT. A body that throws loses only its own savepoint. When the whole
// transaction is lost, the bodies are run again one by one, and each gets its own error.
class GroupCommit final : public Database {
public:
  explicit GroupCommit(Database& inner, std::size_t most = 256) : inner_(inner), most_(most) {}
  void transact(const Body& body) override;
  void read(const Body& body) override { inner_.read(body); }
  void rehearse(const Body& body) override { inner_.rehearse(body); }

private:
  struct Waiter {
    const Body* body;
    std::exception_ptr error;
    bool done = false;
  };
  using Group = std::vector<Waiter*>;
  void run(Group& group);
  void run_singly(Group& group);

  Database& inner_;
  std::size_t most_; // bodies in one commit
  std::mutex lock_;
  std::condition_variable changed_;
  Group queue_;
  bool leading_ = false;
};

} // namespace milkrun::db
