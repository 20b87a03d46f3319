// A tenant that reminds, in memory: rules and invoices by short words, and cron every five minutes.
#pragma once

#include "jobs/send_reminders/stages.hpp"
#include "support/sender_world.hpp"

namespace milkrun::test {

// Noon is 2026-11-21, a Saturday; tenant and contact are in UTC.
struct ReminderWorld : Sender {
  ReminderWorld() {
    change("UPDATE tenants SET name = 'Pizza' WHERE id = 'asha'");
    http.otherwise = [](const http::Request&) { return http::Response{.status = 200, .body = R"({"id":"x"})"}; };
  }
  void rule(const std::string& id, std::int64_t offset, const std::string& text = "{}", Time since = Time()) {
    change("INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, text, active_since) VALUES ($id, 'asha', "
           "$id, $o, "
           "$text, $since)",
           {{"id", id}, {"o", offset}, {"text", text}, {"since", since}});
    change("UPDATE invoices SET planned = 0");
  }
  void invoice(const std::string& id, const std::string& due_on, const std::string& contact = "ana",
               std::int64_t amount = 11'900, const std::string& currency = "EUR", Time known = Time()) {
    change("INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, "
           "created_at) "
           "VALUES ($id, 'asha', $c, $id, $currency, 2, $amount, $due, $known)",
           {{"id", id}, {"c", contact}, {"currency", currency}, {"amount", amount}, {"due", due_on}, {"known", known}});
  }
  void remind(Millis since_noon) { run_at(since_noon, {send_reminders::plan_reminder(), outreach::deliver()}); }
  // Every five minutes, as cron does.
  void ticks(Millis from, Millis to) {
    for (Millis t = from; t <= to; t += 5 * one_minute) remind(t);
  }
  std::string said(std::size_t i) { return http.sent.at(i).body; }
  std::string state(const std::string& invoice, const std::string& rule) {
    const db::Rows found = rows("SELECT state, reason FROM reminders WHERE invoice_id = $i AND rule_id = $r",
                                {{"i", invoice}, {"r", rule}});
    return found.empty() ? ""
                         : found.at(0).text("state") +
                               (found.at(0).text("reason").empty() ? "" : ": " + found.at(0).text("reason"));
  }
};

inline constexpr Millis at_ten = 22 * one_hour; // 10:00 of the next day, the 22nd

} // namespace milkrun::test
