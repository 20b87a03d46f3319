// A database that somebody else holds: who that is, and what an operator can do about it.
#include "db/test_database.hpp"

#include <csignal>
#include <fmt/format.h>
#include <ostream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::test;

TEST_CASE("a lock is told with its holder's process, and of one that is stopped inside its transaction the mend") {
  const TempDir dir;
  const std::string path = dir.file("milkrun.db");
  made(path).reset();
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    db::Sqlite database(path, {});
    database.transact([&](db::Transaction& tx) {
      tx.execute(sql(insert), {{"id", "a"}});
      if (write(ready[1], "y", 1) != 1) _exit(1);
      for (;;) pause();
    });
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  db::Sqlite second(path, {.busy_timeout = Millis(0)});
  const auto sentence = [&] { return refused([&] { change(second, insert, {{"id", "b"}}); }).sentence; };
  const std::string runs = sentence();
  CHECK_MESSAGE(runs.starts_with(fmt::format("database is locked by another program (begin), process {} (", child)),
                runs);
  CHECK(runs.ends_with("; try again later"));
  // Who waits asks again and again, and looks through its open files once: here there is nothing left to look with.
  rlimit files{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &files) == 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = files.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const std::string again = sentence();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &files) == 0);
  CHECK_MESSAGE(again.contains(fmt::format("process {} (", child)), again);
  REQUIRE(kill(child, SIGSTOP) == 0);
  REQUIRE(waitpid(child, nullptr, WUNTRACED) == child);
  const std::string stopped = sentence();
  CHECK_MESSAGE(stopped.find(fmt::format("which is stopped: let it go on with kill -CONT {}", child)) !=
                    std::string::npos,
                stopped);
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(sentence().empty());
  close(ready[0]);
  close(ready[1]);
}
