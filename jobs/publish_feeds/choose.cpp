// The choice is made in the settle of the slot's last poll, so it sees all feeds and needs no lock of its own.
#include "jobs/publish_feeds/choose.hpp"

#include "jobs/publish_feeds/rules.hpp"
#include "sql/publish_feeds_choose.hpp"

#include <algorithm>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_choose;

struct Room {
  std::int64_t in_slot = 0, in_month = 0; // how many more
};

Room room_for(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot) {
  const auto r = s.tx.one(sql::room, {{"tenant", tenant.value}, {"slot", slot}, {"period", zone::utc_month(s.now)}});
  Room room{.in_slot = row.integer("max_items") - r->integer("in_slot"), .in_month = row.integer("max_items")};
  if (const auto limit = post_limit(row, s.now)) room.in_month = *limit - r->integer("used") - r->integer("on_the_way");
  return room;
}

} // namespace

void choose(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot) {
  const db::Param whose("tenant", tenant.value);
  if (s.tx.one(sql::untried, {whose, {"slot", slot}})->integer("feeds") > 0) return;
  const Room room = room_for(s, tenant, row, slot);
  std::int64_t left = std::min(room.in_slot, room.in_month);
  const char* passed = room.in_month < room.in_slot ? "no posts left this month" : "newer items were chosen";
  for (const db::Row& candidate : s.tx.query(sql::candidates, {whose})) {
    const std::string& item = candidate.text("id");
    if (left-- <= 0) {
      s.tx.execute(sql::pass_over, {whose, {"item", item}, {"reason", passed}});
      continue;
    }
    s.tx.execute(sql::choose, {whose, {"item", item}});
    s.tx.execute(sql::add_article, {{"article", new_id()},
                                    whose,
                                    {"feed", candidate.text("feed_id")},
                                    {"item", item},
                                    {"slot", slot},
                                    {"now", s.now}});
    s.enqueue("write-article", Key{"item", item}, tenant, s.now);
  }
}

} // namespace milkrun::publish_feeds
