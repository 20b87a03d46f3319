// The run lock. The file stays where it is: removing it would let two runs hold two files of one name.
#include "cli/run_lock.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fmt/format.h>
#include <mutex>
#include <sys/file.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

constexpr Millis between_tries{100};

RunLock::Refused cannot(std::string_view verb, const std::string& path) {
  return {false, fmt::format("cannot {} the lock file {}: {}", verb, path, std::strerror(errno))};
}

// "4711 2026-11-21T12:00:00Z\n" -> the sentence for people.
RunLock::Refused held(int fd, std::string_view job) {
  char buffer[128];
  const ssize_t got = pread(fd, buffer, sizeof buffer, 0);
  const std::string_view text = text::trim(std::string_view(buffer, got < 0 ? 0 : static_cast<std::size_t>(got)));
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return {true, fmt::format("another {} run is just starting", job)};
  return {true, fmt::format("another {} run (pid {}) has been running since {}", job,
                            text::one_line(text.substr(0, blank), 20), text::one_line(text.substr(blank + 1), 40))};
}

} // namespace

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunLock::~RunLock() {
  if (fd_ < 0) return;
  // Only a hint for people gets lost when this fails.
  [[maybe_unused]] const int emptied = ftruncate(fd_, 0);
  close(fd_);
}

std::expected<RunLock, RunLock::Refused> RunLock::take(const std::string& path, std::string_view job, Time now,
                                                       files::Owner owner) {
  std::string why;
  files::Fd file = files::open_own(path, owner, why);
  if (!file) return std::unexpected(Refused{false, fmt::format("cannot use the lock file {}", why)});
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return std::unexpected(errno == EWOULDBLOCK ? held(file.get(), job) : cannot("lock", path));
  RunLock lock(file.release());
  const std::string holder = fmt::format("{} {}\n", getpid(), zone::utc(now));
  if (ftruncate(lock.fd_, 0) != 0 ||
      pwrite(lock.fd_, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size()))
    return std::unexpected(cannot("write", path));
  return lock;
}

std::expected<RunLock, RunLock::Refused> RunLock::wait(const std::string& path, std::string_view job,
                                                       const Clock& clock, const std::stop_token& stop,
                                                       files::Owner owner) {
  std::mutex mutex;
  std::condition_variable_any never;
  for (;;) {
    auto lock = take(path, job, clock.now(), owner);
    if (lock || !lock.error().held || stop.stop_requested()) return lock;
    std::unique_lock hold(mutex);
    never.wait_for(hold, stop, between_tries, [] { return false; });
  }
}

} // namespace milkrun::cli
