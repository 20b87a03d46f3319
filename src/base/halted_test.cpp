// Who does not go on: by its state, or by its control group, of either version.
#include "base/halted.hpp"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

// A machine of its own: /proc and /sys with what a test puts there.
struct Machine {
  std::string root;
  Machine() {
    char name[] = "/tmp/halted.XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    root = name;
  }
  ~Machine() { std::filesystem::remove_all(root); }
  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  void process(char state, const std::string& groups) const {
    file("/proc/42/stat", fmt::format("42 (milk) run) {} 1 42 42", state));
    file("/proc/42/cgroup", groups);
  }
  Halt halt() const { return halt_of(42, root); }
};

} // namespace

TEST_CASE("a process that a signal stopped, or a debugger, does not go on; one that sleeps does") {
  const Machine m;
  CHECK(m.halt() == Halt::none); // it is gone
  for (const auto& [state, halt] :
       {std::pair{'T', Halt::stopped}, {'t', Halt::stopped}, {'S', Halt::none}, {'D', Halt::none}, {'R', Halt::none}}) {
    CAPTURE(state);
    m.process(state, "0::/\n");
    CHECK(m.halt() == halt);
  }
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0)
    for (;;) pause();
  CHECK(halt_of(child) == Halt::none);
  REQUIRE(kill(child, SIGSTOP) == 0);
  REQUIRE(waitpid(child, nullptr, WUNTRACED) == child);
  CHECK(halt_of(child) == Halt::stopped);
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
}

TEST_CASE("a process whose control group is frozen does not go on, in either version of control groups") {
  struct {
    const char *groups, *file, *frozen, *not_frozen;
  } const rows[] = {{"7:memory:/x\n6:freezer:/box/a\n0::/\n", "/freezer/box/a/freezer.state", "FROZEN\n", "FREEZING\n"},
                    {"6:freezer,net_cls:/a\n", "/freezer,net_cls/a/freezer.state", "FROZEN\n", "THAWED\n"},
                    {"0::/system.slice/milkrun.service\n", "/system.slice/milkrun.service/cgroup.events",
                     "populated 1\nfrozen 1\n", "populated 1\nfrozen 0\n"},
                    {"6:freezer:/\n0::/a:b\n", "/unified/a:b/cgroup.events", "frozen 1\n", "frozen 0\n"}};
  for (const auto& row : rows) {
    CAPTURE(row.file);
    const Machine m;
    m.process('S', row.groups);
    CHECK(m.halt() == Halt::none);
    m.file(std::string("/sys/fs/cgroup") + row.file, row.not_frozen);
    CHECK(m.halt() == Halt::none);
    m.file(std::string("/sys/fs/cgroup") + row.file, row.frozen);
    CHECK(m.halt() == Halt::frozen);
  }
}
