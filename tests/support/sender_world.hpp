// A tenant with one contact and a WhatsApp account of its own, and messages in its outbox.
#pragma once

#include "outreach/deliver.hpp"
#include "outreach/outbox.hpp"
#include "support/social_world.hpp"

#include <string>

namespace milkrun::test {

inline const std::string bearer_adapter = R"({"adapter":"bearer"})";

struct Sender : SocialWorld {
  Sender() {
    tenant("asha");
    campaign("g", "asha");
    contact("ana", "asha");
    credential("tenant", "asha", "asha", "whatsapp", "https://gw.example/send", bearer_adapter);
  }
  void post(const std::string& origin, const std::string& contact_id = "ana") {
    database->transact([&](db::Transaction& tx) {
      Settling s = settling(tx);
      outreach::post(s, {.origin = origin,
                         .tenant = {"asha"},
                         .contact = contact_id,
                         .campaign = "g",
                         .text = "Hi Ana",
                         .expires_at = noon + one_day});
    });
  }
  RunReport deliver_at(Millis since_noon) { return run_at(since_noon, {outreach::deliver()}); }
  void accepts(int times = 1) {
    for (int i = 0; i < times; ++i)
      http.answer(200, R"({"id":"wamid-)" + std::to_string(i) + R"(","status":"queued"})");
  }
  db::Row message(const std::string& origin = "o1") {
    return rows("SELECT * FROM messages WHERE origin = $o", {{"o", origin}}).at(0);
  }
  db::Row row(const std::string& origin = "o1") {
    return ledger_row("deliver", "message:" + message(origin).text("id"));
  }
  std::int64_t sent() { return number("SELECT count(*) AS n FROM messages WHERE state = 'sent'"); }
  std::int64_t used() { return number("SELECT coalesce(sum(used), 0) AS n FROM usage WHERE meter = 'messages'"); }
  std::int64_t reserved() { return number("SELECT coalesce(sum(reserved), 0) AS n FROM usage"); }
};

} // namespace milkrun::test
