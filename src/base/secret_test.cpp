// A secret shows itself to nobody who does not ask by name; kill points fire where and when they were told to.
#include "base/kill_point.hpp"
#include "base/secret.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <type_traits>

using namespace milkrun;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };

} // namespace

TEST_CASE("a secret prints as *** and cannot be streamed or become a string by accident") {
  const Secret secret("open sesame");
  CHECK(fmt::format("{}", secret) == "***");
  CHECK(fmt::format("[{:>5}]", secret) == "[  ***]");
  CHECK(secret.reveal() == "open sesame");
  static_assert(!streamable<Secret> && streamable<std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST_CASE("secrets copy, move and assign like strings") {
  Secret a("one"), b(a);
  CHECK(b.reveal() == "one");
  b = Secret("a much longer value that does not fit into the object itself");
  a = b;
  CHECK(a.reveal() == b.reveal());
  Secret c(std::move(a));
  CHECK(c.reveal() == b.reveal());
  const Secret& same = c;
  c = same;
  CHECK(c.reveal() == b.reveal());
  CHECK(Secret().empty());
}

#ifdef MILKRUN_TEST_HOOKS

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

TEST_CASE("a stop point stops the process") {
  const int status = child_status("MILKRUN_TEST_STOP", "send", [] { kill_point("send"); });
  CHECK(WIFSTOPPED(status));
  CHECK(WSTOPSIG(status) == SIGSTOP);
}

TEST_CASE("a trace names every point once, in the order of their first hits") {
  const auto file = std::filesystem::temp_directory_path() / ("milkrun-trace-" + std::to_string(::getpid()));
  child_status("MILKRUN_TEST_TRACE", file.c_str(), [] {
    for (const char* name : {"b", "a", "b", "c", "a"}) kill_point(name);
  });
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  CHECK(text.str() == "b\na\nc\n");
  std::filesystem::remove(file);
}

TEST_CASE("a test switch is read from the environment") {
  ::setenv("MILKRUN_TEST_SOME_SWITCH", "on", 1);
  CHECK(std::string(test_switch("SOME_SWITCH")) == "on");
  CHECK(test_switch("ANOTHER_SWITCH") == nullptr);
}

#endif
