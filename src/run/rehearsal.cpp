// What a run would do now: the run's own judge on the rows already stored. Discover writes to copies of its tables; the
// ledger's rows are read from a snapshot; nobody waits for it.
#include "run/no_network.hpp"
#include "run/tell.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr int most_rehearsed = 100'000; // rows; more are said to be there
constexpr int at_once = 500;            // of them in memory

void count(Tally& tally, const Stage& stage, const ledger::Candidate& row, const Judged& j, Time now) {
  if (j.yes()) {
    tally.add(stage.name, row.tenant,
              {.next = Next::done, .at = now, .word = row.uncertain ? "would-look-up" : "would-run"});
    return;
  }
  ledger::Decision d = ledger::decide(stage, j.verdict, now, {});
  if (j.place) d.at = j.place->at;
  tally.add(stage.name, row.tenant, d);
}

void rehearse_row(Turn& turn, const Stage& stage, const ledger::Candidate& row) {
  World& world = turn.run.world;
  Item item{.stage = std::string(stage.name),
            .key = row.key,
            .tenant = row.tenant,
            .attempt = row.attempts + 1,
            .row = load_row(turn.tx, stage, row.key)};
  std::optional<Judged> j;
  const auto bug = bug_in([&] {
    j = row.uncertain && stage.work != nullptr ? judge_lookup(turn.tx, item, row, world, turn.now)
                                               : judge(turn.tx, stage, item, row, world, turn.now);
  });
  if (bug) return turn.tally.add(stage.name, row.tenant, wait_for_mend(turn.now, stage, *bug));
  // What it would take is taken in memory, so that the next row sees it.
  if (j->place) world.paces.take(turn.tx, j->plan.pace, j->credential(), *j->place, turn.now);
  if (j->yes() && row.reserved.empty()) world.usage.reserve(turn.tx, row.tenant, j->plan.quota);
  count(turn.tally, stage, row, *j, turn.now);
}

void rehearse_rows(Turn& turn, const Stage& stage, Rank rank, const TenantId& tenant, int& left) {
  for (bool more = true; more && left > 0;) {
    const int some = std::min(at_once, left);
    const auto rows = ledger::candidates(turn.tx, stage.name, rank, tenant, turn.now, some);
    for (const ledger::Candidate& row : rows) {
      rehearse_row(turn, stage, row);
      ledger::looked_at(turn.tx, stage.name, row);
      --left;
    }
    turn.run.world.paces.flush(turn.tx); // a recipient a row: they have their place in the copy
    more = static_cast<int>(rows.size()) == some;
  }
}

void rehearse_rank(Turn& turn, const Stage& stage, Rank rank, int& left) {
  std::string after;
  for (;;) {
    const auto tenants = ledger::tenants_due(turn.tx, stage.name, rank, after, turn.now, most_tenants);
    for (const ledger::TenantDue& t : tenants) {
      after = t.tenant.value;
      const auto& only = turn.run.options.tenant;
      if (!t.due || (only && t.tenant != *only && t.tenant != operator_tenant)) continue;
      rehearse_rows(turn, stage, rank, t.tenant, left);
    }
    if (tenants.size() < static_cast<std::size_t>(most_tenants) || left <= 0) return;
  }
}

void rehearse_stage(Turn& turn, const Stage& stage, int& left) {
  for (const Rank rank : {Rank::first, Rank::behind}) rehearse_rank(turn, stage, rank, left);
  for (const ledger::Candidate& row :
       ledger::suspects(turn.tx, stage.name, turn.run.options.tenant, turn.now, std::max(0, left))) {
    rehearse_row(turn, stage, row);
    --left;
  }
}

void discover_all(Turn& turn, const Stage& stage) {
  if (stage.discover == nullptr) return;
  Discovery d{
      .tx = turn.tx,
      .now = turn.now,
      .only = turn.run.options.tenant,
      .chunk = static_cast<std::size_t>(most_rehearsed),
      .enqueue = [&](std::string_view s, const Key& key, const TenantId& tenant, Time due_at,
                     Rank rank) { ledger::enqueue(turn.tx, s, key, tenant, due_at, rank, turn.now); },
      .hasten = [&](std::string_view s, const Key& key, Time due_at) { ledger::hasten(turn.tx, s, key, due_at); }};
  // As in a run: a bug that one row wakes costs its tenant that row, and nobody else the rehearsal.
  std::set<TenantId> buggy;
  const auto one_bug = [&](const TenantId& tenant, const std::function<void()>& body) {
    const auto bug = bug_in([&] { turn.tx.savepoint(body); });
    if (bug && buggy.insert(tenant).second) turn.tally.add(stage.name, tenant, wait_for_mend(turn.now, stage, *bug));
  };
  d.guard = [&](const TenantId& tenant, const Discovery::Row& row, const Discovery::PutOff&) { one_bug(tenant, row); };
  one_bug(operator_tenant, [&] { stage.discover(d); });
}

} // namespace

RunReport dry_run(const Job& job, const RunOptions& options, db::Database& database, const Vault& vault,
                  const Clock& clock) {
  NoNetwork net;
  const JobSettings settings;
  const Rooms rooms{database, vault, net, clock, settings, ""};
  World world(database, vault, options.budgets);
  RunReport report;
  report.job = job.name;
  report.dry = true;
  report.started = clock.now();
  report.ended_by = "dry run";
  std::vector<db::Copy> copies = job.discovers_in;
  copies.push_back({"ledger", "state IN ('due', 'uncertain', 'held')"});
  copies.push_back({"paces"});
  copies.push_back({"runs", "id = ''"}); // what is counted belongs to a run, also where nothing is copied
  copies.push_back({"run_counts", "run_id = ''"});
  database.rehearse(copies, [&](db::Transaction& tx) {
    const RunContext run{job, options, rooms, ledger::start_run(tx, job.name, report.started).id, world};
    Turn turn{.tx = tx, .run = run, .now = clock.now()};
    world.refresh(tx);
    int left = most_rehearsed;
    for (const Stage& stage : job.stages) discover_all(turn, stage);
    // Before the rehearsal puts off what it has looked at.
    for (const db::Row& r : tx.query(job.preview, {{"now", turn.now}}))
      report.notes.push_back({.text = r.text("note"), .at = r.maybe_time("at"), .items = r.maybe_integer("items")});
    for (const Stage& stage : job.stages) rehearse_stage(turn, stage, left);
    for (const ledger::Told& t : turn.tally.told()) ledger::tell(tx, run.run, t);
    fill_counts(tx, run, report);
    report.cut = report.cut || left <= 0;
    for (const Stage& s : job.stages) report.held += ledger::held(tx, s.name);
    fill_resting(tx, run.job, options.tenant, turn.now, false, report);
  });
  report.ended = clock.now();
  return report;
}

} // namespace milkrun
