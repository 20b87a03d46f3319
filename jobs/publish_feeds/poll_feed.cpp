// poll-feed: one conditional GET; unseen items are remembered, and the slot's choice becomes articles.
#include "base/text.hpp"
#include "jobs/publish_feeds/candidates.hpp"
#include "jobs/publish_feeds/choose.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/feed/feed.hpp"
#include "sql/publish_feeds_poll_feed.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_poll_feed;
constexpr std::int64_t moves_needed = 3;   // equal permanent redirects in a row ...
constexpr std::chrono::hours move_age{48}; // ... over at least this long, before the address is changed

std::size_t discover(Discovery& d) {
  const db::Rows rows = d.tx.query(sql::discover, {{"now", d.now},
                                                   {"chunk", static_cast<std::int64_t>(d.chunk)},
                                                   {"only", d.only ? d.only->value : std::string()}});
  for (const db::Row& r : rows) {
    const TenantId tenant{r.text("tenant_id")};
    d.one(
        tenant,
        [&] {
          const zone::Slot slot = tenant_slot(r, d.now);
          d.enqueue("poll-feed", Key{"feed", r.text("id"), slot.name}, tenant, d.now);
          d.tx.execute(sql::enqueued, {{"tenant", tenant.value}, {"feed", r.text("id")}, {"slot_end", slot.end}});
        },
        [&](Time until) { d.tx.execute(sql::put_off, {{"feed", r.text("id")}, {"until", until}}); });
  }
  return rows.size();
}

Verdict is_active(const Item& item, Time) {
  if (!item.row.flag("feed_active")) return Cancel{"feed.stopped"};
  return Go{};
}

Verdict in_its_slot(const Item& item, Time now) {
  if (tenant_slot(item.row, now).name != item.key.part) return Cancel{"slot.ended"};
  return Go{};
}

Verdict tenant_may(const Item& item, Time now) {
  Verdict tenant = tenant_gate(item, now);
  if (Snooze* s = std::get_if<Snooze>(&tenant)) s->until = std::min(s->until, tenant_slot(item.row, now).end);
  return tenant;
}

Verdict has_site(const Item& item, Time now) {
  if (item.row.flag("has_site")) return Go{};
  return Snooze{tenant_slot(item.row, now).end, Reason("credential.missing", {"wordpress"}), "credential of wordpress"};
}

constexpr Rule rules[] = {{"active", is_active}, {"slot", in_its_slot}, {"tenant", tenant_may}, {"site", has_site}};

Plan plan(const Item& item, Time) { return {.service = "feed", .host = http::host_of(item.row.text("url"))}; }

// One careless minute of a server must not end a feed. nullopt: it has answered 410 for long enough.
std::optional<Time> gone_until(const Item& item, Time now) {
  const Time until = item.row.maybe_time("gone_since").value_or(now) + gone_age;
  return until > now ? std::optional(until) : std::nullopt;
}

Result work(const Item& item, const Credentials&, const Outside& outside) {
  Expected<feed::Fetched> fetched =
      feed::fetch(outside.http, item.row.text("url"), {item.row.text("etag"), item.row.text("last_modified")},
                  {.caller = {item.row.text("tenant_slug"), "feed"},
                   .user_agent = outside.settings.user_agent,
                   .timeout = outside.settings.timeout("feed", Millis(30'000))});
  if (!fetched) return {std::unexpected(std::move(fetched).error())};
  if (fetched->status == feed::Fetched::Status::gone)
    if (const auto until = gone_until(item, outside.clock.now()))
      return {Snooze{*until, Reason("feed.gone")}, Polled{.fetched = *std::move(fetched), .refused = {}}};
  const bool read = fetched->status == feed::Fetched::Status::read;
  std::string shown = read ? fmt::format("{} items", fetched->feed.items.size()) : "unchanged";
  if (fetched->feed.passed_over > 0) shown += fmt::format(", {} beyond the limit", fetched->feed.passed_over);
  Filtered filtered = read ? refused_items(item.row, fetched->feed) : Filtered();
  if (filtered.unsearched > 0)
    shown += fmt::format(", {} not published: no time was left to look for {}", filtered.unsearched,
                         text::one_line(filtered.slow));
  return {Done{std::move(shown)}, Polled{.fetched = *std::move(fetched),
                                         .refused = std::move(filtered.refused),
                                         .candidate_for = outside.settings.candidate_for}};
}

void note_move(Settling& s, const Item& item, const std::string& moved_to) {
  const db::Param tenant("tenant", item.tenant.value), feed_id("feed", item.row.text("feed_id"));
  const bool same = !moved_to.empty() && moved_to == item.row.text("moved_to");
  const std::int64_t count = moved_to.empty() ? 0 : same ? item.row.integer("moved_count") + 1 : 1;
  const Time since = same ? item.row.maybe_time("moved_since").value_or(s.now) : s.now;
  if (count == 0 && item.row.text("moved_to").empty()) return;
  if (count >= moves_needed && s.now - since >= move_age)
    s.tx.execute(sql::move, {tenant, feed_id, {"url", moved_to}});
  else
    s.tx.execute(sql::moved, {tenant,
                              feed_id,
                              {"moved_to", moved_to},
                              {"count", count},
                              {"since", count == 0 ? db::Value() : db::Value(to_ms(since))}});
}

// What an operator should know of a feed that was read.
Reason note_of(const feed::Feed& feed) {
  if (feed.passed_over == 0) return feed.malformed ? Reason("feed.malformed") : Reason();
  const Reason beyond(feed.ordered ? ReasonCode("feed.older_beyond") : ReasonCode("feed.undated_beyond"),
                      {std::to_string(feed.passed_over)});
  return feed.malformed ? Reason("feed.malformed_and").about(beyond) : beyond;
}

// What the last try met.
Failure last_failure(const db::Row& row) {
  return {Reason::stored(row.text("last_error"), row.text("last_args")), row.text("last_detail")};
}

// `refused`: by its own address, while its host is well; nobody else tells of that.
void note_failure(Settling& s, const Item& item, const Reason& reason, const std::string& detail, bool refused) {
  s.tx.execute(sql::failed, {{"tenant", item.tenant.value},
                             {"feed", item.row.text("feed_id")},
                             {"error", reason.code()},
                             {"args", reason.args_json()},
                             {"detail", text::one_line(detail)},
                             {"refused", refused},
                             {"now", s.now}});
}

void note_error(Settling& s, const Item& item, const Error& e) {
  const bool of_page = std::ranges::any_of(e.parks, [](const Park& p) { return p.scope == ParkScope::page; });
  note_failure(s, item, e.reason, e.detail, of_page);
}

// The tenant's portal hears of it, once in a slot; sync-portal tells the same of a feed that has stopped. What the
// tries of that slot met is told before what the feed's row says, which may be only that its host rests.
void tell_feed(Settling& s, const Item& item, const std::string& slot) {
  const std::string& feed = item.row.text("feed_id");
  Tries tries = tries_of(s.tx, item.stage, Key{"feed", feed, slot});
  tell_trouble(s, item.tenant,
               {.slot = slot,
                .cause = "feed " + feed,
                .failure = tries.failure.reason.empty() ? last_failure(item.row) : tries.failure,
                .url = item.row.text("url"),
                .tries = std::move(tries)});
}

// It is an answer like any other, and no failure.
void tell_gone(Settling& s, const Item& item) {
  Tries tries = tries_of(s.tx, item.stage, item.key);
  tries.http_status = 410;
  tell_trouble(s, item.tenant,
               {.slot = item.key.part,
                .cause = "feed " + item.row.text("feed_id"),
                .failure = {"feed.gone_410"},
                .url = item.row.text("url"),
                .tries = std::move(tries)});
}

// The first try in a slot finds that the feed was tried in the one before, and never read.
void tell_slot_before(Settling& s, const Item& item) {
  const db::Row& row = item.row;
  if (row.text("last_error").empty() || row.text("tried_slot") == item.key.part) return;
  const zone::Slot before = tenant_slot(row, tenant_slot(row, s.now).start - Millis(1));
  if (row.text("tried_slot") != before.name) return;
  if (const auto read = row.maybe_time("polled_at"); read && *read >= before.start) return;
  tell_feed(s, item, before.name);
}

void store_answer(Settling& s, const Item& item, const Polled& polled) {
  const feed::Fetched& f = polled.fetched;
  const db::Param tenant("tenant", item.tenant.value), feed_id("feed", item.row.text("feed_id"));
  if (f.status == feed::Fetched::Status::gone) {
    tell_gone(s, item);
    if (s.next != Next::done) {
      s.tx.execute(sql::gone,
                   {tenant, feed_id, {"now", s.now}, {"error", s.reason.code()}, {"args", s.reason.args_json()}});
      return;
    }
    s.tx.execute(sql::stop, {tenant, feed_id, {"reason", ReasonCode("feed.gone_410").code()}});
    return;
  }
  if (f.status == feed::Fetched::Status::read)
    store_items(s, item, polled);
  else
    s.count("nothing new in the feed", {}, 1);
  const Reason note = note_of(f.feed);
  s.tx.execute(sql::was_read, {tenant,
                               feed_id,
                               {"etag", f.validators.etag},
                               {"last_modified", f.validators.last_modified},
                               {"now", s.now},
                               {"note", note.code()},
                               {"args", note.args_json()}});
  note_move(s, item, f.moved_to);
}

void settle(Settling& s, const Item& item, const Result& result) {
  const db::Param tenant("tenant", item.tenant.value), feed_id("feed", item.row.text("feed_id"));
  if (const Polled* polled = payload_of<Polled>(result))
    store_answer(s, item, *polled);
  else if (!result.outcome)
    note_error(s, item, result.outcome.error());
  else if (s.reason.is("slot.ended") && item.row.text("tried_slot") == item.key.part &&
           !item.row.text("last_error").empty())
    return tell_feed(s, item, item.key.part);
  else if (s.reason.is("parked") || s.reason.is("destination.rests")) {
    // What it answered in this slot says more.
    if (item.row.text("tried_slot") != item.key.part || item.row.text("last_error").empty())
      note_failure(s, item, s.reason, s.detail, false);
  } else
    return; // snoozed or cancelled: it was not tried. A host that rests silences this feed, not the tenant's others
  tell_slot_before(s, item);
  s.tx.execute(sql::tried, {tenant, feed_id, {"slot", item.key.part}});
  choose(s, item.tenant, item.row, item.key.part);
}

} // namespace

Stage poll_feed() {
  return {.name = "poll-feed",
          .load = sql::load,
          .discover = discover,
          .undiscovered = &sql::undiscovered,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(10'000), .cap = Millis(3'600'000), .max_attempts = 8}};
}

} // namespace milkrun::publish_feeds
