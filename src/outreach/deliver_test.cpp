// deliver: a message is sent once, through the tenant's own account, and what came of it is kept.
#include "support/sender_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;
using test::Sender;

TEST_CASE("a due message is sent once, with what the service says of it kept") {
  Sender w;
  w.post("o1");
  w.accepts();
  w.deliver_at(one_minute);
  w.deliver_at(2 * one_minute);
  REQUIRE(w.http.sent.size() == 1);
  const http::Request& r = w.http.sent.at(0);
  CHECK(r.url == "https://gw.example/send");
  CHECK(r.effect == http::Effect::once);
  CHECK(r.caller.tenant == "asha");
  CHECK(r.body.find("491701000001") != std::string::npos);
  CHECK(r.body.find("Hi Ana") != std::string::npos);
  const db::Row m = w.message();
  CHECK(m.text("state") == "sent");
  CHECK(m.time("sent_at") == noon + one_minute);
  CHECK(m.text("provider_id") == "wamid-0");
  CHECK(m.text("provider_status") == "queued");
  CHECK(m.text("usage_period") == "2026-11");
  CHECK(w.row().text("state") == "done");
  CHECK(w.used() == 1);
  CHECK(w.reserved() == 0);
}

TEST_CASE("a quota of three sends three of five; the others wait for the next month") {
  Sender w;
  w.change("INSERT INTO plans (id, slug, messages_per_month) VALUES ('p', 'p', 3)");
  w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
  for (int i = 0; i < 5; ++i) {
    const std::string id = "d" + std::to_string(i);
    w.contact(id, "asha");
    w.post("o" + id, id);
  }
  w.change("UPDATE messages SET expires_at = expires_at + 864000000");
  w.accepts(5);
  w.deliver_at(Millis(0));
  CHECK(w.sent() == 3);
  CHECK(w.used() == 3);
  CHECK(w.reserved() == 0);
  const Time december = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due' AND due_at = $t AND reason = "
                 "'quota.used_up'",
                 {{"t", december}}) == 2);
  w.deliver_at(december - noon);
  CHECK(w.sent() == 5);
}

TEST_CASE("what was not sent gives its place back; what may have been sent keeps it") {
  struct Row {
    int status; // 0: no answer came
    Fault fault;
    const char *state, *ledger;
    std::int64_t reserved;
  };
  const Row rows[] = {{200, {}, "sent", "done", 0},
                      {401, {}, "queued", "due", 0},
                      {429, {}, "queued", "due", 0},
                      {500, {}, "held", "held", 1},
                      {0, Fault::transient, "queued", "due", 0},
                      {0, Fault::uncertain, "held", "held", 1},
                      {0, Fault::permanent, "failed", "discarded", 0}};
  for (const Row& row : rows) {
    INFO(row.status, " ", static_cast<int>(row.fault));
    Sender w;
    w.change("INSERT INTO plans (id, slug, messages_per_month) VALUES ('p', 'p', 100)"); // a place is only kept under a
                                                                                         // limit
    w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
    w.post("o1");
    if (row.status == 0)
      w.http.answers.push_back(fail(row.fault, "network.transfer_failed"));
    else
      w.http.answer(row.status, R"({"id":"1","message":"said"})");
    w.deliver_at(Millis(0));
    CHECK(w.http.sent.size() == 1);
    CHECK(w.message().text("state") == row.state);
    CHECK(w.row().text("state") == row.ledger);
    CHECK(w.reserved() == row.reserved);
    CHECK(w.used() == (std::string_view(row.state) == "sent" ? 1 : 0));
    if (std::string_view(row.state) == "held" || std::string_view(row.state) == "failed")
      CHECK(w.message().text("reason") == w.row().text("reason"));
    // A held message is never sent again by itself.
    if (std::string_view(row.state) != "held") continue;
    w.deliver_at(2 * one_day);
    CHECK(w.http.sent.size() == 1);
  }
}

TEST_CASE("a held message that an operator sends again is sent, and held no more") {
  Sender w;
  w.post("o1");
  w.http.answers.push_back(fail(Fault::uncertain, "network.answer_cut_short"));
  w.deliver_at(Millis(0));
  REQUIRE(w.message().text("state") == "held");
  w.change("UPDATE ledger SET state = 'due', uncertain_turn = NULL");
  w.accepts();
  w.deliver_at(one_hour);
  CHECK(w.message().text("state") == "sent");
  CHECK(w.message().text("reason") == "");
  CHECK(w.used() == 1);
  CHECK(w.reserved() == 0);
}

TEST_CASE("a message is counted in the month its quota was taken in, whenever the answer comes") {
  const Time december = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);
  const auto counted = [](Sender& w) {
    return w.number("SELECT used AS n FROM usage WHERE meter = 'messages' AND period = '2026-11'") == 1 &&
           w.message().text("usage_period") == "2026-11";
  };
  Sender late;
  late.post("o1");
  late.change("UPDATE messages SET expires_at = 9000000000000");
  late.http.otherwise = [&](const http::Request&) {
    late.clock.t = december + Millis(1'000);
    return http::Response{.status = 200, .body = R"({"id":"1"})"};
  };
  late.deliver_at(december - noon - Millis(1));
  CHECK(counted(late));

  Sender again; // held in November, sent again in December by an operator: it still has its place of November
  again.post("o1");
  again.change("UPDATE messages SET expires_at = 9000000000000");
  again.http.answers.push_back(fail(Fault::uncertain, "network.answer_cut_short"));
  again.deliver_at(Millis(0));
  again.change("UPDATE ledger SET state = 'due', uncertain_turn = NULL");
  again.accepts();
  again.deliver_at(december - noon);
  CHECK(again.sent() == 1);
  CHECK(counted(again));
}

TEST_CASE("a gateway that is down for days uses up no try: the message waits, and its own expiry ends it") {
  Sender w;
  w.post("o1");
  w.change("UPDATE messages SET expires_at = 9000000000000");
  for (int i = 0; i < 13; ++i) {
    w.http.answers.push_back(fail(Fault::outage, "network.cannot_connect"));
    w.deliver_at(i * one_day);
  }
  CHECK(w.http.sent.size() == 13);
  CHECK(w.row().text("state") == "due");
  CHECK(w.row().integer("attempts") == 0);
  CHECK(w.message().text("state") == "queued");
  w.change("UPDATE messages SET expires_at = 0");
  w.deliver_at(20 * one_day);
  CHECK(w.http.sent.size() == 13);
  CHECK(w.message().text("state") == "cancelled");
  CHECK(w.message().text("reason") == "message.expired");
}

TEST_CASE("a gateway that is down for half an hour costs no message; its expiry still ends it") {
  const auto down = [](const char* why) {
    return std::string_view(why) == "refused" ? Expected<http::Response>(fail(Fault::outage, "network.cannot_connect"))
                                              : Expected<http::Response>(http::Response{.status = 503, .body = "{}"});
  };
  for (const char* why : {"refused", "503"}) {
    CAPTURE(why);
    Sender w;
    w.credential("tenant", "asha", "asha", "whatsapp", "https://gw.example/send",
                 R"({"adapter":"generic","body":{"to":"{{number}}","text":"{{message}}"},"retry_status":[503]})");
    w.post("o1");
    const auto next_try = [&] { // jitter may ask for one before the recipient's pace allows it
      w.deliver_at(std::max(w.row().time("due_at"), w.clock.t + Millis(6'000)) - noon);
    };
    for (int i = 0; i < 7; ++i) {
      w.http.answers.push_back(down(why));
      next_try();
      CHECK(w.message().text("state") == "queued");
      CHECK(w.row().integer("attempts") == 0); // the gateway's trouble costs no try
    }
    w.accepts();
    next_try();
    CHECK(w.http.sent.size() == 8);
    CHECK(w.message().text("state") == "sent");
    CHECK(w.used() == 1);

    w.post("o2");
    w.change("UPDATE messages SET expires_at = $t WHERE origin = 'o2'", {{"t", w.clock.t + one_minute}});
    w.http.answers.push_back(down(why));
    w.deliver_at(w.clock.t - noon + Millis(6'000));
    CHECK(w.message("o2").text("state") == "queued");
    w.deliver_at(w.clock.t - noon + one_minute);
    CHECK(w.http.sent.size() == 9);
    CHECK(w.message("o2").text("reason") == "message.expired");
  }
}

TEST_CASE("an opt-out from marketing that the service knows of is remembered, and what is owed is still told") {
  Sender w;
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon - one_hour}});
  w.post("o1");
  w.http.answer(400, R"({"error":{"code":131050,"message":"user stopped"}})");
  w.deliver_at(Millis(0));
  CHECK(w.message().text("state") == "failed");
  const db::Row row = w.rows("SELECT * FROM suppressions").at(0);
  CHECK(row.text("tenant_id") == "asha");
  CHECK(row.text("channel") == "whatsapp");
  CHECK(row.text("address") == "+491701000001");
  CHECK(row.text("source") == "provider");
  CHECK(row.text("scope") == "marketing");
  CHECK(row.time("since") == noon);
  w.post("o2");
  w.deliver_at(one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.message("o2").text("reason") == "message.opted_out");

  w.post("owed"); // she has stopped marketing, not her invoices
  w.change("UPDATE messages SET class = 'transactional', template_name = 'due', template_language = 'en' "
           "WHERE origin = 'owed'");
  w.http.answer(200, R"({"messages":[{"id":"wamid.1"}]})");
  w.deliver_at(2 * one_hour);
  CHECK(w.message("owed").text("state") == "sent");
}

TEST_CASE("who typed STOP to a gateway gets nothing more there, invoices neither") {
  Sender w;
  w.database->transact([&](db::Transaction& tx) {
    w.vault.store(tx,
                  {.scope = "tenant",
                   .tenant = {"asha"},
                   .owner_key = "asha",
                   .service = "whatsapp",
                   .base_url = "https://api.twilio.com",
                   .account = "AC00112233445566778899aabbccddeeff",
                   .settings = R"({"adapter":"twilio","from":"+14155238886"})",
                   .secret = Secret("token")},
                  noon);
  });
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon - one_hour}});
  w.post("o1");
  w.change("UPDATE messages SET class = 'transactional'");
  w.http.answer(400, R"({"code":21610,"message":"unsubscribed"})");
  w.deliver_at(Millis(0));
  CHECK(w.message().text("state") == "failed");
  CHECK(w.rows("SELECT scope FROM suppressions").at(0).text("scope") == "all");
}

TEST_CASE("a service window that is closed stays so until the contact writes again; templates still go") {
  Sender w;
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon - one_hour}});
  w.post("o1");
  w.http.answer(400, R"({"error":{"code":131047,"message":"Re-engagement message"}})");
  w.deliver_at(Millis(0));
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.message().text("state") == "failed");
  CHECK(w.message().text("reason") == "whatsapp.window_closed");
  CHECK(w.used() + w.reserved() == 0);

  w.post("o2"); // by wrote_at alone the window would be open
  w.deliver_at(one_minute);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.message("o2").text("state") == "queued"); // a setting that is missing is waited for
  CHECK(w.row("o2").text("reason") == "whatsapp.needs_template");

  const auto takes = [&] { w.http.answer(200, R"({"messaging_product":"whatsapp","messages":[{"id":"wamid.X"}]})"); };
  w.post("o3");
  w.change("UPDATE messages SET template_name = 'reward_v1', template_language = 'en' WHERE origin = 'o3'");
  takes();
  w.deliver_at(2 * one_minute);
  CHECK(w.message("o3").text("state") == "sent");

  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon + 3 * one_minute}});
  w.post("o4");
  takes();
  w.deliver_at(4 * one_minute);
  CHECK(w.message("o4").text("state") == "sent");
  CHECK(w.http.sent.size() == 3);
}

TEST_CASE("a number that is not on WhatsApp is left alone for thirty days") {
  Sender w;
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon - one_hour}});
  w.post("o1");
  w.http.answer(400, R"({"error":{"code":131026,"message":"undeliverable"}})");
  w.deliver_at(Millis(0));
  CHECK(w.message().text("state") == "failed");
  CHECK(w.rows("SELECT * FROM contacts").at(0).time("unreachable_until") == noon + 30 * one_day);
  w.post("o2");
  w.deliver_at(one_hour);
  CHECK(w.message("o2").text("reason") == "message.unreachable");
  CHECK(w.number("SELECT count(*) AS n FROM suppressions") == 0);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("the cloud gets a template, or text inside the service window only") {
  struct Row {
    const char* what;
    Millis wrote; // before noon; 0 = never
    const char* tmpl;
    const char *in_body, *state;
  };
  const Row rows[] = {
      {"text inside the window", 23 * one_hour, "", R"("type":"text")", "sent"},
      {"text at the window's end", one_day, "", "", "queued"},
      {"text to one who never wrote", Millis(0), "", "", "queued"},
      {"a template", Millis(0), "reward_v1", R"("name":"reward_v1")", "sent"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Sender w;
    w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
    if (row.wrote > Millis(0)) w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon - row.wrote}});
    w.post("o1");
    w.change("UPDATE messages SET template_name = $n, template_language = 'en', template_values = '[\"Ana\",\"3\"]'",
             {{"n", row.tmpl}});
    w.http.answer(200,
                  R"({"messaging_product":"whatsapp","contacts":[{"input":"+491701000001","wa_id":"491701000001"}],)"
                  R"("messages":[{"id":"wamid.X","message_status":"accepted"}]})");
    w.deliver_at(Millis(0));
    CHECK(w.message().text("state") == row.state);
    if (std::string_view(row.state) != "sent") {
      CHECK(w.http.sent.empty());
      CHECK(w.row().text("state") == "due");
      CHECK(w.row().text("reason") == "whatsapp.needs_template");
      continue;
    }
    const std::string& body = w.http.sent.at(0).body;
    CHECK(body.find(row.in_body) != std::string::npos);
    CHECK(body.find("message:" + w.message().text("id")) != std::string::npos);
    CHECK((body.find(R"("text":"Ana")") != std::string::npos) == (*row.tmpl != '\0'));
    CHECK(w.message().text("provider_id") == "wamid.X");
    CHECK(w.message().text("recipient") == "+491701000001");
  }
}

TEST_CASE("a recipient gets one message in six seconds, whoever caused it") {
  Sender w;
  w.post("o1");
  w.post("o2");
  w.accepts(2);
  w.deliver_at(Millis(0));
  CHECK(w.sent() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due' AND due_at = $t AND reason = "
                 "'pace.recipient'",
                 {{"t", noon + Millis(6'000)}}) == 1);
  w.deliver_at(Millis(6'000));
  CHECK(w.sent() == 2);
}

TEST_CASE("without an account of its own a tenant waits, and the platform's serves only who is granted it") {
  for (const bool granted : {false, true}) {
    CAPTURE(granted);
    Sender w;
    w.change("DELETE FROM credentials");
    w.credential("platform", "operator", "platform", "whatsapp", "https://platform.example/send", test::bearer_adapter);
    if (granted) w.change("INSERT INTO platform_grants (tenant_id, service) VALUES ('asha', 'whatsapp')");
    w.post("o1");
    w.accepts();
    w.deliver_at(Millis(0));
    CHECK(w.sent() == (granted ? 1 : 0));
    if (!granted) CHECK(w.row().text("reason") == "credential.missing");
    if (granted) CHECK(w.http.sent.at(0).url == "https://platform.example/send");
  }
}
