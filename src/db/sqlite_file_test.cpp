// The database file: who may see it, what is refused with which sentence, and what a full disk does.
#include "db/test_database.hpp"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <ostream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::test;
using db::DatabaseError;

namespace {

mode_t mode(const std::string& path) {
  struct stat s{};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  chmod(path.c_str(), 0600);
}

} // namespace

TEST_CASE("the file and its side files are made for their owner alone") {
  const mode_t before = umask(0);
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  const auto database = made(path);
  change(*database, insert, {{"id", "a"}});
  umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    CAPTURE(suffix);
    CHECK(mode(path + suffix) == 0600);
  }
}

TEST_CASE("a missing file is named, with the command that makes it") {
  const TempDir dir;
  const Refusal r = refused_open(dir.file("none.db"));
  CHECK(r.kind == DatabaseError::Kind::broken);
  CHECK(r.says(dir.file("none.db")));
  CHECK(r.says("milkrun init"));
  CHECK(access(dir.file("none.db").c_str(), F_OK) != 0); // looking makes nothing
}

TEST_CASE("a directory that is not there is named when the file is to be made") {
  const TempDir dir;
  const Refusal r = refused_open(dir.file("no/such/milkrun.db"), creating());
  CHECK(r.says("cannot make database"));
  CHECK(r.says("no/such/milkrun.db"));
}

TEST_CASE("a file or side file that others may read is refused with the mend") {
  const TempDir dir;
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

TEST_CASE(
    "a folder others may write to, a pipe and a second name of a file are refused, and nothing waits for a writer") {
  const TempDir dir;
  REQUIRE(mkdir(dir.file("d").c_str(), 0700) == 0);
  const std::string folder = dir.file("d"), path = folder + "/milkrun.db";
  REQUIRE(chmod(folder.c_str(), 0770) == 0);
  CHECK(refused_open(path, creating()).says("chmod go-w " + folder));
  CHECK(access(path.c_str(), F_OK) != 0);
  REQUIRE(chmod(folder.c_str(), 0700) == 0);
  made(path).reset();
  REQUIRE(chmod(folder.c_str(), 01777) == 0);
  CHECK(refused_open(path).says("chmod go-w " + folder));
  REQUIRE(chmod(folder.c_str(), 0700) == 0);
  CHECK(refused_open(path).sentence.empty());

  for (const char* suffix : {"-wal", "-shm"}) {
    CAPTURE(suffix);
    unlink((path + suffix).c_str());
    write(dir.file("victim"), "precious");
    REQUIRE(link(dir.file("victim").c_str(), (path + suffix).c_str()) == 0);
    CHECK(refused_open(path).says("2 names"));
    unlink((path + suffix).c_str());
    REQUIRE(symlink(dir.file("victim").c_str(), (path + suffix).c_str()) == 0);
    CHECK(refused_open(path).says("symbolic link"));
    unlink((path + suffix).c_str());
    unlink(dir.file("victim").c_str());
  }
  REQUIRE(mkfifo((folder + "/pipe").c_str(), 0600) == 0);
  CHECK(refused_open(folder + "/pipe").says("a pipe, not a regular file"));
}

TEST_CASE("what root makes in the folder of another user belongs to that user, side files as well") {
  if (geteuid() != 0) return;
  const TempDir dir;
  const std::string folder = dir.file("d"), path = folder + "/milkrun.db";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  REQUIRE(chown(folder.c_str(), 4321, 4322) == 0);
  const auto database = made(path);
  change(*database, insert, {{"id", "a"}});
  for (const char* suffix : {"", "-wal", "-shm"}) {
    CAPTURE(suffix);
    struct stat s{};
    REQUIRE(stat((path + suffix).c_str(), &s) == 0);
    CHECK(s.st_uid == 4321);
    CHECK(s.st_gid == 4322);
  }
}

TEST_CASE("root takes side files and the folder from nobody but the database's owner") {
  if (geteuid() != 0) return;
  const TempDir dir;
  const std::string folder = dir.file("d"), path = folder + "/milkrun.db";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  const auto give = [](const std::string& file, uid_t user) { REQUIRE(chown(file.c_str(), user, user) == 0); };
  const auto database = made(path); // keeps -wal and -shm there
  for (const uid_t owner : {0U, 4321U}) {
    for (const std::string& file : {path, path + "-wal", path + "-shm", folder}) give(file, owner);
    CAPTURE(owner);
    CHECK(refused_open(path).sentence.empty());
    for (const std::string& file : {path + "-wal", path + "-shm", folder}) {
      CAPTURE(file);
      give(file, 4322);
      CHECK(refused_open(path).says("belongs to user 4322"));
      CHECK(refused_open(path).says(fmt::format("chown {} {}", owner == 0 ? "root" : "4321", file)));
      give(file, 0); // what root made itself
      CHECK(refused_open(path).sentence.empty());
      give(file, owner);
    }
  }
}

namespace {

// Runs the body in a process with a small file system of its own, mounted at the folder. False: not allowed here.
bool on_own_disk(const std::string& folder, const std::function<int()>& body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool mounted = unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
                         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("none", folder.c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
    int code = 99;
    try {
      if (mounted) code = body();
    } catch (const std::exception&) {
      code = 98;
    }
    _exit(code);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 99) return false;
  CHECK(WEXITSTATUS(status) == 0);
  return true;
}

} // namespace

TEST_CASE("a disk that is full or mounted read-only when the database is opened is named with its mend") {
  const TempDir dir;
  const std::string folder = dir.file("disk"), path = folder + "/milkrun.db";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  const bool tried = on_own_disk(folder, [&] {
    made(path).reset();
    {
      std::ofstream all(folder + "/filler", std::ios::binary);
      for (int i = 0; i < 2'000; ++i) all << std::string(1'000, 'x') << std::flush;
    }
    const auto open_and_write = [&] {
      db::Sqlite database(path, {});
      change(database, insert, {{"id", "a"}});
    };
    const Refusal on_full = refused(open_and_write);
    if (on_full.kind != DatabaseError::Kind::full || !on_full.says("disk full") || !on_full.says("free some space"))
      return std::fprintf(stderr, "full: %s\n", on_full.sentence.c_str()), 1;
    if (mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0 &&
        mount("none", folder.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return 2;
    const Refusal on_read_only = refused(open_and_write);
    if (!on_read_only.says("mounted read-only"))
      return std::fprintf(stderr, "ro: %s\n", on_read_only.sentence.c_str()), 3;
    return 0;
  });
  if (!tried) MESSAGE("no file system of its own may be mounted here");
}

TEST_CASE("a read-only file system is named also where the last run left no side files, as it does when it ends") {
  const TempDir dir;
  const std::string folder = dir.file("disk"), path = folder + "/milkrun.db";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  const bool tried = on_own_disk(folder, [&] {
    made(path).reset();
    unlink((path + "-shm").c_str());
    if (mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) return 2;
    const Refusal r = refused_open(path);
    if (!r.says("mounted read-only") || !r.says(path)) return std::fprintf(stderr, "ro: %s\n", r.sentence.c_str()), 3;
    return 0;
  });
  if (!tried) MESSAGE("no file system of its own may be mounted here");
}

TEST_CASE("a symbolic link is refused as the file, and followed in the directories above it") {
  const TempDir dir;
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
  const TempDir dir;
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
  const TempDir dir;
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

TEST_CASE("a file that cannot be written says so and names the mend") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  database->transact([](db::Transaction& tx) { tx.query(sql("PRAGMA query_only = ON")); });
  const Refusal r = refused([&] { database->transact(insert_much); }); // the code a file of another owner gives
  CHECK(r.says("the database cannot be written"));
  CHECK(r.says("run as its owner"));
}

TEST_CASE("a full disk rolls the transaction back whole and the database goes on") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  limit_size(*database);
  const Refusal r = refused([&] { database->transact(insert_much); });
  CHECK(r.kind == DatabaseError::Kind::full);
  CHECK(r.says("disk full"));
  CHECK(r.says("free some space"));
  CHECK(number(*database, count) == 0);
  change(*database, insert, {{"id", "small"}});
  CHECK(number(*database, count) == 1);
}

TEST_CASE("a body that swallows a full disk cannot go on outside its transaction") {
  const TempDir dir;
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
  CHECK(number(*database, count) == (r.sentence.empty() ? 2 : 0));
}

TEST_CASE("a file that may not grow leaves no half of a transaction") {
  const TempDir dir;
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
      change(database, insert, {{"id", "fits"}});
      const Refusal r = refused([&] { database.transact(insert_much); });
      code = r.kind == DatabaseError::Kind::full && r.says("free some space") ? 0 : 2;
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
  CHECK(number(database, count) == 1);
  CHECK(rows(database, "PRAGMA integrity_check").at(0).text("integrity_check") == "ok");
}
