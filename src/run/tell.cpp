// The report's rows: the run's own counts, held items, the standing of each tenant.
#include "run/tell.hpp"

#include "sql/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>

namespace milkrun {
namespace {

// Every tenant is told why it got nothing, also one the run had nothing to do with, or did only what is no news to it.
void add_standing(db::Transaction& tx, const RunContext& run, RunReport& report) {
  if (run.job.standing.sql.empty()) return;
  const std::string no_news = story_of({});
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < report.tenants.size(); ++i) known.emplace(report.tenants[i].slug, i);
  const std::string only = run.options.tenant ? run.options.tenant->value : std::string();
  for (const db::Row& r : tx.query(run.job.standing, {{"only", only}, {"limit", std::int64_t{most_told} + 1}})) {
    const TenantId tenant{r.text("tenant_id")};
    const Reason why = Reason::stored(r.text("reason"), r.text("args"));
    if (const auto has = known.find(r.text("slug")); has == known.end())
      report.tenants.push_back({.tenant = tenant, .slug = r.text("slug"), .story = why.text(), .next_at = {}});
    else if (std::string& story = report.tenants[has->second].story; story == no_news)
      story = why.text();
  }
  std::ranges::sort(report.tenants, {}, &TenantStory::slug);
}

} // namespace

void fill_counts(db::Transaction& tx, const RunContext& run, RunReport& report) {
  report.counts.clear();
  for (const db::Row& r : tx.query(sql::runs::counts, {{"run", run.run.value}}))
    report.counts.push_back({.stage = r.text("stage"),
                             .outcome = r.text("outcome"),
                             .reason = Reason::stored(r.text("reason"), r.text("args")),
                             .items = r.integer("items"),
                             .next_at = r.maybe_time("next_at")});
  constexpr std::int64_t most_rows = 20LL * most_told;
  const db::Rows rows =
      tx.query(sql::runs::tenant_counts, {{"run", run.run.value},
                                          {"only", run.options.tenant ? run.options.tenant->value : std::string()},
                                          {"limit", most_rows}});
  report.tenants = stories_of(rows, std::array{&run.job});
  add_standing(tx, run, report);
  report.cut = static_cast<std::int64_t>(rows.size()) == most_rows || report.tenants.size() > most_told;
  if (report.tenants.size() > most_told) report.tenants.resize(most_told);
}

namespace {

void note_warnings(db::Transaction& tx, const Job& job, Time now, RunReport& report) {
  report.notes.clear();
  if (job.warnings == nullptr) return;
  for (std::string& warning : job.warnings(tx, now))
    report.notes.push_back({.text = std::move(warning), .at = {}, .items = {}});
}

} // namespace

bool tell_end(const RunContext& run, RunReport& report, int exit_code) {
  bool more_places = false;
  run.rooms.db.transact([&](db::Transaction& tx) {
    const Time now = run.now();
    report.ended = now;
    fill_counts(tx, run, report);
    fill_held(tx, run.job, run.options.tenant, now, true, report);
    fill_resting(tx, run.job, run.options.tenant, now, true, report);
    note_warnings(tx, run.job, now, report);
    ledger::forget_parks(tx, now);
    forget_told(tx, now);
    ledger::Breakers::forget(tx, now);
    more_places = ledger::Paces::forget_passed(tx, now);
    if (!ledger::end_run(tx, run.run, exit_code, report.ended_by, now)) report.ended_by = "rescued";
  });
  return more_places;
}

void tell_idle(const RunContext& run, RunReport& report) {
  report.idle = true;
  report.ended = run.now();
  report.ended_by = "finished";
  const auto tell = [&](db::Transaction& tx, bool write) {
    const Time now = run.now();
    if (write) ledger::note_idle(tx, run.job.name, now);
    fill_held(tx, run.job, run.options.tenant, now, write, report);
    fill_resting(tx, run.job, run.options.tenant, now, write, report);
    if (write) note_warnings(tx, run.job, now, report); // a job may note that it has said something
  };
  const auto unless_busy = [](const std::function<void()>& transaction) {
    try {
      transaction();
      return true;
    } catch (const db::DatabaseError& e) {
      if (e.kind != db::DatabaseError::Kind::busy) throw;
      return false;
    }
  };
  // That nothing was due is not worth a wait for another program that has the database.
  if (unless_busy([&] { run.rooms.db.transact([&](db::Transaction& tx) { tell(tx, true); }); })) return;
  unless_busy([&] { run.rooms.db.read([&](db::Transaction& tx) { tell(tx, false); }); });
  // Told by the run that can say so in the database.
  for (Resting& r : report.resting) r.news = false;
  report.held_news.clear();
}

} // namespace milkrun
