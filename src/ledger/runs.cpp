// Run rows and the proof of life.
#include "ledger/runs.hpp"

#include "sql/ledger.hpp"
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
  RunRow run{.id = {new_id()}, .number = tx.one(sql::runs::next_number)->integer("number")};
  tx.execute(sql::runs::insert, {{"run", run.id.value},
                                 {"number", run.number},
                                 {"job", job},
                                 {"host", host_name()},
                                 {"pid", static_cast<std::int64_t>(getpid())},
                                 {"now", now}});
  return run;
}

bool heartbeat(db::Transaction& tx, const RunId& run, Time now) {
  return tx.execute(sql::runs::heartbeat, {{"run", run.value}, {"now", now}}) == 1;
}

void end_run(db::Transaction& tx, const RunId& run, int exit_code, std::string_view ended_by, Time now) {
  tx.execute(sql::runs::finish, {{"run", run.value}, {"now", now}, {"exit_code", exit_code}, {"ended_by", ended_by}});
}

void note_idle(db::Transaction& tx, std::string_view job, Time now) {
  tx.execute(sql::runs::idle, {{"job", job}, {"now", now}});
}

void tell_count(db::Transaction& tx, const RunId& run, std::string_view stage, std::string_view outcome,
                const Reason& reason, std::int64_t items, std::optional<Time> next_at) {
  tx.execute(sql::runs::count, {{"run", run.value},
                                {"stage", stage},
                                {"outcome", outcome},
                                {"reason", reason.code()},
                                {"args", reason.args_json()},
                                {"items", items},
                                {"next_at", db::value(next_at)}});
}

void tell_tenant(db::Transaction& tx, const RunId& run, const TenantId& tenant, std::int64_t got,
                 std::string_view story) {
  tx.execute(sql::runs::tell_tenant, {{"run", run.value}, {"tenant", tenant.value}, {"got", got}, {"story", story}});
}

std::int64_t held(db::Transaction& tx, std::string_view stage) {
  return tx.one(sql::ledger::held_count, {{"stage", stage}})->integer("items");
}

std::vector<RunRow> dead_runs(db::Transaction& tx, const Job& job, const RunsFile& file, Time now, Millis lease) {
  std::vector<RunRow> out;
  for (const db::Row& r : tx.query(sql::runs::open)) {
    const bool silent = now - r.time("heartbeat_at") > lease;
    if (!silent && !(file.usable() && file.free(r.integer("number")))) continue;
    const bool own = r.text("job") == job.name;
    const auto holds = [&](const Stage& s) {
      return !tx.query(sql::runs::holds, {{"run", r.text("id")}, {"stage", s.name}}).empty();
    };
    if (own || std::ranges::any_of(job.stages, holds))
      out.push_back({.id = {r.text("id")}, .number = r.integer("number"), .own_job = own});
  }
  return out;
}

} // namespace milkrun::ledger
