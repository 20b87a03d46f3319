// The run lock: one holder, a sentence for the second, and a wait that a stop ends.
#include "cli/run_lock.hpp"

#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

struct LockFile {
  std::string path = fmt::format("/tmp/milkrun-lock-test-{}", getpid());
  LockFile() { std::filesystem::remove(path); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile() { std::filesystem::remove(path); }
  std::string text() const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

} // namespace

TEST_CASE("a second start learns who runs and since when; after the first there is room again") {
  const LockFile file;
  {
    const auto first = RunLock::take(file.path, "publish-feeds", test::noon);
    REQUIRE(first);
    CHECK(file.text() == fmt::format("{} 2026-11-21T12:00:00Z\n", getpid()));
    struct stat s{};
    REQUIRE(stat(file.path.c_str(), &s) == 0);
    CHECK((s.st_mode & 0777) == 0600);

    const auto second = RunLock::take(file.path, "publish-feeds", test::noon);
    REQUIRE(!second);
    CHECK(second.error().held);
    CHECK(second.error().sentence ==
          fmt::format("another publish-feeds run (pid {}) has been running since 2026-11-21T12:00:00Z", getpid()));
  }
  CHECK(file.text().empty());
  CHECK(RunLock::take(file.path, "publish-feeds", test::noon));
}

TEST_CASE("what a dead run wrote into the file does not matter") {
  const LockFile file;
  std::ofstream(file.path) << "1 1970-01-01T00:00:00Z and a long rest of an older format\n";
  std::filesystem::permissions(file.path, std::filesystem::perms(0600));
  const auto lock = RunLock::take(file.path, "publish-feeds", test::noon);
  REQUIRE(lock);
  CHECK(file.text() == fmt::format("{} 2026-11-21T12:00:00Z\n", getpid()));
}

TEST_CASE("a file that cannot be used is not taken for a run") {
  const auto lock = RunLock::take("/nowhere/at/all.lock", "publish-feeds", test::noon);
  REQUIRE(!lock);
  CHECK(!lock.error().held);
  CHECK(lock.error().sentence.find("/nowhere/at/all.lock") != std::string::npos);
}

TEST_CASE("waiting ends with the lock, or with a stop") {
  const LockFile file;
  const test::FakeClock clock;
  auto first = std::make_unique<RunLock>(std::move(*RunLock::take(file.path, "publish-feeds", test::noon)));
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = RunLock::wait(file.path, "publish-feeds", clock, stop.get_token());
  REQUIRE(!stopped);
  CHECK(stopped.error().held);

  bool got = false;
  std::jthread waiter([&] { got = RunLock::wait(file.path, "publish-feeds", clock, {}).has_value(); });
  first.reset();
  waiter.join();
  CHECK(got);
}

TEST_CASE("a link or a second name in the place of the lock is refused, and what it leads to is not emptied") {
  const LockFile file;
  const std::string victim = file.path + "-victim";
  std::ofstream(victim) << "precious";
  std::filesystem::permissions(victim, std::filesystem::perms(0600));
  for (const bool hard : {false, true}) {
    if (hard)
      std::filesystem::create_hard_link(victim, file.path);
    else
      std::filesystem::create_symlink(victim, file.path);
    const auto lock = RunLock::take(file.path, "publish-feeds", test::noon);
    REQUIRE(!lock);
    CHECK(!lock.error().held);
    CHECK(lock.error().sentence.find(hard ? "2 names" : "symbolic link") != std::string::npos);
    std::filesystem::remove(file.path);
  }
  CHECK(std::filesystem::file_size(victim) == 8);
  std::filesystem::remove(victim);
}

TEST_CASE("a lock that root makes, or once made, belongs to the database's owner") {
  if (geteuid() != 0) return; // only root can give a file away
  const LockFile file;
  for (int i = 0; i < 2; ++i) {
    CHECK(RunLock::take(file.path, "publish-feeds", test::noon, {4321, 4322}));
    struct stat s{};
    REQUIRE(stat(file.path.c_str(), &s) == 0);
    CHECK(s.st_uid == 4321);
    REQUIRE(chown(file.path.c_str(), 0, 0) == 0); // as an older version left it
  }
}
