// The sandbox as a process: it starts, it answers, it ends.
#include <ostream>

#include <doctest/doctest.h>

#include "process.hpp"

using milkrun::sandbox::SandboxProcess;

TEST_CASE("the sandbox starts, answers its control API and ends on SIGTERM") {
  SandboxProcess sandbox;
  CHECK(sandbox.control("GET", "journal") == "[]");
  CHECK_THROWS_WITH(sandbox.control("PUT", "state", R"({"typo":{}})"), doctest::Contains("typo"));
  CHECK(sandbox.stop() == 0);
}
