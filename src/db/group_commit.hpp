// Group commit: transactions of several threads share one COMMIT, and so one flush of the disk.
#pragma once

#include "db/db.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

namespace milkrun::db {

// A decorator: no caller knows. Queued bodies run in one write transaction, by the first waiter; a waiter returns only
// after the COMMIT. When a body throws, the whole group is run again with a savepoint each, so that it loses its own
// work alone. When the whole transaction is lost, the bodies are run again one by one, and each gets its own error.
class GroupCommit final : public Database {
public:
  // `most` bodies share a commit: enough to hide a slow disk's flush, few enough that while some workers wait for it
  // the others' calls are on their way.
  explicit GroupCommit(Database& inner, std::size_t most = 32) : inner_(inner), most_(most) {}
  void transact(const Body& body) override;
  void read(const Body& body) override { inner_.read(body); }
  void rehearse(const Body& body) override { inner_.rehearse(body); }
  std::int64_t data_version() override { return inner_.data_version(); }
  std::int64_t statements() const override { return inner_.statements(); }

private:
  struct Waiter {
    const Body* body;
    std::exception_ptr error;
  };
  struct Group { // bodies of one commit; its waiters sleep on it, so that a commit wakes nobody else
    std::vector<Waiter*> waiters;
    std::condition_variable changed;
    bool done = false;
  };
  std::shared_ptr<Group> join(Waiter& waiter);
  void run(Group& group);
  bool run_plainly(Group& group);
  void run_with_savepoints(Group& group);
  void run_singly(Group& group);

  Database& inner_;
  std::size_t most_; // bodies in one commit
  std::mutex lock_;
  std::deque<std::shared_ptr<Group>> open_; // not led yet; only the last takes waiters
  bool leading_ = false;
};

} // namespace milkrun::db
