// The connection: its promises, its lock, its log, and what it tells of other writers.
#include "db/test_database.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::test;
using db::DatabaseError;

namespace {

constexpr db::Copy copy_of_plans[] = {{"plans"}};

} // namespace

TEST_CASE("every promise of the connection holds") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  const auto pragma = [&](const char* statement, const char* column) {
    db::Rows out; // on the writing connection
    database->transact([&](db::Transaction& tx) { out = tx.query(sql(statement)); });
    return out.at(0).has(column) ? out.at(0) : db::Row();
  };
  CHECK(pragma("PRAGMA journal_mode", "journal_mode").text("journal_mode") == "wal");
  CHECK(pragma("PRAGMA synchronous", "synchronous").integer("synchronous") == 2);
  CHECK(pragma("PRAGMA foreign_keys", "foreign_keys").integer("foreign_keys") == 1);
  CHECK(pragma("PRAGMA trusted_schema", "trusted_schema").integer("trusted_schema") == 0);
  CHECK(refused([&] { change(*database, "ATTACH ':memory:' AS other"); }).sentence != "");
  CHECK(refused([&] { change(*database, "UPDATE sqlite_master SET sql = ''"); }).sentence != "");
}

TEST_CASE("a small log stays when the database is closed, a large one and a new schema's do not") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db"), log = path + "-wal";
  made(path).reset();
  CHECK(access(log.c_str(), F_OK) != 0);
  {
    db::Sqlite database(path, {});
    change(database, insert, {{"id", "a"}});
  }
  CHECK(access(log.c_str(), F_OK) == 0);
  {
    db::Sqlite database(path, {});
    CHECK(number(database, count) == 1);
    database.transact([](db::Transaction& tx) { insert_much(tx); });
  }
  CHECK(access(log.c_str(), F_OK) != 0);
  db::Sqlite database(path, {});
  CHECK(number(database, count) == 2'001);
}

TEST_CASE("another statement at the address of an old one is not taken for it") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  change(*database, insert, {{"id", "a"}});
  std::string text = "SELECT count(*) AS n FROM plans WHERE id = 'a'";
  CHECK(number(*database, text.c_str()) == 1);
  text.replace(text.size() - 2, 1, "b");
  CHECK(number(*database, text.c_str()) == 0);
}

TEST_CASE("while another program writes, a writer gives up with a clear error and a reader goes on") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto first = made(path);
  db::Sqlite second(path, {.busy_timeout = Millis(20)});
  first->transact([&](db::Transaction& tx) {
    tx.execute(sql(insert), {{"id", "not yet"}});
    const Refusal r = refused([&] { change(second, insert, {{"id", "b"}}); });
    CHECK(r.kind == DatabaseError::Kind::busy);
    CHECK(r.says("locked by another program"));
    CHECK(number(second, count) == 0);
  });
  change(second, insert, {{"id", "b"}});
  CHECK(number(*first, count) == 2);
}

TEST_CASE("a writer that may not wait is told busy before its body is called, and waits again when it may") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto first = made(path);
  db::Sqlite second(path, {});
  second.wait_for_lock(Millis(0));
  bool called = false;
  const auto body = [&](db::Transaction& tx) {
    called = true;
    tx.execute(sql(insert), {{"id", "b"}});
  };
  first->transact([&](db::Transaction&) {
    CHECK(refused([&] { second.transact(body); }).kind == DatabaseError::Kind::busy);
    CHECK_FALSE(called);
  });
  second.transact(body);
  CHECK(number(*first, count) == 1);

  second.wait_for_lock(Millis(60'000));
  std::atomic<bool> held = false;
  std::jthread holder([&] {
    first->transact([&](db::Transaction& tx) {
      tx.execute(sql(insert), {{"id", "c"}});
      held = true;
      usleep(50'000);
    });
  });
  while (!held) std::this_thread::yield();
  std::int64_t seen = 0;
  second.transact([&](db::Transaction& tx) { seen = tx.one(sql(count))->integer("n"); });
  CHECK(seen == 2);
}

TEST_CASE("the data version moves with what others commit, and with nothing of our own") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto ours = made(path);
  db::Sqlite other(path, {});
  const std::int64_t before = ours->data_version();
  change(*ours, insert, {{"id", "a"}});
  CHECK(refused([&] { ours->transact(insert_much_and_fail); }).kind == DatabaseError::Kind::broken);
  CHECK(number(*ours, count) == 1);
  ours->rehearse(copy_of_plans, [](db::Transaction& tx) { tx.execute(sql(insert), {{"id", "r"}}); });
  CHECK(ours->data_version() == before);
  CHECK(number(other, count) == 1); // reading is not changing
  CHECK(ours->data_version() == before);
  change(other, insert, {{"id", "b"}});
  const std::int64_t after = ours->data_version();
  CHECK(after != before);
  ours->transact([&](db::Transaction& tx) {
    CHECK(ours->data_version() == after); // asked inside a body it is the one the body sees
    tx.execute(sql(insert), {{"id", "c"}});
    CHECK(ours->data_version() == after);
  });
  CHECK(ours->data_version() == after);
}

TEST_CASE("statements of bodies are counted, whoever runs them") {
  const auto database = db::memory_database();
  const std::int64_t before = database->statements();
  database->transact([](db::Transaction& tx) {
    tx.execute(sql(insert), {{"id", "a"}});
    tx.savepoint([&] { tx.execute(sql(insert), {{"id", "b"}}); });
  });
  database->read([](db::Transaction& tx) { tx.one(sql(count)); });
  CHECK(database->statements() - before == 3);
}

TEST_CASE("the write-ahead log stays small, grows while somebody reads, and is cut when nobody does") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db"), log = path + "-wal";
  made(path).reset();
  db::Sqlite database(path, {.wal_checkpoint = 50, .wal_most = 200});
  constexpr std::uintmax_t page = 4096 + 24;
  int n = 0;
  const auto write_pages = [&](int pages) { // a commit each
    for (int i = 0; i < pages; ++i) change(database, insert, {{"id", std::to_string(n++) + std::string(900, 'x')}});
  };
  write_pages(300);
  CHECK(std::filesystem::file_size(log) < 80 * page);
  db::Sqlite reading(path, {});
  reading.read([&](db::Transaction& tx) {
    const std::int64_t before = tx.one(sql(count))->integer("n");
    write_pages(300);
    CHECK(std::filesystem::file_size(log) > 300 * page);
    CHECK(tx.one(sql(count))->integer("n") == before);
  });
  std::uintmax_t least = page * 300;
  for (int i = 0; i < 100; ++i) { // one of these commits is the first that tries again, and cuts off all
    write_pages(1);
    least = std::min(least, std::filesystem::file_size(log));
  }
  CHECK(least == 0);
  CHECK(std::filesystem::file_size(log) < 80 * page);
  CHECK(number(database, count) == n);
}

TEST_CASE("a rehearsal writes to copies of its own: of the rows it asks for, with their constraints; the others it "
          "only reads") {
  const TempDir dir;
  const auto ours = made(dir.file("milkrun.db"));
  for (const char* id : {"a", "b"}) change(*ours, insert, {{"id", id}});
  const db::Copy but_b[] = {{"plans", "id <> 'b'"}};
  ours->rehearse(but_b, [&](db::Transaction& tx) {
    CHECK(tx.one(sql(count))->integer("n") == 1);
    tx.execute(sql(insert), {{"id", "c"}});
    CHECK_THROWS_AS(tx.savepoint([&] { tx.execute(sql(insert), {{"id", "a"}}); }), DatabaseError);
    CHECK(tx.one(sql(count))->integer("n") == 2);
    CHECK(tx.one(sql("SELECT count(*) AS n FROM tenants"))->integer("n") == 1); // no copy, but to be read
  });
  CHECK(number(*ours, count) == 2);
  const Refusal refusal =
      refused([&] { ours->rehearse({}, [](db::Transaction& tx) { tx.execute(sql(insert), {{"id", "d"}}); }); });
  CHECK(refusal.kind == DatabaseError::Kind::broken);
  CHECK_FALSE(refusal.sentence.empty());
  CHECK(number(*ours, count) == 2);
}

TEST_CASE("a rehearsal holds no lock, waits for none, and sees one moment") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto ours = made(path);
  db::Sqlite other(path, {.busy_timeout = Millis(0)});
  ours->rehearse(copy_of_plans, [&](db::Transaction& tx) {
    change(other, insert, {{"id", "meanwhile"}}); // throws when it finds a lock
    change(other, "UPDATE tenants SET name = 'meanwhile'");
    CHECK(tx.one(sql(count))->integer("n") == 0);
    CHECK(tx.one(sql("SELECT count(*) AS n FROM tenants WHERE name = 'meanwhile'"))->integer("n") == 0);
  });
  std::int64_t seen = -1;
  other.transact([&](db::Transaction&) {
    ours->rehearse(copy_of_plans, [&](db::Transaction& tx) { seen = tx.one(sql(count))->integer("n"); });
  });
  CHECK(seen == 1);
}

TEST_CASE("a rehearsal on a read-only database leaves every byte of the file") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  const auto bytes = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = bytes();
  {
    db::Sqlite database(path, {.read_only = true});
    database.rehearse(copy_of_plans, [](db::Transaction& tx) { insert_much(tx); });
    CHECK(number(database, count) == 0);
  }
  CHECK(bytes() == before);
}
