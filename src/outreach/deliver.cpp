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

Verdict is_waiting(const Item& item, Time) {
  const std::string& state = item.row.text("message_state");
  if (state != "queued" && state != "held") return Cancel{"message.not_waiting"};
  return Go{};
}

Verdict is_wanted(const Item& item, Time) {
  if (!item.row.flag("notifications")) return Cancel{"message.notifications_off"};
  return Go{};
}

Verdict has_consent(const Item& item, Time) {
  if (!item.row.flag("consent")) return Cancel{"message.no_consent"};
  if (item.row.flag("suppressed")) return Cancel{"message.opted_out"};
  return Go{};
}

Verdict in_time(const Item& item, Time now) {
  if (now >= item.row.time("expires_at")) return Cancel{"message.expired"};
  return Go{};
}

Verdict is_reachable(const Item& item, Time now) {
  const auto until = item.row.maybe_time("unreachable_until");
  if (until && *until > now) return Cancel{channel_of(item).out_of_reach};
  return Go{};
}

// It may be active again before the message is too old.
Verdict tenant_may(const Item& item, Time now) {
  if (!item.row.flag("tenant_active")) return Snooze{now + inactive_rest, "tenant.inactive", "tenant"};
  return Go{};
}

Verdict in_hours(const Item& item, Time now) {
  if (const auto opens = zone::next_opening(zone_of_contact(item.row), hours_of(item.row), now))
    return Snooze{*opens, "message.outside_hours"};
  return Go{};
}

constexpr Rule rules[] = {{"state", is_waiting},  {"notifications", is_wanted}, {"consent", has_consent}, {"expiry", in_time},
                          {"reach", is_reachable}, {"tenant", tenant_may},       {"hours", in_hours}};

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
          .rules = rules,
          .work = work,
          .settle = settle,
          .light = true,
          .did = "sent",
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 12}};
}

} // namespace milkrun::outreach
