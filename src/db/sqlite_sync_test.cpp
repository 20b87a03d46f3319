// Commits that wait for nobody, and the disk's word for them.
#include "db/sqlite_sync.hpp"

#include "db/test_database.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::sql;

namespace {

struct Bell {
  std::mutex lock;
  std::condition_variable rung;
  int times = 0;
  void ring() {
    std::lock_guard hold(lock);
    ++times;
    rung.notify_all();
  }
  bool until(const std::function<bool()>& good) {
    std::unique_lock hold(lock);
    return rung.wait_for(hold, std::chrono::seconds(60), good);
  }
};

void add(db::Transaction& tx, const std::string& id) { tx.execute(sql(test::insert), {{"id", id}}); }

std::int64_t level(const std::function<void(const db::Database::Body&)>& transact) {
  std::int64_t out = -1;
  transact([&](db::Transaction& tx) { out = tx.query(sql("PRAGMA synchronous")).at(0).integer("synchronous"); });
  return out;
}

} // namespace

TEST_CASE("an early commit is seen at once, and the disk tells when it has it") {
  const test::TempDir dir;
  const auto database = test::made(dir.file("milkrun.db"));
  Bell bell;
  database->when_durable([&] { bell.ring(); });
  const std::uint64_t first = database->transact_early([](db::Transaction& tx) { add(tx, "a"); });
  const std::uint64_t second = database->transact_early([](db::Transaction& tx) { add(tx, "b"); });
  CHECK(first >= 1);
  CHECK(second == first + 1);
  db::Sqlite other(dir.file("milkrun.db"), {});
  std::int64_t seen = 0;
  other.read([&](db::Transaction& tx) { seen = tx.query(sql(test::count)).at(0).integer("n"); });
  CHECK(seen == 2);
  CHECK(bell.until([&] { return database->durable() >= second; }));
  database->when_durable({});
}

TEST_CASE("only an early commit does not wait for the disk itself") {
  const test::TempDir dir;
  const auto database = test::made(dir.file("milkrun.db"));
  const auto whole = [&](const db::Database::Body& body) { database->transact(body); };
  const auto early = [&](const db::Database::Body& body) { database->transact_early(body); };
  CHECK(level(whole) == 2);
  CHECK(level(early) == 1);
  CHECK(level(early) == 1);
  CHECK(level(whole) == 2);
}

TEST_CASE("a body that throws leaves no number, and nothing behind") {
  const test::TempDir dir;
  const auto database = test::made(dir.file("milkrun.db"));
  const std::uint64_t before = database->transact_early([](db::Transaction& tx) { add(tx, "a"); });
  CHECK_THROWS(database->transact_early([](db::Transaction& tx) {
    add(tx, "b");
    throw std::runtime_error("planned");
  }));
  CHECK(database->transact_early([](db::Transaction& tx) { add(tx, "c"); }) == before + 1);
}

TEST_CASE("a database in memory has everything at once") {
  const auto database = db::memory_database();
  CHECK(database->transact_early([](db::Transaction& tx) { add(tx, "a"); }) == 0);
  CHECK(database->durable() == 0);
}

TEST_CASE("without a log that can be opened the writer waits for the disk itself") {
  const test::TempDir dir;
  db::LogSync sync(dir.file("nothing.db"));
  CHECK_FALSE(sync.ready());
  CHECK(sync.durable() == 0);
}

TEST_CASE("what was written is on the disk when the log's thread has ended") {
  const test::TempDir dir;
  const auto database = test::made(dir.file("milkrun.db"));
  std::atomic<std::uint64_t> last = 0;
  {
    db::LogSync sync(dir.file("milkrun.db"));
    REQUIRE(sync.ready());
    sync.when_durable([&] { last = sync.durable(); });
    for (int i = 0; i < 100; ++i) sync.written();
  }
  CHECK(last == 100);
}
