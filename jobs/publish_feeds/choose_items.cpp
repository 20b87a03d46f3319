// choose-items: the choice of a slot once more, when the month allows more posts than when candidates had to wait.
#include "jobs/publish_feeds/choose.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "sql/publish_feeds_choose_items.hpp"

#include <fmt/format.h>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_choose_items;

std::size_t discover(Discovery& d) {
  const db::Rows rows = d.tx.query(sql::discover, {{"now", d.now},
                                                   {"chunk", static_cast<std::int64_t>(d.chunk)},
                                                   {"only", d.only ? d.only->value : std::string()}});
  for (const db::Row& r : rows) {
    const TenantId tenant{r.text("tenant_id")};
    d.one(
        tenant,
        [&] {
          d.enqueue("choose-items", Key{"choice", tenant.value, fmt::format("{}", to_ms(d.now))}, tenant, d.now);
          d.tx.execute(sql::enqueued, {{"tenant", tenant.value}});
        },
        [&](Time until) { d.tx.execute(sql::put_off, {{"tenant", tenant.value}, {"until", until}}); });
  }
  return rows.size();
}

constexpr Rule rules[] = {{"tenant", tenant_gate}};

void settle(Settling& s, const Item& item, const Result& result) {
  if (done_of(result.outcome)) choose(s, item.tenant, item.row, tenant_slot(item.row, s.now).name);
}

} // namespace

Stage choose_items() {
  return {.name = "choose-items",
          .load = sql::load,
          .discover = discover,
          .undiscovered = &sql::undiscovered,
          .rules = rules,
          .settle = settle,
          .repeats = true};
}

} // namespace milkrun::publish_feeds
