// The database file: who may see it, what is refused with which sentence, and what a full disk or another program does.
#include "db/migrate.hpp"
#include "support/rows.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using db::DatabaseError;
using test::sql;

namespace {

db::SqliteOptions creating() { return {.create = true}; }

// A new database with the schema.
std::unique_ptr<db::Sqlite> made(const std::string& path) {
  auto database = std::make_unique<db::Sqlite>(path, creating());
  db::initialise(*database);
  return database;
}

struct Refusal {
  DatabaseError::Kind kind = DatabaseError::Kind::constraint;
  std::string sentence;
  bool says(std::string_view part) const { return sentence.find(part) != std::string::npos; }
};

// What the call is refused with; an empty sentence when it is not.
Refusal refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const DatabaseError& e) {
    return {e.kind, e.what()};
  }
  return {};
}

Refusal refused_open(const std::string& path, db::SqliteOptions options = {}) {
  return refused([&] { db::Sqlite(path, options); });
}

mode_t mode(const std::string& path) {
  struct stat s{};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  chmod(path.c_str(), 0600);
}

constexpr const char* insert = "INSERT INTO plans (id, slug) VALUES ($id, $id)";
constexpr const char* count = "SELECT count(*) AS n FROM plans";

// Two megabytes: more than the page limit of the tests below leaves.
void insert_much(db::Transaction& tx) {
  for (int i = 0; i < 2'000; ++i) tx.execute(sql(insert), {{"id", std::to_string(i) + std::string(1'000, 'x')}});
}

void insert_much_and_fail(db::Transaction& tx) {
  insert_much(tx);
  throw DatabaseError(DatabaseError::Kind::broken, "planned");
}

void limit_size(db::Database& d) {
  d.transact([](db::Transaction& tx) { tx.query(sql("PRAGMA max_page_count = 200")); });
}

} // namespace

TEST_CASE("the file and its side files are made for their owner alone") {
  const mode_t before = umask(0);
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto database = made(path);
  test::change(*database, insert, {{"id", "a"}});
  umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    CAPTURE(suffix);
    CHECK(mode(path + suffix) == 0600);
  }
}

TEST_CASE("every promise of the connection holds") {
  const test::TempDir dir;
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
  CHECK(refused([&] { test::change(*database, "ATTACH ':memory:' AS other"); }).sentence != "");
  CHECK(refused([&] { test::change(*database, "UPDATE sqlite_master SET sql = ''"); }).sentence != "");
}

TEST_CASE("a missing file is named, with the command that makes it") {
  const test::TempDir dir;
  const Refusal r = refused_open(dir.file("none.db"));
  CHECK(r.kind == DatabaseError::Kind::broken);
  CHECK(r.says(dir.file("none.db")));
  CHECK(r.says("milkrun init"));
  CHECK(access(dir.file("none.db").c_str(), F_OK) != 0); // looking makes nothing
}

TEST_CASE("a directory that is not there is named when the file is to be made") {
  const test::TempDir dir;
  const Refusal r = refused_open(dir.file("no/such/milkrun.db"), creating());
  CHECK(r.says("cannot make database"));
  CHECK(r.says("no/such/milkrun.db"));
}

TEST_CASE("a file or side file that others may read is refused with the mend") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  auto database = made(path);
  for (const char* suffix : {"", "-wal", "-shm"})
    for (const mode_t m : {0640U, 0604U, 0660U, 0666U, 0610U}) {
      CAPTURE(suffix);
      CAPTURE(m);
      REQUIRE(chmod((path + suffix).c_str(), m) == 0);
      const Refusal r = refused_open(path);
      CHECK(r.says("readable by others"));
      CHECK(r.says("chmod 600 " + path + suffix));
      REQUIRE(chmod((path + suffix).c_str(), 0600) == 0);
    }
  CHECK(refused_open(path).sentence.empty());
}

TEST_CASE("a symbolic link is refused as the file, and followed in the directories above it") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  REQUIRE(symlink(path.c_str(), dir.file("link.db").c_str()) == 0);
  CHECK(refused_open(dir.file("link.db")).says("symbolic link"));
  REQUIRE(symlink(dir.file("nowhere").c_str(), dir.file("dangling.db").c_str()) == 0);
  CHECK(refused_open(dir.file("dangling.db")).says("symbolic link"));
  CHECK(refused_open(dir.file("dangling.db"), creating()).says("symbolic link"));
  REQUIRE(symlink(dir.file(".").c_str(), dir.file("there").c_str()) == 0);
  CHECK(refused_open(dir.file("there/milkrun.db")).sentence.empty());
}

TEST_CASE("what is not a database is refused by name") {
  const test::TempDir dir;
  write(dir.file("text.db"),
        "this is only a text, and long enough to be read as a header of a hundred bytes: " + std::string(200, '.'));
  const Refusal r = refused_open(dir.file("text.db"));
  CHECK(r.kind == DatabaseError::Kind::broken);
  CHECK(r.says(dir.file("text.db")));
  CHECK(r.says("not a sound SQLite database"));
  REQUIRE(mkdir(dir.file("directory.db").c_str(), 0700) == 0);
  CHECK(refused_open(dir.file("directory.db")).says("not a regular file"));
}

TEST_CASE("a damaged page is an error and never a wrong answer") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100); // the schema's root page, behind the header
  file << std::string(1'000, '\xff');
  file.close();
  const Refusal r = refused([&] {
    db::Sqlite database(path, {});
    db::check_version(database);
  });
  CHECK(r.kind == DatabaseError::Kind::broken);
}

TEST_CASE("the schema is loaded once, and another program's database is left alone") {
  const test::TempDir dir;
  db::Sqlite database(dir.file("milkrun.db"), creating());
  CHECK(db::version_of(database) == std::nullopt);
  CHECK(refused([&] { db::check_version(database); }).says("milkrun init"));
  CHECK(refused([&] { db::migrate(database); }).says("milkrun init"));
  CHECK(db::initialise(database));
  CHECK_FALSE(db::initialise(database));
  CHECK(db::version_of(database) == db::schema_version);
  CHECK(db::migrate(database) == 0);
  CHECK_NOTHROW(db::check_version(database));

  db::Sqlite other(dir.file("other.db"), creating());
  test::change(other, "CREATE TABLE songs (title TEXT)");
  const Refusal r = refused([&] { db::initialise(other); });
  CHECK(r.says("another program's database"));
  CHECK(r.says("songs"));
  CHECK(test::number(other, "SELECT count(*) AS n FROM sqlite_master") == 1);
}

TEST_CASE("another statement at the address of an old one is not taken for it") {
  const test::TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  test::change(*database, insert, {{"id", "a"}});
  std::string text = "SELECT count(*) AS n FROM plans WHERE id = 'a'";
  CHECK(test::number(*database, text.c_str()) == 1);
  text.replace(text.size() - 2, 1, "b");
  CHECK(test::number(*database, text.c_str()) == 0);
}

TEST_CASE("several inits at once make one schema, and none of them fails") {
  const test::TempDir dir;
  for (int round = 0; round < 10; ++round) {
    const std::string path = dir.file(std::to_string(round) + ".db");
    std::vector<std::unique_ptr<db::Sqlite>> handles;
    for (int i = 0; i < 4; ++i) handles.push_back(std::make_unique<db::Sqlite>(path, creating()));
    std::atomic<int> made = 0, failed = 0;
    {
      std::vector<std::jthread> inits;
      for (const auto& handle : handles)
        inits.emplace_back([&] {
          try {
            made += db::initialise(*handle) ? 1 : 0;
          } catch (const DatabaseError&) {
            ++failed;
          }
        });
    }
    CHECK(made == 1);
    CHECK(failed == 0);
    CHECK_NOTHROW(db::check_version(*handles[0]));
  }
}

TEST_CASE("a file that cannot be written says so and names the mend") {
  const test::TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  const Refusal r = refused([&] { database->read(insert_much); }); // the code a file of another owner gives
  CHECK(r.says("the database cannot be written"));
  CHECK(r.says("run as its owner"));
}

TEST_CASE("a newer schema is refused everywhere, an older one names the command") {
  const test::TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  test::change(*database, "UPDATE schema_version SET version = 99");
  for (const auto& call :
       std::vector<std::function<void()>>{[&] { db::check_version(*database); }, [&] { db::migrate(*database); },
                                          [&] { db::initialise(*database); }}) {
    const Refusal r = refused(call);
    CHECK(r.says("schema version 99"));
    CHECK(r.says("install a newer milkrun"));
  }
  test::change(*database, "UPDATE schema_version SET version = 0");
  CHECK(refused([&] { db::check_version(*database); }).says("milkrun migrate"));
}

TEST_CASE("while another program writes, a writer gives up with a clear error and a reader goes on") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto first = made(path);
  db::Sqlite second(path, {.busy_timeout = Millis(20)});
  first->transact([&](db::Transaction& tx) {
    tx.execute(sql(insert), {{"id", "not yet"}});
    const Refusal r = refused([&] { test::change(second, insert, {{"id", "b"}}); });
    CHECK(r.kind == DatabaseError::Kind::busy);
    CHECK(r.says("locked by another program"));
    CHECK(test::number(second, count) == 0);
  });
  test::change(second, insert, {{"id", "b"}});
  CHECK(test::number(*first, count) == 2);
}

TEST_CASE("a writer that may not wait is told busy before its body is called, and waits again when it may") {
  const test::TempDir dir;
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
  CHECK(test::number(*first, count) == 1);

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
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto ours = made(path);
  db::Sqlite other(path, {});
  const std::int64_t before = ours->data_version();
  test::change(*ours, insert, {{"id", "a"}});
  CHECK(refused([&] { ours->transact(insert_much_and_fail); }).kind == DatabaseError::Kind::broken);
  CHECK(test::number(*ours, count) == 1);
  ours->rehearse([](db::Transaction& tx) { tx.execute(sql(insert), {{"id", "r"}}); });
  CHECK(ours->data_version() == before);
  CHECK(test::number(other, count) == 1); // reading is not changing
  CHECK(ours->data_version() == before);
  test::change(other, insert, {{"id", "b"}});
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
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db"), log = path + "-wal";
  made(path).reset();
  db::Sqlite database(path, {.wal_checkpoint = 50, .wal_most = 200});
  constexpr std::uintmax_t page = 4096 + 24;
  int n = 0;
  const auto write_pages = [&](int pages) { // a commit each
    for (int i = 0; i < pages; ++i)
      test::change(database, insert, {{"id", std::to_string(n++) + std::string(900, 'x')}});
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
  CHECK(test::number(database, count) == n);
}

TEST_CASE("a full disk rolls the transaction back whole and the database goes on") {
  const test::TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  limit_size(*database);
  const Refusal r = refused([&] { database->transact(insert_much); });
  CHECK(r.kind == DatabaseError::Kind::full);
  CHECK(r.says("disk full"));
  CHECK(r.says("free some space"));
  CHECK(test::number(*database, count) == 0);
  test::change(*database, insert, {{"id", "small"}});
  CHECK(test::number(*database, count) == 1);
}

TEST_CASE("a body that swallows a full disk cannot go on outside its transaction") {
  const test::TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  limit_size(*database);
  const auto swallow = [](db::Transaction& tx) {
    tx.execute(sql(insert), {{"id", "before"}});
    try {
      tx.savepoint([&] { insert_much(tx); });
    } catch (const DatabaseError&) {
    }
    tx.execute(sql(insert), {{"id", "after"}});
  };
  // Whether SQLite gave up the whole transaction or only the savepoint: never a part of the body without the rest.
  const Refusal r = refused([&] { database->transact(swallow); });
  CHECK(test::number(*database, count) == (r.sentence.empty() ? 2 : 0));
}

TEST_CASE("a file that may not grow leaves no half of a transaction") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN); // writing past the limit fails with EFBIG instead
    const rlimit limit{.rlim_cur = 600'000, .rlim_max = 600'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      db::Sqlite database(path, {});
      test::change(database, insert, {{"id", "fits"}});
      code = refused([&] { database.transact(insert_much); }).sentence.empty() ? 2 : 0;
    } catch (const std::exception&) {
      code = 3;
    }
    _exit(code);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  db::Sqlite database(path, {});
  CHECK(test::number(database, count) == 1);
  CHECK(test::rows(database, "PRAGMA integrity_check").at(0).text("integrity_check") == "ok");
}

TEST_CASE("a rehearsal on a read-only database leaves every byte of the file") {
  const test::TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  const auto bytes = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = bytes();
  {
    db::Sqlite database(path, {.read_only = true});
    database.rehearse([](db::Transaction& tx) { insert_much(tx); });
    CHECK(test::number(database, count) == 0);
  }
  CHECK(bytes() == before);
}
