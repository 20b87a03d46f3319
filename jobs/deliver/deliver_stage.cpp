// deliver: a message of the outbox goes out through its tenant's own account.
//
// Every rule is asked at sending time, in begin. Nothing tells afterwards whether a lost call arrived: such a message
// is held for an operator, never sent again by itself.
#include "base/zone.hpp"
#include "jobs/deliver/caps.hpp"
#include "jobs/deliver/stages.hpp"
#include "providers/whatsapp/whatsapp.hpp"
#include "sql/deliver_deliver.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::deliver {
namespace {

namespace sql = milkrun::sql::deliver_deliver;

constexpr Millis service_window{24 * 3'600'000}; // after the contact's last message
constexpr Millis inactive_rest{3'600'000};
constexpr Millis unreachable_rest{30LL * 24 * 3'600'000}; // a number that is not on WhatsApp is left alone so long

struct Sent {
  whatsapp::Receipt receipt;
  whatsapp::Also also = whatsapp::Also::nothing;
};

zone::Window window_of(const db::Row& row) {
  return {.from = zone::clock_minutes(row.text("window_start")).value_or(0),
          .until = zone::clock_minutes(row.text("window_end")).value_or(0)};
}

Verdict gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (row.text("message_state") != "queued" && row.text("message_state") != "held")
    return Cancel{"message.not_waiting"};
  if (!row.flag("notifications")) return Cancel{"message.notifications_off"};
  if (!row.flag("consent")) return Cancel{"message.no_consent"};
  if (row.flag("suppressed")) return Cancel{"message.opted_out"};
  if (now >= row.time("expires_at")) return Cancel{"message.expired"};
  if (const auto until = row.maybe_time("unreachable_until"); until && *until > now)
    return Cancel{"message.unreachable"};
  // It may be active again before the message is too old.
  if (!row.flag("tenant_active")) return Snooze{now + inactive_rest, "tenant.inactive"};
  if (const auto opens = zone::next_opening(zone_of_contact(row), window_of(row), now))
    return Snooze{*opens, "message.outside_hours"};
  return Go{};
}

Plan plan(const Item& item, Time now) {
  return {.services = {"whatsapp"}, .quota = quota_of(item.row, now), .pace = pace_of(item)};
}

std::vector<std::string> values_of(const std::string& json) {
  std::vector<std::string> out;
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_array())
    for (const auto& value : list)
      if (value.is_string()) out.push_back(value.get<std::string>());
  return out;
}

// Whether free text may go to the contact: by what she wrote, unless the service has said since that it may not.
bool window_open(const db::Row& row, Time now) {
  const auto wrote = row.maybe_time("wrote_at"), shut = row.maybe_time("window_shut_at");
  return wrote && now - *wrote < service_window && (!shut || *wrote > *shut);
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const db::Row& row = item.row;
  const Time now = outside.clock.now();
  whatsapp::Message message{.key = item.key,
                            .to = row.text("phone"),
                            .text = row.text("text"),
                            .tmpl = {},
                            .window_open = window_open(row, now)};
  if (!row.text("template_name").empty())
    message.tmpl = whatsapp::Template{.name = row.text("template_name"),
                                      .language = row.text("template_language"),
                                      .parameters = values_of(row.text("template_values"))};
  whatsapp::Answer answer = whatsapp::send(outside.http, credentials.at("whatsapp"), message,
                                           outside.settings.timeout("whatsapp", Millis(30'000)));
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

void remember(Settling& s, const Item& item, whatsapp::Also also) {
  const db::Param tenant("tenant", item.tenant.value);
  if (also == whatsapp::Also::opted_out)
    s.tx.execute(sql::suppress, {tenant, {"phone", item.row.text("phone")}, {"now", s.now}});
  if (also == whatsapp::Also::window_closed)
    s.tx.execute(sql::shut_window, {tenant, {"contact", item.row.text("contact_id")}, {"now", s.now}});
  if (also == whatsapp::Also::undeliverable)
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

} // namespace milkrun::deliver
