// The choice is made in the settle of the slot's last poll, so it sees all feeds and needs no lock of its own.
#include "jobs/publish_feeds/choose.hpp"

#include "base/id.hpp"
#include "jobs/publish_feeds/candidates.hpp"
#include "jobs/publish_feeds/hours.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "sql/publish_feeds_choose.hpp"

#include <algorithm>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_choose;

constexpr Millis lately{7LL * 24 * 3'600'000};

struct Room {
  std::int64_t in_slot = 0, in_month = 0; // how many more
};

Room room_for(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot) {
  const auto r = s.tx.one(sql::room, {{"tenant", tenant.value}, {"slot", slot}, {"period", zone::utc_month(s.now)}});
  Room room{.in_slot = row.integer("max_items") - r->integer("in_slot"), .in_month = row.integer("max_items")};
  if (const auto limit = post_limit(row, s.now)) room.in_month = *limit - r->integer("used") - r->integer("on_the_way");
  return room;
}

// When the month allows more, choose-items makes the choice again.
void note_wanted(Settling& s, const TenantId& tenant, const std::optional<std::int64_t>& allowed) {
  if (allowed)
    s.tx.execute(sql::want_posts,
                 {{"tenant", tenant.value}, {"allowed", *allowed}, {"month_end", zone::next_utc_month(s.now)}});
  else
    s.tx.execute(sql::want_none, {{"tenant", tenant.value}});
}

} // namespace

void make_article(Settling& s, const TenantId& tenant, const std::string& feed, const std::string& item,
                  const std::string& slot, Time at) {
  const db::Param whose("tenant", tenant.value);
  s.tx.execute(sql::choose, {whose, {"item", item}});
  s.tx.execute(sql::add_article, {{"article", new_id()},
                                  whose,
                                  {"feed", feed},
                                  {"item", item},
                                  {"slot", slot},
                                  {"publish_at", at > s.now ? db::Value(to_ms(at)) : db::Value()},
                                  {"until", s.now + s.settings->article_patience},
                                  {"now", s.now}});
  s.enqueue("write-article", Key{"item", item}, tenant, s.now);
}

void choose(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot) {
  const db::Param whose("tenant", tenant.value);
  if (s.tx.one(sql::untried, {whose, {"slot", slot}})->integer("feeds") > 0) return;
  const Room room = room_for(s, tenant, row, slot);
  const bool by_month = room.in_slot > 0 && room.in_month < room.in_slot;
  const Reason late = by_month ? Reason("item.no_posts_left") : Reason("item.older");
  const std::int64_t places = std::max<std::int64_t>(0, std::min(room.in_slot, room.in_month));
  const Time begun = tenant_slot(row, s.now).start;
  const db::Rows candidates = s.tx.query(sql::candidates, {whose, {"lately", s.now - lately}, {"slot_start", begun}});
  const auto taken = std::min<std::size_t>(candidates.size(), static_cast<std::size_t>(places));
  for (std::size_t n = 0; n < taken; ++n) {
    const db::Row& one = candidates[n];
    const std::string& item = one.text("id");
    make_article(s, tenant, one.text("feed_id"), item, slot,
                 one.flag("spread") ? drawn_moment(row, item, s.now) : s.now);
  }
  for (const db::Row& over : s.tx.query(sql::over, {whose, {"slot_start", begun}}))
    pass_over(s, tenant, over.text("id"), late);
  const std::int64_t waiting = s.tx.one(sql::waiting, {whose})->integer("items");
  if (waiting > 0)
    s.count("candidates", by_month ? Reason("item.no_posts_left") : Reason("item.waits_for_slot"), waiting);
  if (s.tx.one(sql::awaited, {whose, {"word", days_choice}})) s.wake(tenant, days_choice);
  note_wanted(s, tenant, waiting > 0 && by_month ? post_limit(row, s.now) : std::nullopt);
}

} // namespace milkrun::publish_feeds
