// deliver: a message of the outbox goes out through its channel and its tenant's own account.
//
// Every rule is asked at sending time, in begin. Nothing tells afterwards whether a lost call arrived: such a message
// is held for an operator, never sent again by itself.
#include "outreach/deliver.hpp"
#include "base/zone.hpp"
#include "outreach/caps.hpp"
#include "outreach/channel.hpp"
#include "outreach/contact.hpp"
#include "sql/deliver.hpp"

namespace milkrun::outreach {
namespace {

namespace sql = milkrun::sql::deliver;

constexpr Millis inactive_rest{3'600'000};
constexpr Millis unreachable_rest{30LL * 24 * 3'600'000}; // an address where nobody is is left alone so long

struct Sent {
  Receipt receipt;
  Also also = Also::nothing;
};

const Channel& channel_of(const Item& item) { return channel(item.row.text("channel")); }

Verdict gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (row.text("message_state") != "queued" && row.text("message_state") != "held")
    return Cancel{"message.not_waiting"};
  if (!row.flag("notifications")) return Cancel{"message.notifications_off"};
  if (!row.flag("consent")) return Cancel{"message.no_consent"};
  if (row.flag("suppressed")) return Cancel{"message.opted_out"};
  if (now >= row.time("expires_at")) return Cancel{"message.expired"};
  if (const auto until = row.maybe_time("unreachable_until"); until && *until > now)
    return Cancel{std::string(channel_of(item).out_of_reach)};
  // It may be active again before the message is too old.
  if (!row.flag("tenant_active")) return Snooze{now + inactive_rest, "tenant.inactive"};
  if (const auto opens = zone::next_opening(zone_of_contact(row), hours_of(row), now))
    return Snooze{*opens, "message.outside_hours"};
  return Go{};
}

Plan plan(const Item& item, Time now) {
  return {.services = {channel_of(item).service}, .quota = quota_of(item.row, now), .pace = pace_of(item)};
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Time now = outside.clock.now();
  const Channel& by = channel_of(item);
  Answer answer =
      by.send(item, credentials.at(std::string(by.service)), outside, outside.settings.timeout(by.service, by.timeout));
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
  if (also == Also::opted_out) s.tx.execute(sql::suppress, {tenant, {"phone", item.row.text("phone")}, {"now", s.now}});
  if (also == Also::window_closed)
    s.tx.execute(sql::shut_window, {tenant, {"contact", item.row.text("contact_id")}, {"now", s.now}});
  if (also == Also::undeliverable)
    s.tx.execute(sql::unreachable,
                 {tenant, {"contact", item.row.text("contact_id")}, {"until", s.now + unreachable_rest}});
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
    s.tx.execute(sql::ended, {tenant, message, {"state", "held"}, {"reason", s.reason.text()}});
  else if (s.next == Next::cancelled || s.next == Next::discarded)
    s.tx.execute(
        sql::ended,
        {tenant, message, {"state", s.next == Next::cancelled ? "cancelled" : "failed"}, {"reason", s.reason.text()}});
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
