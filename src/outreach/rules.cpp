// Shipped rules are rows like all others, so that "one reminder per invoice and rule" holds for them too.
#include "outreach/rules.hpp"

#include "sql/rules.hpp"

#include <algorithm>
#include <array>

namespace milkrun::outreach {
namespace {

struct Shipped {
  const char* slug;
  int offset_days;
};
constexpr std::array shipped = {Shipped{"milkrun-before-3", -3}, Shipped{"milkrun-due", 0},
                                Shipped{"milkrun-after-1", 1}, Shipped{"milkrun-after-7", 7}};

} // namespace

bool ship_rules(db::Transaction& tx, const TenantId& tenant, Time now) {
  const db::Rows rules = tx.query(sql::rules::of_tenant, {{"tenant", tenant.value}});
  if (std::ranges::any_of(rules, [](const db::Row& row) { return !row.flag("ships"); }))
    return tx.execute(sql::rules::switch_off, {{"tenant", tenant.value}}) > 0;
  bool added = false;
  for (const Shipped& one : shipped)
    added |= tx.execute(sql::rules::ship, {{"id", new_id()},
                                           {"tenant", tenant.value},
                                           {"slug", one.slug},
                                           {"offset_days", one.offset_days},
                                           {"now", now}}) > 0;
  return added;
}

} // namespace milkrun::outreach
