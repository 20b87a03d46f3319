// Kill points fire where and when a test told them to, and nowhere else.
#include "base/kill_point.hpp"

#ifdef MILKRUN_TEST_HOOKS

#include <ostream>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace milkrun;

namespace {

// Runs `body` in a child whose environment has name=value; returns the child's wait status.
template <class Body> int child_status(const char* name, const char* value, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv(name, value, 1);
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  if (WIFSTOPPED(status)) {
    ::kill(child, SIGKILL);
    int end = 0;
    ::waitpid(child, &end, 0);
  }
  return status;
}

} // namespace

TEST_CASE("a kill point kills at the named hit and lets every other pass") {
  struct Row {
    const char* plan;
    int hits;
    bool killed;
  };
  const Row rows[] = {
      {"commit", 1, true},       {"commit:3", 2, false},         {"commit:3", 3, true},         {"comm", 5, false},
      {"other,commit", 1, true}, {"other:1,commit:2", 1, false}, {"other:9,commit:2", 2, true}, {"", 5, false}};
  for (const Row& row : rows) {
    CAPTURE(row.plan);
    CAPTURE(row.hits);
    const int status = child_status("MILKRUN_TEST_KILL", row.plan, [&] {
      for (int i = 0; i < row.hits; ++i) kill_point("commit");
    });
    CHECK(WIFSIGNALED(status) == row.killed);
    if (row.killed) CHECK(WTERMSIG(status) == SIGKILL);
    if (!row.killed) CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a kill point that items pass kills at the item that was named, or at any") {
  struct Row {
    const char* plan;
    bool killed;
  };
  for (const Row& row : {Row{"work", true}, Row{"work:3", true}, Row{"work@b", true}, Row{"work@b:1", true},
                         Row{"work@b:2", false}, Row{"work@d", false}, Row{"work@", false}}) {
    CAPTURE(row.plan);
    const int status = child_status("MILKRUN_TEST_KILL", row.plan, [] {
      for (const char* id : {"a", "b", "c"}) kill_point("work", id);
    });
    CHECK(WIFSIGNALED(status) == row.killed);
  }
}

TEST_CASE("a stop point stops the process") {
  const int status = child_status("MILKRUN_TEST_STOP", "send", [] { kill_point("send"); });
  CHECK(WIFSTOPPED(status));
  CHECK(WSTOPSIG(status) == SIGSTOP);
}

TEST_CASE("a trace names every point whenever it is reached") {
  const auto file = std::filesystem::temp_directory_path() / ("milkrun-trace-" + std::to_string(::getpid()));
  child_status("MILKRUN_TEST_TRACE", file.c_str(), [] {
    for (const char* name : {"b", "a", "b", "c", "a"}) kill_point(name);
  });
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  CHECK(text.str() == "b\na\nb\nc\na\n");
  std::filesystem::remove(file);
}

TEST_CASE("a test switch is read from the environment") {
  ::setenv("MILKRUN_TEST_SOME_SWITCH", "on", 1);
  CHECK(std::string(test_switch("SOME_SWITCH")) == "on");
  CHECK(test_switch("ANOTHER_SWITCH") == nullptr);
}

#endif
