// Reads an input to its end with plain read(2), so that pipes and files behave the same.
#include "cli/input.hpp"

#include "base/text.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

std::unexpected<Refusal> unreadable(const std::string& path) {
  return refuse(Exit::data, fmt::format("cannot read {}: {}; give the path of a readable file, or - for standard input",
                                        text::one_line(path), std::strerror(errno)));
}

// Opened without waiting: a pipe into which nobody writes would never let go. True once somebody does, or at its end.
bool has_writer(int fd, std::chrono::milliseconds patience, std::string& bytes) {
  pollfd pipe{fd, POLLIN, 0};
  if (poll(&pipe, 1, static_cast<int>(patience.count())) != 0) return true;
  char first = 0;
  const ssize_t got = read(fd, &first, 1);
  if (got > 0) bytes += first;
  return got > 0 || (got < 0 && errno == EAGAIN); // it has one, who only takes his time
}

} // namespace

std::expected<std::string, Refusal> read_input(const std::string& path, std::size_t most,
                                               std::chrono::milliseconds patience) {
  const bool standard = path == "-";
  const int fd = standard ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return unreadable(path);
  std::string bytes;
  if (!standard) {
    struct stat s{};
    if (fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode) && !has_writer(fd, patience, bytes)) {
      close(fd);
      return refuse(Exit::data, fmt::format("{} is a pipe, and nobody writes into it", text::one_line(path)));
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  ssize_t got = 0;
  for (char buffer[65536]; bytes.size() <= most && (got = read(fd, buffer, sizeof buffer)) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  const int failed = got < 0 ? errno : 0;
  if (!standard) close(fd);
  errno = failed;
  if (failed != 0) return unreadable(path);
  if (bytes.size() > most)
    return refuse(Exit::data, fmt::format("{} is larger than {} MiB", text::one_line(path), most / (1024 * 1024)));
  return bytes;
}

} // namespace milkrun::cli
