// A stopped process tells so by its state. A frozen one looks like one that waits for a disk (D, cgroup v1) or sleeps
// (S, v2): there its control group tells, which says what its ancestors do to it, too.
#include "base/halted.hpp"

#include <fmt/format.h>
#include <fstream>
#include <string_view>

namespace milkrun {
namespace {

// The state letter of /proc/PID/stat, after the command's name in parentheses; ' ' when it cannot be read.
char state_of(const std::string& process) {
  std::ifstream in(process + "/stat");
  std::string line;
  std::getline(in, line);
  const std::size_t end = line.rfind(')');
  return end == std::string::npos || end + 2 >= line.size() ? ' ' : line[end + 2];
}

bool has_line(const std::string& file, std::string_view wanted) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line == wanted) return true;
  return false;
}

// A line of /proc/PID/cgroup is NUMBER:CONTROLLERS:PATH; version 2 has the number 0 and no controllers, and lies at a
// place of its own beside version 1.
bool frozen(const std::string& process, const std::string& groups) {
  std::ifstream in(process + "/cgroup");
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* place : {"", "/unified"})
        if (has_line(groups + place + path + "/cgroup.events", "frozen 1")) return true;
    } else if (has_line(groups + "/" + controllers + path + "/freezer.state", "FROZEN")) { // only the freezer has it
      return true;
    }
  }
  return false;
}

} // namespace

Halt halt_of(std::int64_t pid, const std::string& root) {
  const std::string process = fmt::format("{}/proc/{}", root, pid);
  const char state = state_of(process);
  if (state == 'T' || state == 't') return Halt::stopped;
  return frozen(process, root + "/sys/fs/cgroup") ? Halt::frozen : Halt::none;
}

} // namespace milkrun
