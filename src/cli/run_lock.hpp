// One run per job and database: a flock that the kernel drops when its holder dies.
#pragma once

#include "base/clock.hpp"
#include "base/private_file.hpp"

#include <expected>
#include <optional>
#include <stop_token>
#include <string>

namespace milkrun::cli {

class RunLock {
public:
  // Why there is no lock: `held` by another run (the sentence says which and since when), or the file cannot be used.
  struct Refused {
    bool held;
    std::string sentence;
  };

  // Takes the lock of a job at once, or says who has it. The file holds its holder's pid and start for people, and
  // belongs to `owner` when root makes it.
  static std::expected<RunLock, Refused> take(const std::string& path, std::string_view job, Time now,
                                              files::Owner owner = files::us());
  // Waits for it; Refused{held} only when `stop` was requested meanwhile.
  static std::expected<RunLock, Refused> wait(const std::string& path, std::string_view job, const Clock& clock,
                                              const std::stop_token& stop, files::Owner owner = files::us());

  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock(); // empties the file and lets go

private:
  explicit RunLock(int fd) : fd_(fd) {}
  int fd_;
};

} // namespace milkrun::cli
