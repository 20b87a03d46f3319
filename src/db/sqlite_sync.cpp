// A flush that the disk refuses is never asked for again: the system may have dropped the pages, and say yes to the
// next one.
#include "db/sqlite_sync.hpp"

#include "db/db.hpp"
#include "db/sqlite_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace milkrun::db {

LogSync::~LogSync() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard hold(lock_);
    ends_ = true;
  }
  wanted_.notify_one();
  thread_.join();
  ::close(file_);
}

bool LogSync::ready() {
  if (thread_.joinable()) return true;
  // SQLite locks its other files, not this one: to close a second descriptor of it takes no lock away.
  file_ = ::open((without_links(database_) + "-wal").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file_ < 0) return false;
  thread_ = std::thread([this] { work(); });
  return true;
}

std::uint64_t LogSync::written() {
  std::uint64_t number = 0;
  {
    std::lock_guard hold(lock_);
    number = ++written_;
  }
  wanted_.notify_one();
  return number;
}

std::uint64_t LogSync::durable() {
  std::lock_guard hold(lock_);
  if (refused_ != 0)
    throw DatabaseError(DatabaseError::Kind::broken,
                        fmt::format("database {}: the disk refuses what was written to its log: {}; what was about to "
                                    "leave did not",
                                    database_, std::strerror(refused_)));
  return durable_;
}

void LogSync::when_durable(std::function<void()> grown) {
  std::lock_guard hold(calling_);
  grown_ = std::move(grown);
}

void LogSync::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    wanted_.wait(hold, [this] { return ends_ || written_ > durable_; });
    if (written_ == durable_) return;
    const std::uint64_t all = written_;
    hold.unlock();
    int rc = 0;
    do rc = ::fdatasync(file_);
    while (rc != 0 && errno == EINTR);
    const int refused = rc == 0 ? 0 : errno;
    hold.lock();
    refused_ = refused;
    if (refused == 0) durable_ = all;
    hold.unlock();
    {
      std::lock_guard call(calling_);
      if (grown_) grown_();
    }
    hold.lock();
    if (refused_ != 0) return;
  }
}

} // namespace milkrun::db
