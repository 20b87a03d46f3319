// The first waiter leads: it takes the queue, runs it in one transaction, and wakes the others after COMMIT.
#include "db/group_commit.hpp"

#include <algorithm>

namespace milkrun::db {

void GroupCommit::run_singly(Group& group) {
  for (Waiter* w : group) {
    w->error = nullptr;
    try {
      inner_.transact(*w->body);
    } catch (...) {
      w->error = std::current_exception();
    }
  }
}

void GroupCommit::run(Group& group) {
  if (group.size() == 1) return run_singly(group);
  try {
    inner_.transact([&](Transaction& tx) {
      for (Waiter* w : group) {
        w->error = nullptr;
        bool lost = false;
        try {
          tx.savepoint([&] { (*w->body)(tx); });
        } catch (const DatabaseError& e) {
          w->error = std::current_exception();
          lost = e.kind != DatabaseError::Kind::constraint; // the machine, not the body: the others are in doubt too
        } catch (...) {
          w->error = std::current_exception();
        }
        if (lost) std::rethrow_exception(w->error);
      }
    });
  } catch (...) {
    run_singly(group);
  }
}

void GroupCommit::transact(const Body& body) {
  Waiter self{&body, nullptr};
  std::unique_lock hold(lock_);
  queue_.push_back(&self);
  changed_.wait(hold, [&] { return self.done || !leading_; });
  while (!self.done) { // nobody leads: this thread does, until its own body has been run
    leading_ = true;
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), most_));
    Group group(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    hold.unlock();
    run(group);
    hold.lock();
    for (Waiter* w : group) w->done = true;
    leading_ = false;
    changed_.notify_all();
  }
  if (self.error) std::rethrow_exception(self.error);
}

} // namespace milkrun::db
