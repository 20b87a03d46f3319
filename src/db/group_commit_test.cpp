// Group commit over a scripted database: who is told what when the shared COMMIT works, fails once, or fails for ever.
#include "db/group_commit.hpp"

#include "db/migrate.hpp"
#include "support/rows.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using db::DatabaseError;

namespace {

// What a "statement" wrote is its parameter; commits can be made to fail.
class Scripted final : public db::Database {
public:
  std::vector<std::int64_t> committed;
  int failing_commits = 0; // -1: for ever
  int commits = 0;
  std::size_t largest = 0; // bodies in one transaction
  std::function<void()> before_commit = [] {};

  void transact(const Body& body) override {
    if (running_.exchange(true)) throw std::logic_error("two transactions at once");
    Handle tx;
    try {
      body(tx);
      before_commit();
      if (failing_commits != 0) {
        if (failing_commits > 0) --failing_commits;
        throw DatabaseError(DatabaseError::Kind::full, "commit failed");
      }
    } catch (...) {
      running_ = false;
      throw;
    }
    ++commits;
    largest = std::max(largest, tx.written.size());
    committed.insert(committed.end(), tx.written.begin(), tx.written.end());
    running_ = false;
  }
  void read(const Body&) override {}
  void rehearse(const Body&) override {}
  std::int64_t data_version() override { return 0; }
  std::int64_t statements() const override { return 0; }

private:
  struct Handle final : db::Transaction {
    std::vector<std::int64_t> written;
    db::Rows query(const db::Statement&, std::span<const db::Param>) override { return {}; }
    std::int64_t execute(const db::Statement&, std::span<const db::Param> p) override {
      written.push_back(std::get<std::int64_t>(p[0].value));
      return 1;
    }
    void savepoint(const std::function<void()>& body) override {
      const std::size_t before = written.size();
      try {
        body();
      } catch (...) {
        written.resize(before);
        throw;
      }
    }
  };
  std::atomic<bool> running_ = false;
};

void write(db::Transaction& tx, std::int64_t what) {
  tx.execute(db::Statement{"write", ""}, std::initializer_list<db::Param>{{"what", what}});
}

// A crowd of threads, of which every one that lives comes to the door before a commit is made: so groups form.
class Crowd {
public:
  Crowd(Scripted& inner, int threads) : live_(threads) {
    inner.before_commit = [this] {
      while (inside_ < live_) std::this_thread::yield();
    };
  }
  void enter(const std::function<void()>& transact) {
    ++inside_;
    transact();
    --inside_;
  }
  void leave() { --live_; }

private:
  std::atomic<int> inside_ = 0, live_;
};

// Threads that all transact at once, again and again until at least one transaction held several of them.
void in_groups(Scripted& inner, const std::function<void(db::Database&, int thread)>& body) {
  db::GroupCommit group(inner);
  for (int round = 0; round < 2'000 && inner.largest < 2; ++round) {
    Crowd crowd(inner, 8);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        crowd.enter([&] { body(group, t); });
        crowd.leave();
      });
  }
  REQUIRE(inner.largest >= 2);
}

std::int64_t times(const Scripted& inner, std::int64_t what) { return std::ranges::count(inner.committed, what); }

} // namespace

TEST_CASE("a body that throws loses its own work, and its neighbours in the group keep theirs") {
  Scripted inner;
  std::atomic<int> good = 0, bad = 0;
  in_groups(inner, [&](db::Database& d, int thread) {
    try {
      d.transact([&](db::Transaction& tx) {
        write(tx, thread);
        if (thread % 2 == 1) throw std::runtime_error("mine alone");
      });
      ++good;
    } catch (const std::runtime_error& e) {
      CHECK(std::string(e.what()) == "mine alone");
      ++bad;
    }
  });
  CHECK(good == bad);
  for (int thread = 0; thread < 8; ++thread) CHECK(times(inner, thread) == (thread % 2 == 0 ? good / 4 : 0));
}

TEST_CASE("when the shared commit fails the bodies are run again one by one, each exactly once") {
  // The first commit that holds several fails: the single one is let through by trying again.
  Scripted inner;
  std::atomic<int> bodies = 0, errors = 0, expected = 0;
  inner.failing_commits = 1;
  in_groups(inner, [&](db::Database& d, int thread) {
    ++expected;
    try {
      d.transact([&](db::Transaction& tx) {
        ++bodies;
        write(tx, thread);
      });
    } catch (const DatabaseError&) {
      ++errors;
    }
  });
  CHECK(errors <= 1); // only a body that was alone in the failed transaction is told
  CHECK(static_cast<int>(inner.committed.size()) == expected - errors);
  CHECK(bodies >= expected);
}

TEST_CASE("when no commit works every waiter gets the error and nothing is told as done") {
  Scripted inner;
  inner.failing_commits = -1;
  db::GroupCommit group(inner);
  std::atomic<int> errors = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 32; ++t)
      threads.emplace_back([&] {
        try {
          group.transact([](db::Transaction& tx) { write(tx, 1); });
        } catch (const DatabaseError& e) {
          if (e.kind == DatabaseError::Kind::full) ++errors;
        }
      });
  }
  CHECK(errors == 32);
  CHECK(inner.committed.empty());
  inner.failing_commits = 0; // the disk has room again
  group.transact([](db::Transaction& tx) { write(tx, 2); });
  CHECK(inner.committed == std::vector<std::int64_t>{2});
}

TEST_CASE("nobody is released before the commit that holds the work") {
  const test::TempDir dir;
  db::Sqlite sqlite(dir.file("milkrun.db"), {.create = true});
  db::initialise(sqlite);
  db::GroupCommit group(sqlite);
  std::atomic<int> early = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string id = std::to_string(t) + "." + std::to_string(i);
        test::change(group, "INSERT INTO plans (id, slug) VALUES ($id, $id)", {{"id", id}});
        // The reading connection sees only what is committed.
        if (test::number(sqlite, "SELECT count(*) AS n FROM plans WHERE id = $id", {{"id", id}}) != 1) ++early;
      }
    });
  threads.clear();
  CHECK(early == 0);
  CHECK(test::number(sqlite, "SELECT count(*) AS n FROM plans") == 160);
}

TEST_CASE("sixty-four threads with a hundred transactions each share far fewer commits, in order, and lose none") {
  Scripted inner;
  db::GroupCommit group(inner);
  // A commit takes as long as every thread needs to bring its next transaction, as a slow disk would.
  std::atomic<int> live = 64, brought = 0;
  inner.before_commit = [&] {
    while (brought - static_cast<int>(inner.committed.size()) < live) std::this_thread::yield();
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 64; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          ++brought;
          group.transact([&](db::Transaction& tx) { write(tx, t * 1'000 + i); });
        }
        --live;
      });
  }
  REQUIRE(inner.committed.size() == 6'400);
  std::vector<std::int64_t> last(64, -1);
  bool ordered = true;
  for (const std::int64_t what : inner.committed) {
    std::int64_t& before = last[static_cast<std::size_t>(what / 1'000)];
    ordered = ordered && what % 1'000 == before + 1;
    before = what % 1'000;
  }
  CHECK(ordered);
  CHECK(inner.commits < 640);
  CHECK(inner.largest <= 32);
}

TEST_CASE("a group holds no more bodies than it may") {
  Scripted inner;
  db::GroupCommit group(inner, 3);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 32; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) group.transact([&](db::Transaction& tx) { write(tx, t); });
      });
  }
  CHECK(inner.committed.size() == 640);
  CHECK(inner.largest <= 3);
}

TEST_CASE("a disk that fills up under a group tells only those whose work it cannot hold") {
  const test::TempDir dir;
  db::Sqlite sqlite(dir.file("milkrun.db"), {.create = true});
  db::initialise(sqlite);
  db::GroupCommit group(sqlite);
  group.transact([](db::Transaction& tx) { tx.query(test::sql("PRAGMA max_page_count = 200")); });
  std::atomic<int> full = 0, good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t)
      threads.emplace_back([&, t] {
        const std::string id = std::to_string(t) + (t % 4 == 0 ? std::string(2'000'000, 'x') : "");
        try {
          test::change(group, "INSERT INTO plans (id, slug) VALUES ($id, $slug)",
                       {{"id", id}, {"slug", std::to_string(t)}});
          ++good;
        } catch (const DatabaseError& e) {
          if (e.kind == DatabaseError::Kind::full) ++full;
        }
      });
  }
  CHECK(full == 4);
  CHECK(good == 12);
  CHECK(good == test::number(sqlite, "SELECT count(*) AS n FROM plans"));
}
