// The first waiter leads: it closes its group, runs it in one transaction, and wakes the others after COMMIT.
#include "db/group_commit.hpp"

namespace milkrun::db {

void GroupCommit::run_singly(Group& group) {
  for (Waiter* w : group.waiters) {
    w->error = nullptr;
    try {
      inner_.transact(*w->body);
    } catch (...) {
      w->error = std::current_exception();
    }
  }
}

// False: a body threw, and nothing of the group is done.
bool GroupCommit::run_plainly(Group& group) {
  bool thrown = false;
  try {
    inner_.transact([&](Transaction& tx) {
      thrown = true;
      for (Waiter* w : group.waiters) (*w->body)(tx);
      thrown = false;
    });
    return true;
  } catch (...) {
    if (!thrown) throw; // the commit itself
    return false;
  }
}

void GroupCommit::run_with_savepoints(Group& group) {
  inner_.transact([&](Transaction& tx) {
    for (Waiter* w : group.waiters) {
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
}

void GroupCommit::run(Group& group) {
  if (group.waiters.size() == 1) return run_singly(group);
  try {
    if (!run_plainly(group)) run_with_savepoints(group);
  } catch (...) {
    run_singly(group);
  }
}

std::shared_ptr<GroupCommit::Group> GroupCommit::join(Waiter& waiter) {
  if (open_.empty() || open_.back()->waiters.size() >= most_) open_.push_back(std::make_shared<Group>());
  open_.back()->waiters.push_back(&waiter);
  return open_.back();
}

void GroupCommit::transact(const Body& body) {
  Waiter self{&body, nullptr};
  std::unique_lock hold(lock_);
  const std::shared_ptr<Group> group = join(self);
  group->changed.wait(hold, [&] { return group->done || (!leading_ && open_.front() == group); });
  if (!group->done) {
    leading_ = true;
    open_.pop_front(); // closed: who comes now waits for the next commit
    hold.unlock();
    run(*group);
    hold.lock();
    group->done = true;
    leading_ = false;
    const std::shared_ptr<Group> next = open_.empty() ? nullptr : open_.front();
    hold.unlock();
    group->changed.notify_all();
    if (next) next->changed.notify_one(); // any of its waiters may lead
  }
  if (self.error) std::rethrow_exception(self.error);
}

} // namespace milkrun::db
