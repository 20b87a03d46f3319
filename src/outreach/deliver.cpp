// deliver: a message of the outbox goes out through its channel and its tenant's own account.
//
// Every rule is asked at sending time, in begin. Nothing tells afterwards whether a lost call arrived: such a message
// is held for an operator, never sent again by itself.
#include "outreach/deliver.hpp"

#include "base/zone.hpp"
#include "outreach/address_fate.hpp"
#include "outreach/caps.hpp"
#include "outreach/channel.hpp"
#include "outreach/contact.hpp"
#include "outreach/outbox.hpp"
#include "outreach/template_choice.hpp"
#include "outreach/test_mode.hpp"
#include "outreach/walk_over.hpp"
#include "sql/deliver.hpp"

#include <algorithm>

namespace milkrun::outreach {
namespace {

namespace sql = milkrun::sql::deliver;

constexpr Millis rest{3'600'000};
constexpr Millis punctual{3'600'000};
constexpr Millis soon{5'000};
constexpr Millis answered{10'000};                               // what another message is told is known by then
constexpr zone::Window decent{.from = 8 * 60, .until = 21 * 60}; // of reminders that are late
constexpr Millis unreachable_rest{30LL * 24 * 3'600'000};        // an address where nobody is is left alone so long

struct Sent {
  Receipt receipt;
  Also also = Also::nothing;
};

const Channel& channel_of(const Item& item) { return channel(item.row.text("channel")); }

bool waits(const db::Row& row) { return row.text("message_state") == "queued" || row.text("message_state") == "held"; }

bool is_reminder(const db::Row& row) { return row.text("origin").starts_with("reminder:"); }

// An invoice in it has changed or has a newer reminder, or its contact is not to be reminded now.
bool is_outdated(const db::Row& row, Time now) {
  if (row.flag("outdated")) return true;
  // What an operator has sent again goes by his word.
  const auto newer = row.maybe_time("overtaken_at");
  if (newer && *newer <= now && row.text("message_state") == "queued") return true;
  if (!is_reminder(row)) return false;
  const std::string hold = row.text_or_empty("contact_hold_until");
  const std::string today = zone::local_date(row.text("tenant_timezone"), now);
  // What was composed yesterday says "due today", and counts other days.
  const bool stale = row.text("message_state") == "queued" &&
                     zone::local_date(row.text("tenant_timezone"), row.time("created_at")) != today;
  return stale || (!hold.empty() && today < hold);
}

// Of a message of a drip: its walk was ended, or is over by what has happened since.
bool has_left(const db::Row& row) {
  return !row.null("enrollment_id") && (row.text("walk_state") == "exited" || walk_is_over(row));
}

constexpr std::int64_t nobody_reads = 2; // of what the row says of suppressions

// The person cannot be reached on this channel, whatever is said: another one may.
std::optional<ReasonCode> out_of_reach(const db::Row& row, Time now) {
  const Channel& by = channel(row.text("channel"));
  if (const auto suppressed = row.maybe_integer("suppressed"))
    return *suppressed == nobody_reads ? ReasonCode("message.address_dead") : ReasonCode("message.opted_out");
  if (const auto until = row.maybe_time("unreachable_until"); until && *until > now) return by.out_of_reach;
  if (row.text(by.address).empty()) return ReasonCode("message.no_address");
  return std::nullopt;
}

Verdict is_waiting(const Item& item, Time) {
  if (waits(item.row)) return Go{};
  // Called off by who wrote it: the report says why.
  const Reason why = Reason::stored(item.row.text("message_reason"), item.row.text("message_args"));
  if (item.row.text("message_state") == "cancelled" && (why.is("reminder.closed") || why.is("message.outdated")))
    return Cancel{why};
  return Cancel{"message.not_waiting"};
}

Verdict is_true(const Item& item, Time now) {
  if (is_outdated(item.row, now)) return Cancel{"message.outdated"};
  if (has_left(item.row)) return Cancel{"message.left_drip"};
  return Go{};
}

Verdict is_wanted(const Item& item, Time) {
  if (!item.row.flag("notifications")) return Cancel{"message.notifications_off"};
  return Go{};
}

Verdict has_consent(const Item& item, Time) {
  if (!item.row.flag("consent")) return Cancel{"message.no_consent"};
  return Go{};
}

Verdict in_time(const Item& item, Time now) {
  if (now >= item.row.time("expires_at")) return Cancel{"message.expired"};
  return Go{};
}

Verdict is_reachable(const Item& item, Time now) {
  if (const auto why = out_of_reach(item.row, now)) return Cancel{*why};
  return Go{};
}

Verdict is_real(const Item& item, Time) {
  if (!recipient_of(item.row, channel_of(item))) return Cancel{"message.test_mode"};
  return Go{};
}

// Only where nothing else may go out in the template's place.
Verdict template_is_well(const Item& item, Time now) {
  if (item.row.text("channel") != "whatsapp" || usable_words(item.row, now)) return Go{};
  // Where its rest is over another message tries it just now, whose answer wakes this one.
  return Snooze{std::max(item.row.time("template_rests_until"), now + answered),
                Reason("message.template_rests", {item.row.text("template_name")}),
                "template " + template_id(item.row, Words::first)};
}

// Tenant and campaign may be active again before the message is too old.
Verdict tenant_may(const Item& item, Time now) {
  if (!item.row.flag("tenant_active")) return Snooze{now + rest, "tenant.inactive", "tenant"};
  if (item.row.flag("paused")) return Snooze{now + rest, "message.campaign_paused", "tenant"};
  return Go{};
}

// Of a drip's messages each waits until the one of the step before it has left, or never will.
Verdict in_order(const Item& item, Time now) {
  const auto before = item.row.maybe_time("before_at");
  if (before) return Snooze{std::max(now + soon, *before + Millis(1'000)), "message.in_order"};
  return Go{};
}

// Asked when it was planned too; since then it may have waited beside another one, for the same account.
Verdict after_gap(const Item& item, Time now) {
  const auto last = item.row.maybe_time("reminded_at");
  if (!last) return Go{};
  const Time again = *last + Millis(item.row.integer("reminder_gap_hours") * 3'600'000);
  if (now < again) return Snooze{again, "reminder.gap"};
  return Go{};
}

// What should have gone an hour ago looks at the clock on the contact's wall.
Verdict by_day(const Item& item, Time now) {
  if (!is_reminder(item.row) || now < item.row.time("created_at") + punctual) return Go{};
  if (const auto opens = zone::next_opening(zone_of_contact(item.row), decent, now))
    return Snooze{*opens, "reminder.night"};
  return Go{};
}

Verdict in_hours(const Item& item, Time now) {
  if (const auto opens = next_opening(item.row, now)) return Snooze{*opens, "message.outside_hours"};
  return Go{};
}

constexpr Rule rules[] = {{"state", is_waiting},         {"still true", is_true}, {"notifications", is_wanted},
                          {"consent", has_consent},      {"expiry", in_time},     {"reach", is_reachable},
                          {"test mode", is_real},        {"tenant", tenant_may},  {"hours", in_hours},
                          {"order", in_order},           {"gap", after_gap},      {"day", by_day},
                          {"template", template_is_well}};

Plan plan(const Item& item, Time now) {
  return {.services = {channel_of(item).service}, .quota = quota_of(item.row, now), .pace = pace_of(item)};
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Time now = outside.clock.now();
  const Channel& by = channel_of(item);
  Answer answer = by.send(item, recipient_of(item.row, by).value_or(""), credentials.at(std::string(by.service)),
                          outside, outside.settings.timeout(by.service, by.timeout));
  Sent sent{.receipt = {}, .also = answer.also};
  Result result{.outcome = Outcome(Done{}),
                .parks = std::move(answer.parks),
                .lifts = std::move(answer.lifts),
                .renewed = std::move(answer.renewed)};
  if (answer.receipt) {
    sent.receipt = std::move(*answer.receipt);
    result.outcome = Done{sent.receipt.id};
  } else if (answer.not_before) {
    result.outcome = Snooze{now + *answer.not_before, answer.receipt.error().reason};
  } else if (answer.has_other_words) { // the template rests; the message does not wait with it
    const std::vector<Park>& parks = answer.receipt.error().parks;
    result.parks.insert(result.parks.end(), parks.begin(), parks.end());
    result.outcome = Snooze{now + Millis(1'000), Reason("message.template_rests", {item.row.text("template_name")})};
  } else {
    result.outcome = std::unexpected(std::move(answer.receipt).error());
  }
  result.payload = std::move(sent);
  return result;
}

// Who wants no more marketing here wants it nowhere, unless the drip says otherwise.
bool goes_nowhere(const db::Row& row) {
  return row.text("class") == "marketing" && (row.null("exit_on_opt_out") || row.flag("exit_on_opt_out"));
}

bool is_opt_out(Also also) { return also == Also::opted_out || also == Also::no_marketing; }

// With the message its walk ends: not only when the next step is due.
void leave(Settling& s, const Item& item, const Reason& why) {
  s.tx.execute(sql::leave, {{"tenant", item.tenant.value},
                            {"enrollment", item.row.maybe_text("enrollment_id").value_or("")},
                            {"reason", why.code()},
                            {"args", why.args_json()},
                            {"now", s.now}});
}

void remember(Settling& s, const Item& item, Also also) {
  const db::Param tenant("tenant", item.tenant.value);
  const Channel& by = channel_of(item);
  // In test mode somebody else may have got it: then nothing is known of the contact.
  if (recipient_of(item.row, by) != item.row.text(by.address)) return;
  const db::Param contact("contact", item.row.text("contact_id"));
  const auto nothing_more = [&](std::string_view scope, Source source) {
    suppress(s.tx, item.tenant, by.name, item.row.text(by.address), scope, source, s.now);
  };
  if (is_opt_out(also)) {
    nothing_more(also == Also::no_marketing ? "marketing" : "all", Source::provider);
    if (goes_nowhere(item.row)) leave(s, item, "walk.opted_out");
  }
  if (also == Also::nobody_there) nothing_more("all", Source::address_dead);
  if (also == Also::mailbox_full) mailbox_is_full(s.tx, item.tenant, item.row, s.now);
  if (also == Also::window_closed) s.tx.execute(sql::shut_window, {tenant, contact, {"now", s.now}});
  if (also == Also::undeliverable)
    s.tx.execute(sql::unreachable, {tenant, contact, {"until", s.now + unreachable_rest}});
}

// What was called off because something in it has changed is composed anew; so is what was too late for one invoice in
// it. Of what may have arrived nothing is, unless an operator had it sent again.
bool is_planned_anew(const Settling& s, const Item& item) {
  return s.next == Next::cancelled && waits(item.row) && is_reminder(item.row) &&
         (s.reason.is("message.outdated") || s.reason.is("message.expired"));
}

void reopen(Settling& s, const Item& item) {
  const db::Param message("message", item.row.text("message_id"));
  for (const db::Row& row : s.tx.query(sql::reopened, {message}))
    s.enqueue("plan-reminder", Key{"reminder", row.text("id"), std::to_string(row.integer("turn") + 1)}, item.tenant,
              row.time("due_at"));
  // When it is too late for them by then, this is why (the words of a reason about another).
  const Reason waited = Reason::stored(item.row.text_or_empty("waited_for"), item.row.text_or_empty("waited_args"));
  const Reason about = waited.empty() ? Reason() : Reason("message.expired").about(waited);
  s.tx.execute(sql::reopen, {message, {"waited_for", about.args_json()}});
}

// It is certain that this channel does not reach the person, and another one may.
bool failed_for_good(const Settling& s, const Item& item, const Sent* sent) {
  if (s.next == Next::cancelled) {
    const auto why = out_of_reach(item.row, s.now);
    return waits(item.row) && why && s.reason.is(*why) && // and for no other reason, of which another channel knows
           !(why->code() == "message.opted_out" && goes_nowhere(item.row));
  }
  return s.next == Next::discarded && sent != nullptr &&
         ((is_opt_out(sent->also) && !goes_nowhere(item.row)) || sent->also == Also::undeliverable ||
          sent->also == Also::nobody_there || sent->also == Also::not_taken);
}

// What its sender's own limits keep waiting does not grow old by that. A reminder has its own 48 hours.
void keep_fresh(Settling& s, const Item& item) {
  if (s.next != Next::due || is_reminder(item.row)) return;
  if (const auto until = fresh_until(item.row, s.reason, s.next_at))
    s.tx.execute(sql::lasts,
                 {{"tenant", item.tenant.value}, {"message", item.row.text("message_id")}, {"expires_at", *until}});
}

void end(Settling& s, const Item& item, std::string_view state) {
  s.tx.execute(sql::ended, {{"tenant", item.tenant.value},
                            {"message", item.row.text("message_id")},
                            {"state", state},
                            {"reason", s.reason.code()},
                            {"args", s.reason.args_json()}});
}

void settle(Settling& s, const Item& item, const Result& result) {
  const db::Param tenant("tenant", item.tenant.value), message("message", item.row.text("message_id"));
  const Sent* sent = payload_of<Sent>(result);
  if (sent != nullptr) remember(s, item, sent->also);
  keep_fresh(s, item);
  if (s.next == Next::done && item.row.text("channel") == "email" && !item.row.null("mail_full_since"))
    s.tx.execute(sql::mailbox_takes, {tenant, {"contact", item.row.text("contact_id")}});
  if (s.next == Next::done && sent != nullptr)
    s.tx.execute(sql::sent, {tenant,
                             message,
                             {"now", s.now},
                             {"provider_id", sent->receipt.id},
                             {"status", sent->receipt.status},
                             {"recipient", sent->receipt.recipient},
                             {"period", s.period_of("messages")}});
  else if (s.next == Next::done && result.looked_up) // an operator says that it arrived
    s.tx.execute(sql::sent, {tenant,
                             message,
                             {"now", s.now},
                             {"provider_id", ""},
                             {"status", "arrived"},
                             {"recipient", ""},
                             {"period", s.period_of("messages")}});
  else if (s.next == Next::due && s.reason.is("operator.retried"))
    s.tx.execute(sql::requeue, {tenant, message});
  else if (s.next == Next::held)
    end(s, item, "held");
  else if (s.next == Next::cancelled || s.next == Next::discarded)
    end(s, item, s.next == Next::cancelled ? "cancelled" : "failed");
  const auto over =
      s.next == Next::cancelled && s.reason.is("message.left_drip") ? walk_is_over(item.row) : std::nullopt;
  if (over)
    leave(s, item, *over);
  else if (is_planned_anew(s, item))
    reopen(s, item);
  else if (failed_for_good(s, item, sent))
    pass_on(s, item.tenant, item.row.text("message_id"));
}

} // namespace

Stage deliver() {
  return {.name = "deliver",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .light = true,
          .did = "sent",
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 12}};
}

} // namespace milkrun::outreach
