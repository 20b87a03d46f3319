// Who runs, who died: run rows, their heartbeat, and the byte each live run locks in one file.
#pragma once

#include "ledger/queue.hpp"

#include <string>
#include <vector>

namespace milkrun::ledger {

// A live run holds a lock on the byte of its number in the runs file; the kernel frees it when the process dies, so a
// dead run is known at once and a stale lock cannot exist. The byte's value says whether a run left because its
// database failed it: it is written in place, for which a full disk has room. An empty path locks nothing (tests).
class RunsFile {
public:
  explicit RunsFile(std::string path) : path_(std::move(path)) {}
  ~RunsFile();
  RunsFile(const RunsFile&) = delete;
  RunsFile& operator=(const RunsFile&) = delete;

  void hold(std::int64_t number);       // throws when the file cannot be used
  bool free(std::int64_t number) const; // nobody holds it
  // The run that holds it ends because of its database: what it leaves in flight is no crash of those items.
  void give_up();
  bool gave_up(std::int64_t number) const;
  bool usable() const { return !path_.empty(); }

private:
  void open();
  std::string path_;
  int fd_ = -1;
  std::int64_t number_ = -1; // held
};

struct RunRow {
  RunId id;
  std::int64_t number = 0;
  std::string job, host;
  std::int64_t pid = 0;
  Time started_at{}, heartbeat_at{};
  std::optional<std::int64_t> in_flight = {}; // at its death, once somebody counted
};

// Inserts the run's row and returns it.
RunRow start_run(db::Transaction& tx, std::string_view job, Time now);
// False: another run has taken this one for dead.
bool heartbeat(db::Transaction& tx, const RunId& run, Time now);
// False: another run has taken this one for dead, and ended it.
bool end_run(db::Transaction& tx, const RunId& run, int exit_code, std::string_view ended_by, Time now);
void note_idle(db::Transaction& tx, std::string_view job, Time now);

// Runs whose row is open.
std::vector<RunRow> open_runs(db::Transaction& tx);
// On this machine the byte decides, and a process that does not go on (SIGSTOP, a frozen control group) is as good as
// dead once its heartbeat is older than the lease; on another machine the heartbeat alone decides.
bool is_dead(const RunRow& run, const RunsFile& file, Time now, Millis lease);
// Whether a run of any job has an item of one of these stages in flight.
bool holds_any(db::Transaction& tx, const RunId& run, const std::vector<Stage>& stages);

// An item a dead run left in flight, and what becomes of it.
struct Rescued {
  std::string stage;
  Key key;
  TenantId tenant;
  Decision decision;
  std::vector<Reserved> reserved; // to be given back unless the decision keeps it
};
// Puts the dead run's items back: never armed -> due; armed -> uncertain (held or due where the stage has no look-up).
// What was in flight together is run again in groups, halved at each further crash; what was in flight alone at two
// crashes is poison: discarded, an operator may bring it back. Only items of `stages` are touched, or all (`own_job`).
// At most `most_rescued` at once: fewer than that means that nothing is left, and that a run of our own job has ended.
// `crashed`: false of a run that left because of its database, which counts against no item.
inline constexpr std::int64_t most_rescued = 500;
std::vector<Rescued> rescue(db::Transaction& tx, const RunRow& dead, bool own_job, const std::vector<Stage>& stages,
                            bool crashed, Time now);

// What the run tells: one count of one tenant.
struct Told {
  TenantId tenant;
  std::string stage, outcome;
  Reason reason;
  std::int64_t items = 0;
  std::optional<Time> next_at;
  std::string sample;
};
void tell(db::Transaction& tx, const RunId& run, const Told& told);

} // namespace milkrun::ledger
