// What a run would do now: the same code as a run, on the rows already stored, in a transaction that is rolled back.
#include "run/room.hpp"

namespace milkrun {
namespace {

struct NoNetwork final : http::Client {
  Expected<http::Response> send(const http::Request&) override {
    throw std::logic_error("a dry run called the network");
  }
};

void rehearse_item(db::Transaction& tx, const RunContext& run, const Stage& stage, const ledger::Claimed& c) {
  std::vector<Ended> ended;
  if (const std::optional<Ready> ready = prepare(tx, run, stage, c, ended)) {
    if (const auto no = refuse_begin(tx, *ready, ready->item, run.now()))
      ended.push_back({stage.name, ledger::decide(stage, *no, 0, run.now(), 0, std::nullopt)});
    else
      run.tally.add(stage.name, {.next = Next::done,
                                 .at = run.now(),
                                 .word = ready->uncertain ? "would-look-up" : "would-run",
                                 .reason = {},
                                 .detail = ""});
  }
  for (const Ended& e : ended) run.tally.add(e.stage, e.decision);
}

// One stage of a dry run: every due row is claimed, and the same checks as in a run say what would become of it.
void rehearse_stage(db::Transaction& tx, const RunContext& run, const Stage& stage) {
  for (const TenantId& tenant : ledger::tenants_due(tx, stage.name, run.now())) {
    if (run.options.tenant && tenant != *run.options.tenant && tenant != operator_tenant) continue;
    for (const ledger::Claimed& c : ledger::claim(tx, stage.name, tenant, run.run, run.now(), 1'000'000))
      rehearse_item(tx, run, stage, c);
  }
  for (;;) { // one at a time, as in a run
    const auto crashed = ledger::claim_crashed(tx, stage.name, run.options.tenant, run.run, run.now());
    if (crashed.empty()) return;
    rehearse_item(tx, run, stage, crashed.front());
  }
}

void rehearse(db::Transaction& tx, const RunContext& run, RunReport& report) {
  for (const Stage& stage : run.job.stages) {
    Discovery d{
        .tx = tx,
        .now = run.now(),
        .only = run.options.tenant,
        .chunk = 1'000'000,
        .enqueue = [&](std::string_view s, const std::string& key, const TenantId& tenant,
                       Time due_at) { ledger::enqueue(tx, s, key, tenant, due_at, run.now()); },
        .hasten = [&](std::string_view s, const std::string& key, Time due_at) { ledger::hasten(tx, s, key, due_at); }};
    if (stage.discover != nullptr) stage.discover(d);
    rehearse_stage(tx, run, stage);
  }
  tell(tx, run, report);
  for (const db::Row& r : tx.query(run.job.preview, {{"now", run.now()}}))
    report.notes.push_back({.text = r.text("note"), .at = r.maybe_time("at"), .items = r.maybe_integer("items")});
}

} // namespace

RunReport dry_run(const Job& job, const RunOptions& options, db::Database& database, const Vault& vault,
                  const Clock& clock) {
  NoNetwork http;
  const JobSettings settings;
  const Rooms rooms{database, vault, http, clock, settings, ""};
  Tally tally;
  const RunContext context{job, options, rooms, {new_id()}, tally};
  RunReport report;
  report.job = job.name;
  report.dry = true;
  report.started = clock.now();
  report.ended_by = "dry run";
  database.rehearse([&](db::Transaction& tx) { rehearse(tx, context, report); });
  report.ended = clock.now();
  return report;
}

} // namespace milkrun
