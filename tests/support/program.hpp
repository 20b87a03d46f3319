// Runs a program to its end and keeps what it said. For tests of the real binary.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace milkrun::test {

struct Finished {
  int code = -1;  // exit code; -1 when a signal ended it
  int signal = 0; // the signal that ended it, 0 when it exited
  std::string out, err;
};

// argv[0] is a path. The environment is ours plus `extra`. Throws std::system_error when it cannot be started.
Finished run_program(const std::vector<std::string>& argv,
                     const std::vector<std::pair<std::string, std::string>>& extra = {});

// NAME=VALUE of a child's environment: `extra`, what makes a sanitizer's child cheap, and ours. Of two equal names
// getenv() takes the first.
std::vector<std::string> environment(const std::vector<std::pair<std::string, std::string>>& extra);

} // namespace milkrun::test
