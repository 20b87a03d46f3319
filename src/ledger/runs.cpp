// Run rows and the proof of life.
#include "ledger/runs.hpp"

#include "base/halted.hpp"
#include "base/text.hpp"
#include "sql/runs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace milkrun::ledger {
namespace {

struct flock byte_lock(std::int64_t number) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = number;
  lock.l_len = 1;
  return lock;
}

constexpr char alive = '.', left = 'd';

// Where it cannot be written the run counts as one that crashed.
void write_byte(int fd, std::int64_t number, char byte) { static_cast<void>(!pwrite(fd, &byte, 1, number)); }

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

} // namespace

RunsFile::~RunsFile() {
  if (fd_ >= 0) close(fd_);
}

void RunsFile::open() {
  if (fd_ >= 0 || path_.empty()) return;
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0)
    throw db::DatabaseError(db::DatabaseError::Kind::broken,
                            fmt::format("cannot open {}: {}", path_, std::strerror(errno)));
}

void RunsFile::hold(std::int64_t number) {
  open();
  if (fd_ < 0) return;
  struct flock lock = byte_lock(number);
  if (fcntl(fd_, F_OFD_SETLK, &lock) != 0)
    throw db::DatabaseError(db::DatabaseError::Kind::broken,
                            fmt::format("cannot lock {}: {}", path_, std::strerror(errno)));
  number_ = number;
  write_byte(fd_, number_, alive);
}

void RunsFile::give_up() {
  if (fd_ >= 0 && number_ >= 0) write_byte(fd_, number_, left);
}

bool RunsFile::gave_up(std::int64_t number) const {
  if (path_.empty()) return false;
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  char byte = 0;
  const bool read = pread(fd, &byte, 1, number) == 1;
  close(fd);
  return read && byte == left;
}

bool RunsFile::free(std::int64_t number) const {
  // An own descriptor: a lock held through fd_ would not count against itself.
  const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT;
  struct flock lock = byte_lock(number);
  const bool free = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
  close(fd);
  return free;
}

RunRow start_run(db::Transaction& tx, std::string_view job, Time now) {
  RunRow run{.id = {new_id()},
             .number = tx.one(sql::runs::next_number)->integer("number"),
             .job = std::string(job),
             .host = host_name(),
             .pid = static_cast<std::int64_t>(getpid()),
             .started_at = now,
             .heartbeat_at = now};
  tx.execute(sql::runs::insert, {{"run", run.id.value},
                                 {"number", run.number},
                                 {"job", job},
                                 {"host", run.host},
                                 {"pid", run.pid},
                                 {"now", now}});
  return run;
}

bool heartbeat(db::Transaction& tx, const RunId& run, Time now) {
  return tx.execute(sql::runs::heartbeat, {{"run", run.value}, {"now", now}}) == 1;
}

bool end_run(db::Transaction& tx, const RunId& run, int exit_code, std::string_view ended_by, Time now) {
  return tx.execute(sql::runs::finish,
                    {{"run", run.value}, {"now", now}, {"exit_code", exit_code}, {"ended_by", ended_by}}) == 1;
}

void note_idle(db::Transaction& tx, std::string_view job, Time now) {
  tx.execute(sql::runs::idle, {{"job", job}, {"now", now}});
}

std::vector<RunRow> open_runs(db::Transaction& tx) {
  std::vector<RunRow> out;
  for (const db::Row& r : tx.query(sql::runs::open))
    out.push_back({.id = {r.text("id")},
                   .number = r.integer("number"),
                   .job = r.text("job"),
                   .host = r.text("host"),
                   .pid = r.integer("pid"),
                   .started_at = r.time("started_at"),
                   .heartbeat_at = r.time("heartbeat_at"),
                   .in_flight = r.maybe_integer("in_flight")});
  return out;
}

bool is_dead(const RunRow& run, const RunsFile& file, Time now, Millis lease) {
  const bool silent = now - run.heartbeat_at > lease;
  if (!file.usable() || run.host != host_name()) return silent;
  if (file.free(run.number)) return true;
  return silent && halt_of(run.pid) != Halt::none;
}

bool holds_any(db::Transaction& tx, const RunId& run, const std::vector<Stage>& stages) {
  return std::ranges::any_of(stages, [&](const Stage& s) {
    return !tx.query(sql::runs::holds, {{"run", run.value}, {"stage", s.name}}).empty();
  });
}

void tell(db::Transaction& tx, const RunId& run, const Told& t) {
  tx.execute(sql::runs::count, {{"run", run.value},
                                {"tenant", t.tenant.value},
                                {"stage", t.stage},
                                {"outcome", t.outcome},
                                {"reason", t.reason.code()},
                                {"args", t.reason.args_json()},
                                {"items", t.items},
                                {"next_at", db::value(t.next_at)},
                                {"sample", text::clip(t.sample, 300)}});
}

} // namespace milkrun::ledger
