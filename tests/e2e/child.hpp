// A program that runs while the test goes on: it can be stopped, continued, asked to end and waited for.
#pragma once

#include "support/program.hpp"

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace milkrun::e2e {

using test::Finished;
using Environment = std::vector<std::pair<std::string, std::string>>;

// Looks every few milliseconds until `done` holds; false when `most` passed first.
bool eventually(const std::function<bool()>& done, std::chrono::seconds most = std::chrono::seconds(30));

class Child {
public:
  // argv[0] is a path. The environment is ours, changed by `extra`. Throws std::system_error when it cannot be started.
  Child(std::vector<std::string> argv, const Environment& extra = {});
  ~Child(); // kills what still runs
  Child(Child&&) = default;
  Child& operator=(Child&&) = delete;

  void signal(int number) const;
  // Its end; throws std::runtime_error (and kills it) when that takes longer than `most`.
  Finished wait(std::chrono::seconds most = std::chrono::seconds(60));
  bool running();
  bool stopped() const; // by SIGSTOP
  pid_t pid() const { return pid_; }

private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<FILE, Close>;
  struct Forget { // moved-from children own no process
    pid_t value = -1;
    Forget(pid_t p = -1) : value(p) {}
    Forget(Forget&& other) noexcept : value(std::exchange(other.value, -1)) {}
    Forget& operator=(Forget&& other) noexcept {
      value = std::exchange(other.value, -1);
      return *this;
    }
    operator pid_t() const { return value; }
  };

  File out_, err_;
  Forget pid_;
  int status_ = 0;
};

} // namespace milkrun::e2e
