// Kill points for tests: the process stops or dies exactly where a test asked for it, and nowhere else.
// Safe from any thread. Nothing of this is in a release.
#include "base/kill_point.hpp"

#ifdef MILKRUN_TEST_HOOKS

#include "base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>

namespace milkrun {

namespace {

// One entry of MILKRUN_TEST_KILL or MILKRUN_TEST_STOP.
struct Trigger {
  std::string name;
  std::int64_t on_hit = 1;
  int signal = 0;
  std::atomic<std::int64_t> hits = 0;
};

class Plan {
public:
  Plan() {
    add(std::getenv("MILKRUN_TEST_KILL"), SIGKILL);
    add(std::getenv("MILKRUN_TEST_STOP"), SIGSTOP);
    if (const char* file = std::getenv("MILKRUN_TEST_TRACE")) trace_file_ = file;
  }

  void hit(const char* name) {
    if (!trace_file_.empty()) trace(name);
    fire(name);
  }
  void hit(const char* name, const std::string& id) {
    hit(name);
    if (!triggers_.empty()) fire(std::string(name) + "@" + id);
  }

private:
  void fire(std::string_view name) {
    for (Trigger& trigger : triggers_)
      if (trigger.name == name && ++trigger.hits == trigger.on_hit) (void)std::raise(trigger.signal);
  }

  void add(const char* list, int signal) {
    if (!list) return;
    for (std::string_view entry : text::split(list, ',')) {
      if (entry.empty()) continue;
      const auto colon = entry.find(':');
      Trigger& trigger = triggers_.emplace_back();
      trigger.name = entry.substr(0, colon);
      trigger.signal = signal;
      if (colon == std::string_view::npos) continue;
      const auto count = text::to_int(entry.substr(colon + 1));
      if (!count || *count < 1) throw std::runtime_error("bad kill point: " + std::string(entry));
      trigger.on_hit = *count;
    }
  }

  void trace(const char* name) {
    std::lock_guard hold(lock_);
    const std::string line = std::string(name) + "\n";
    const int file = ::open(trace_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("cannot append to " + trace_file_);
    ::close(file);
  }

  std::deque<Trigger> triggers_; // a deque because a Trigger cannot move
  std::string trace_file_;
  std::mutex lock_;
};

Plan& the_plan() {
  static Plan plan;
  return plan;
}

} // namespace

void kill_point(const char* name) { the_plan().hit(name); }
void kill_point(const char* name, const std::string& id) { the_plan().hit(name, id); }

const char* test_switch(const char* name) { return std::getenv(("MILKRUN_TEST_" + std::string(name)).c_str()); }

} // namespace milkrun

#endif
