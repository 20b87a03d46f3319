// deliver: a message of the outbox goes out through its channel and its tenant's own account.
//
// Every rule is asked at sending time, in begin. Nothing tells afterwards whether a lost call arrived: such a message
// is held for an operator, never sent again by itself.
#include "outreach/deliver.hpp"

#include "base/zone.hpp"
#include "outreach/caps.hpp"
#include "outreach/channel.hpp"
#include "outreach/contact.hpp"
#include "outreach/outbox.hpp"
#include "outreach/test_mode.hpp"
#include "sql/deliver.hpp"

#include <fmt/format.h>

namespace milkrun::outreach {
namespace {

namespace sql = milkrun::sql::deliver;

constexpr Millis rest{3'600'000};
constexpr Millis unreachable_rest{30LL * 24 * 3'600'000}; // an address where nobody is is left alone so long

struct Sent {
  Receipt receipt;
  Also also = Also::nothing;
};

const Channel& channel_of(const Item& item) { return channel(item.row.text("channel")); }

bool waits(const db::Row& row) { return row.text("message_state") == "queued" || row.text("message_state") == "held"; }

// An invoice in it has changed, or its contact is not to be reminded now.
bool is_outdated(const db::Row& row, Time now) {
  if (row.flag("outdated")) return true;
  const std::string hold = row.text_or_empty("contact_hold_until");
  return !hold.empty() && row.text("origin").starts_with("reminder:") &&
         zone::local_date(row.text("tenant_timezone"), now) < hold;
}

// The person cannot be reached on this channel, whatever is said: another one may.
std::optional<std::string> out_of_reach(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (row.flag("suppressed")) return "the contact opted out";
  if (const auto until = row.maybe_time("unreachable_until"); until && *until > now)
    return std::string(channel_of(item).out_of_reach);
  if (row.text(channel_of(item).address).empty()) return "the contact has no address on this channel";
  return std::nullopt;
}

Verdict gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (!waits(row)) return Cancel{"the message is not waiting to be sent"};
  if (is_outdated(row, now)) return Cancel{"what it tells has changed"};
  if (row.flag("left_drip")) return Cancel{"the contact has left the campaign"};
  if (!row.flag("notifications")) return Cancel{"the campaign's notifications are off"};
  if (!row.flag("consent")) return Cancel{"the contact has not consented"};
  if (now >= row.time("expires_at")) return Cancel{"expired: too late to be sent"};
  if (auto why = out_of_reach(item, now)) return Cancel{*std::move(why)};
  if (!recipient_of(row, channel_of(item))) return Cancel{"suppressed by test mode"};
  // It may be active again before the message is too old.
  if (!row.flag("tenant_active")) return Snooze{now + rest, "the tenant is not active"};
  if (row.flag("paused")) return Snooze{now + rest, "the campaign is paused"};
  if (const auto opens = next_opening(row, now)) return Snooze{*opens, "outside the campaign's hours"};
  return Go{};
}

Plan plan(const Item& item, Time now) {
  return {.services = {channel_of(item).service}, .quota = quota_of(item.row, now), .pace = pace_of(item)};
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Time now = outside.clock.now();
  const Channel& by = channel_of(item);
  Answer answer = by.send(item, recipient_of(item.row, by).value_or(""), credentials.at(std::string(by.service)),
                          outside, outside.settings.timeout(by.service, by.timeout));
  Sent sent{.receipt = {}, .also = answer.also};
  Result result{.outcome = Outcome(Done{}), .payload = {}, .spent = {}, .parks = std::move(answer.parks)};
  if (answer.receipt) {
    sent.receipt = std::move(*answer.receipt);
    result.outcome = Done{sent.receipt.id};
  } else if (answer.not_before) {
    result.outcome = Snooze{now + *answer.not_before, answer.receipt.error().reason};
  } else {
    result.outcome = std::unexpected(std::move(answer.receipt).error());
  }
  result.payload = std::move(sent);
  return result;
}

void remember(Settling& s, const Item& item, Also also) {
  const db::Param tenant("tenant", item.tenant.value);
  const Channel& by = channel_of(item);
  // In test mode somebody else may have got it: then nothing is known of the contact.
  if (recipient_of(item.row, by) != item.row.text(by.address)) return;
  if (also == Also::opted_out)
    s.tx.execute(sql::suppress, {tenant, {"channel", by.name}, {"address", item.row.text(by.address)}, {"now", s.now}});
  if (also == Also::window_closed)
    s.tx.execute(sql::shut_window, {tenant, {"contact", item.row.text("contact_id")}, {"now", s.now}});
  if (also == Also::undeliverable)
    s.tx.execute(sql::unreachable,
                 {tenant, {"contact", item.row.text("contact_id")}, {"until", s.now + unreachable_rest}});
}

// Reminders whose message was called off because an invoice changed are planned again.
void reopen(Settling& s, const Item& item) {
  const db::Param message("message", item.row.text("message_id"));
  for (const db::Row& row : s.tx.query(sql::reopened, {message}))
    s.enqueue("plan-reminder", fmt::format("reminder:{}:{}", row.text("id"), row.integer("turn") + 1), item.tenant,
              row.time("due_at"));
  s.tx.execute(sql::reopen, {message});
}

// It is certain that this channel does not reach the person.
bool failed_for_good(const Settling& s, const Item& item, const Sent* sent) {
  if (s.next == Next::cancelled)
    return waits(item.row) && s.now < item.row.time("expires_at") && out_of_reach(item, s.now).has_value();
  return s.next == Next::discarded && sent != nullptr &&
         (sent->also == Also::opted_out || sent->also == Also::undeliverable);
}

// The month the message's quota was taken in, which may be over by now: usage and messages must tell the same.
std::string counted_in(Settling& s, const Item& item) {
  if (const auto reserved = item.row.maybe_text("reserved_period")) return *reserved;
  const auto attempt = s.tx.one(sql::last_try, {{"key", item.key}});
  return zone::utc_month(attempt ? attempt->time("begun_at") : s.now);
}

void settle(Settling& s, const Item& item, const Result& result) {
  const db::Param tenant("tenant", item.tenant.value), message("message", item.row.text("message_id"));
  const Sent* sent = payload_of<Sent>(result);
  if (sent != nullptr) remember(s, item, sent->also);
  if (s.next == Next::done && sent != nullptr)
    s.tx.execute(sql::sent, {tenant,
                             message,
                             {"now", s.now},
                             {"provider_id", sent->receipt.id},
                             {"status", sent->receipt.status},
                             {"recipient", sent->receipt.recipient},
                             {"period", counted_in(s, item)}});
  else if (s.next == Next::held)
    s.tx.execute(sql::ended, {tenant, message, {"state", "held"}, {"reason", s.reason}});
  else if (s.next == Next::cancelled || s.next == Next::discarded)
    s.tx.execute(
        sql::ended,
        {tenant, message, {"state", s.next == Next::cancelled ? "cancelled" : "failed"}, {"reason", s.reason}});
  // What is held may have arrived: whoever decides about it decides about its reminders.
  if (s.next == Next::cancelled && item.row.text("message_state") == "queued" && is_outdated(item.row, s.now))
    reopen(s, item);
  else if (failed_for_good(s, item, sent))
    pass_on(s, item.tenant, item.row.text("message_id"));
}

} // namespace

Stage deliver() {
  return {.name = "deliver",
          .load = sql::load,
          .plan = plan,
          .gate = gate,
          .work = work,
          .settle = settle,
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 12}};
}

} // namespace milkrun::outreach
