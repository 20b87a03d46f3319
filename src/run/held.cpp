// Held items wait for an operator, who hears of them once per tenant, reason and day, whichever job's run tells it: not
// each minute that cron starts one.
#include "sql/held.hpp"
#include "run/tell.hpp"
#include "sql/tell.hpp"

namespace milkrun {
namespace {

constexpr Millis day{24 * 3'600'000};

} // namespace

void fill_held(db::Transaction& tx, const Job& job, const std::optional<TenantId>& only, Time now, bool told,
               RunReport& report) {
  const db::Param of("only", only ? only->value : std::string()), all("operator", operator_tenant.value);
  report.held = 0;
  report.held_news.clear();
  for (const Stage& stage : job.stages) {
    const std::int64_t items = only ? tx.one(sql::held::items_of, {{"stage", stage.name}, of, all})->integer("items")
                                    : ledger::held(tx, stage.name);
    report.held += items;
    if (!told || items == 0) continue;
    const std::string word = "held " + std::string(stage.name);
    const auto most = static_cast<std::int64_t>(most_held_news - report.held_news.size());
    for (const db::Row& r :
         tx.query(sql::held::untold,
                  {{"stage", stage.name}, {"word", word}, {"since", now - day}, of, all, {"limit", most}})) {
      report.held_news.push_back({.stage = std::string(stage.name),
                                  .tenant = r.text("slug"),
                                  .reason = Reason::stored(r.text("reason"), r.text("args")),
                                  .items = r.integer("items"),
                                  .first = r.text("key")});
      tx.execute(sql::tell::tell,
                 {{"word", word}, {"tenant", r.text("tenant_id")}, {"reason", r.text("reason")}, {"now", now}});
    }
  }
}

} // namespace milkrun
