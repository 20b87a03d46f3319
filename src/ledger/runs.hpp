// Who runs, who died: run rows, their heartbeat, and the byte each live run locks in one file.
#pragma once

#include "ledger/ledger.hpp"

#include <memory>
#include <string>
#include <vector>

namespace milkrun::ledger {

// A live run holds a lock on the byte of its number in the runs file; the kernel frees it when the process dies, so a
// dead run is known at once and a stale lock cannot exist. An empty path locks nothing (tests).
class RunsFile {
public:
  explicit RunsFile(std::string path) : path_(std::move(path)) {}
  ~RunsFile();
  RunsFile(const RunsFile&) = delete;
  RunsFile& operator=(const RunsFile&) = delete;

  void hold(std::int64_t number);       // throws when the file cannot be used
  bool free(std::int64_t number) const; // nobody holds it
  bool usable() const { return !path_.empty(); }

private:
  void open();
  std::string path_;
  int fd_ = -1;
};

struct RunRow {
  RunId id;
  std::int64_t number = 0;
  bool own_job = true; // false: another job's, that holds items of a stage both have
};

// Inserts the run's row and returns its number.
RunRow start_run(db::Transaction& tx, std::string_view job, Time now);
// False: another run has taken this one for dead.
bool heartbeat(db::Transaction& tx, const RunId& run, Time now);
void end_run(db::Transaction& tx, const RunId& run, int exit_code, std::string_view ended_by, Time now);
void note_idle(db::Transaction& tx, std::string_view job, Time now);

// What the run tells: one count, one tenant's story.
void tell_count(db::Transaction& tx, const RunId& run, std::string_view stage, std::string_view outcome,
                const Reason& reason, std::int64_t items, std::optional<Time> next_at);
void tell_tenant(db::Transaction& tx, const RunId& run, const TenantId& tenant, std::int64_t got,
                 std::string_view story);
// Items of the stage that wait for an operator.
std::int64_t held(db::Transaction& tx, std::string_view stage);

// Open runs that are dead: their byte is free, or their heartbeat is older than the lease. Those of the job, and those
// of other jobs that hold an item of one of its stages.
std::vector<RunRow> dead_runs(db::Transaction& tx, const Job& job, const RunsFile& file, Time now, Millis lease);

// An item a dead run left in flight, and what becomes of it.
struct Rescued {
  Item item; // row not loaded
  Decision decision;
};
// Puts the dead run's items back: not begun -> due; begun and never armed -> due, and discarded as poison at its second
// crash; armed -> uncertain (held or due where the stage has no look-up). Ends the run's row; of another job's run only
// the stages given are touched. The caller settles those that became final.
std::vector<Rescued> rescue(db::Transaction& tx, const RunRow& dead, const std::vector<Stage>& stages, Time now);

} // namespace milkrun::ledger
