// What a run writes about itself: counts, each tenant's story, the end of its row.
#include "run/room.hpp"

#include "base/text.hpp"

namespace milkrun {
namespace {

// A story may have a place for one reason of the ledger, which the database holds as a code.
std::string story_of(const db::Row& row) {
  if (!row.has("why") || row.null("why")) return row.text("story");
  return text::replace_all(row.text("story"), "{why}", Reason::stored(row.text("why"), row.text("why_args")).text());
}

} // namespace

void tell(db::Transaction& tx, const RunContext& run, RunReport& report) {
  const Time now = run.now();
  report.counts = run.tally.counts();
  report.tenants.clear();
  report.held = 0;
  for (const Stage& s : run.job.stages) report.held += ledger::held(tx, s.name);
  for (const db::Row& r : tx.query(run.job.report, {{"run_start", report.started}}))
    report.tenants.push_back({.tenant = {r.text("tenant_id")},
                              .slug = r.text("slug"),
                              .got = r.integer("got"),
                              .story = story_of(r),
                              .next_at = r.maybe_time("next_at")});
  report.notes.clear();
  if (run.job.warnings != nullptr)
    for (std::string& warning : run.job.warnings(tx, now))
      report.notes.push_back({.text = std::move(warning), .at = {}, .items = {}});
  if (run.options.tenant)
    std::erase_if(report.tenants, [&](const TenantStory& t) { return t.tenant != *run.options.tenant; });
  if (report.dry) return;
  for (const RunCount& c : report.counts)
    ledger::tell_count(tx, run.run, c.stage, c.outcome, c.reason, c.items, c.next_at);
  for (const TenantStory& t : report.tenants) ledger::tell_tenant(tx, run.run, t.tenant, t.got, t.story);
  ledger::forget_passed(tx, now);
  ledger::end_run(tx, run.run, 0, report.ended_by, now);
}

} // namespace milkrun
