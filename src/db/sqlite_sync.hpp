// Brings the write-ahead log onto the disk beside its writer: a thread, and one flush for all commits that were written
// while the one before it went on. Private to src/db.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace milkrun::db {

class LogSync {
public:
  explicit LogSync(std::string database) : database_(std::move(database)) {}
  ~LogSync(); // what was written is on the disk, unless it refuses
  LogSync(const LogSync&) = delete;
  LogSync& operator=(const LogSync&) = delete;

  // Begins with the first call, inside which a connection is open: as long as one is, the log stays the same file.
  // False: it cannot be opened; then the writer waits for the disk itself.
  bool ready();
  std::uint64_t written(); // a commit is in the log: its number, from 1 on
  std::uint64_t durable(); // throws DatabaseError once the disk has refused
  void when_durable(std::function<void()> grown);

private:
  void work();

  const std::string database_;
  int file_ = -1;
  std::mutex lock_, calling_;
  std::condition_variable wanted_;
  std::uint64_t written_ = 0, durable_ = 0;
  int refused_ = 0; // errno
  bool ends_ = false;
  std::function<void()> grown_;
  std::thread thread_;
};

} // namespace milkrun::db
