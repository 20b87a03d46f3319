// A process of this machine that lives and does not go on.
#pragma once

#include <cstdint>
#include <string>

namespace milkrun {

enum class Halt {
  none,    // it goes on, or nobody can tell
  stopped, // by a signal (SIGSTOP), or by a debugger
  frozen,  // by its control group: docker pause, systemctl freeze
};

// `root` is where /proc and /sys lie: "" but for tests.
Halt halt_of(std::int64_t pid, const std::string& root = "");

} // namespace milkrun
