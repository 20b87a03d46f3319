// The report's rows: the run's own counts, rests, held items.
#include "run/tell.hpp"

#include "sql/runs.hpp"
#include "sql/tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace milkrun {
namespace {

constexpr Millis day{24 * 3'600'000};

std::string slug_of(db::Transaction& tx, const std::string& tenant) {
  if (tenant.empty()) return {};
  const auto row = tx.one(sql::tell::tenant, {{"id", tenant}});
  return row ? row->text("slug") : std::string();
}

std::string name_of(db::Transaction& tx, const ledger::Parked& p) {
  if (p.scope == ParkScope::credential)
    if (const auto row = tx.one(sql::tell::credential, {{"id", p.id}}))
      return fmt::format("credential {} of {}{}", row->text("service"), row->text("slug"),
                         row->text("scope") == "tenant" ? "" : fmt::format(" ({})", row->text("scope")));
  if (p.scope == ParkScope::tenant) return "tenant " + slug_of(tx, p.id);
  if (p.scope == ParkScope::portal)
    if (const auto row = tx.one(sql::tell::portal, {{"id", p.id}})) return "portal " + row->text("slug");
  return ledger::name_of(p);
}

std::int64_t waiting_for(db::Transaction& tx, const ledger::Parked& p) {
  if (p.scope == ParkScope::credential) return ledger::waiting(tx, waits_for(CredentialId{p.id}));
  return p.scope == ParkScope::template_ ? ledger::waiting(tx, ledger::waits_for_template(p.id)) : 0;
}

std::int64_t held_of(db::Transaction& tx, const Job& job) {
  std::int64_t items = 0;
  for (const Stage& s : job.stages) items += ledger::held(tx, s.name);
  return items;
}

} // namespace

std::vector<Resting> resting(db::Transaction& tx, World& world, Time now, bool told) {
  std::vector<Resting> out;
  for (const ledger::Parked& p : world.parks()) {
    if (p.until <= now) continue;
    const bool due = !p.told_at || now - *p.told_at >= day;
    const bool news = p.reason.mover() != Mover::nobody_ && due;
    out.push_back({.what = name_of(tx, p),
                   .tenant = slug_of(tx, p.tenant),
                   .reason = p.reason,
                   .detail = p.detail,
                   .since = p.since,
                   .until = p.until,
                   .items = waiting_for(tx, p),
                   .news = news});
    if (news && told) ledger::told(tx, p, now);
  }
  for (const ledger::Destination& d : world.breakers.all()) {
    if (d.step == 0) continue;
    const bool news = !d.told_at || now - *d.told_at >= day;
    out.push_back({.what = fmt::format("destination {}", ledger::waits_for(d.service, d.host)),
                   .tenant = slug_of(tx, d.tenant),
                   .reason = d.reason,
                   .detail = d.detail,
                   .since = d.since,
                   .until = d.until,
                   .items = ledger::waiting(tx, ledger::waits_for(d.service, d.host)),
                   .news = news});
    if (news && told) ledger::Breakers::told(tx, d, now);
  }
  return out;
}

namespace {

// Every tenant is told why it got nothing, also one the run had nothing to do with.
void add_standing(db::Transaction& tx, const RunContext& run, RunReport& report) {
  if (run.job.standing.sql.empty()) return;
  std::set<std::string> known;
  for (const TenantStory& t : report.tenants) known.insert(t.slug);
  for (const db::Row& r : tx.query(run.job.standing, {{"limit", std::int64_t{most_told} + 1}})) {
    const TenantId tenant{r.text("tenant_id")};
    if (known.contains(r.text("slug")) || (run.options.tenant && tenant != *run.options.tenant)) continue;
    report.tenants.push_back({.tenant = tenant, .slug = r.text("slug"), .story = r.text("standing"), .next_at = {}});
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
  const db::Rows rows = tx.query(sql::runs::tenant_counts,
                                 {{"run", run.run.value},
                                  {"only", run.options.tenant ? run.options.tenant->value : std::string()},
                                  {"limit", most_rows}});
  report.tenants = stories_of(rows, std::array{&run.job});
  add_standing(tx, run, report);
  report.cut = static_cast<std::int64_t>(rows.size()) == most_rows || report.tenants.size() > most_told;
  if (report.tenants.size() > most_told) report.tenants.resize(most_told);
}

void tell_end(const RunContext& run, RunReport& report, int exit_code) {
  run.rooms.db.transact([&](db::Transaction& tx) {
    const Time now = run.now();
    report.ended = now;
    run.world.refresh(tx);
    fill_counts(tx, run, report);
    report.held = held_of(tx, run.job);
    report.resting = resting(tx, run.world, now, true);
    report.notes.clear();
    if (run.job.warnings != nullptr)
      for (std::string& warning : run.job.warnings(tx, now))
        report.notes.push_back({.text = std::move(warning), .at = {}, .items = {}});
    ledger::forget_parks(tx, now);
    ledger::Breakers::forget(tx, now);
    ledger::Paces::forget_passed(tx, now);
    if (!ledger::end_run(tx, run.run, exit_code, report.ended_by, now)) report.ended_by = "rescued";
  });
}

void tell_idle(const RunContext& run, RunReport& report) {
  run.rooms.db.transact([&](db::Transaction& tx) {
    const Time now = run.now();
    report.idle = true;
    report.ended = now;
    report.ended_by = "finished";
    run.world.refresh(tx);
    ledger::note_idle(tx, run.job.name, run.now());
    report.held = held_of(tx, run.job);
    report.resting = resting(tx, run.world, now, true);
  });
}

} // namespace milkrun
