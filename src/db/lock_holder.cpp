// SQLite's writer has a lock on byte 120 of the -shm as long as its transaction lasts, and the kernel tells whose it
// is.
#include "db/lock_holder.hpp"

#include "base/halted.hpp"
#include "base/text.hpp"

#include <atomic>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>

namespace milkrun::db {
namespace {

constexpr off_t writer_byte = 120; // WAL_WRITE_LOCK, in the file's format since 2010

// SQLite's own descriptor of the file: one that we opened would free, when it is closed, all locks that this process
// has on the file. -1: it has none.
int descriptor_of(const struct stat& file) {
  const auto is = [&](int fd) {
    struct stat s{};
    return fstat(fd, &s) == 0 && s.st_dev == file.st_dev && s.st_ino == file.st_ino;
  };
  // Who waits for a database asks forty times a second: it stays the same one as long as it is open.
  static std::atomic<int> last = -1;
  if (const int fd = last; is(fd)) return fd;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (is(fd)) return last = fd;
  }
  return -1;
}

// 0: none, or not a process of this machine.
pid_t writer_of(const std::string& path) {
  struct stat shm{};
  if (stat((path + "-shm").c_str(), &shm) != 0) return 0;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = writer_byte;
  lock.l_len = 1;
  if (fcntl(descriptor_of(shm), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid < 0) return 0;
  return lock.l_pid;
}

} // namespace

std::string words_of_lock_holder(const std::string& path) {
  const pid_t pid = writer_of(path);
  if (pid == 0) return {};
  std::ifstream comm(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(comm, name);
  const std::string who = fmt::format("process {} ({})", pid, text::one_line(name));
  switch (halt_of(pid)) {
  case Halt::stopped:
    return fmt::format("{0}, which is stopped: let it go on with kill -CONT {1}, or end it with kill -KILL {1}, which "
                       "loses nothing",
                       who, pid);
  case Halt::frozen:
    return fmt::format("{}, whose control group is frozen: thaw that (systemctl thaw, docker unpause)", who);
  case Halt::none: break;
  }
  return who + "; try again later";
}

} // namespace milkrun::db
