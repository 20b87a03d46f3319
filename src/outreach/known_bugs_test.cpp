// Bugs that senders of messages have had elsewhere, by the numbers one messaging system's list gives them.
#include "base/zone.hpp"
#include "outreach/compose.hpp"
#include "outreach/format.hpp"
#include "support/sender_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

// Ten messages to ten people of one tenant, whose account takes all.
struct Letters : test::Sender {
  explicit Letters(int messages = 1) {
    http.otherwise = [](const http::Request&) { return http::Response{.status = 200, .body = R"({"id":"wamid-1"})"}; };
    for (int i = 0; i < messages; ++i) {
      const std::string id = "p" + std::to_string(i);
      contact(id, "asha");
      post("o" + std::to_string(i), id);
    }
  }
  std::set<std::string> recipients() const {
    std::set<std::string> out;
    for (const http::Request& r : http.sent) out.insert(r.body);
    return out;
  }
};

} // namespace

TEST_CASE("M12: what left and was not written down is not sent again by itself") {
  Letters w;
  w.change("UPDATE messages SET origin = 'o1'");
  w.http.otherwise = [](const http::Request&) -> Expected<http::Response> {
    return fail(Fault::uncertain, "network.connection_lost");
  };
  w.deliver_at(Millis(0));
  CHECK(w.message().text("state") == "held");
  w.http.otherwise = [](const http::Request&) { return http::Response{.status = 200, .body = R"({"id":"1"})"}; };
  for (int hour = 1; hour < 20; ++hour) w.deliver_at(hour * one_hour);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("M13: two that send at once share the work") {
  Letters w(20);
  const Job job{.name = "social",
                .help = "",
                .stages = {outreach::deliver()},
                .preview = test::sql("SELECT '' AS note, NULL AS at, NULL AS items WHERE $now > 0")};
  RunOptions few = w.options;
  few.limit = 7;
  few.alone = false;
  for (int i = 0; i < 4; ++i) milkrun::run(job, few, {*w.database, w.vault, w.net, w.clock, w.settings, ""}, {});
  CHECK(w.http.sent.size() == 20);
  CHECK(w.recipients().size() == 20);
}

TEST_CASE("M16, M19: what fails is counted, waits longer each time, and ends with its reason") {
  Letters w;
  w.change("UPDATE messages SET origin = 'o1', expires_at = expires_at + 864000000");
  w.http.otherwise = [](const http::Request&) -> Expected<http::Response> {
    return fail(Fault::transient, "network.transfer_failed");
  };
  for (int i = 0; i < 40; ++i) w.deliver_at(i * 2 * one_hour);
  CHECK(w.http.sent.size() == 12);
  CHECK(w.message().text("state") == "failed");
  CHECK(w.message().text("reason") == "network.transfer_failed");
  CHECK(w.row().integer("attempts") == 12);
}

TEST_CASE("M17: each message is one call with one answer, whatever the others do") {
  Letters w(3);
  int calls = 0;
  w.http.otherwise = [&](const http::Request&) -> Expected<http::Response> {
    if (++calls == 2) return fail(Fault::uncertain, "network.no_answer_in_time");
    return http::Response{.status = 200, .body = R"({"id":"1"})"};
  };
  w.deliver_at(Millis(0));
  CHECK(w.sent() == 2);
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'held'") == 1);
}

TEST_CASE("M18: the provider's id is kept") {
  Letters w;
  w.change("UPDATE messages SET origin = 'o1'");
  w.deliver_at(Millis(0));
  CHECK(w.message().text("provider_id") == "wamid-1");
}

TEST_CASE("M20: a limit is taken where it is asked: no burst passes it") {
  Letters w(10);
  w.options.in_flight = 10;
  w.change("UPDATE tenants SET messages_per_day = 1 WHERE id = 'asha'");
  w.deliver_at(Millis(0));
  CHECK(w.http.sent.size() == 1);
  w.deliver_at(one_minute);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("M23: who has opted out, or never consented, is not written to; nobody consents by default") {
  Letters w(2);
  w.change(
      "INSERT INTO suppressions SELECT 'asha', 'whatsapp', phone, 'all', 'import', 0 FROM contacts WHERE id = 'p0'");
  w.change("UPDATE contacts SET consent = 0 WHERE id = 'p1'");
  w.deliver_at(Millis(0));
  CHECK(w.http.sent.empty());
  w.change("INSERT INTO contacts (id, tenant_id, phone) VALUES ('new', 'asha', '+491709999999')");
  CHECK(w.number("SELECT consent + email_consent AS n FROM contacts WHERE id = 'new'") == 0);
}

TEST_CASE("M24: hours are those of the contact, asked when it is sent") {
  Letters w;
  w.change("UPDATE campaigns SET window_start = '09:00', window_end = '18:00'");
  w.change("UPDATE contacts SET timezone = 'America/Los_Angeles'"); // four in the morning there
  w.deliver_at(Millis(0));
  CHECK(w.http.sent.empty());
  w.deliver_at(5 * one_hour);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("M25: the plan's quota is asked, also by the last message of it") {
  Letters w(5);
  w.change("INSERT INTO plans (id, slug, messages_per_month) VALUES ('p', 'p', 4)");
  w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
  w.deliver_at(Millis(0));
  CHECK(w.sent() == 4);
}

TEST_CASE("M26: one pass over a text: no hole, no braces eaten, no value that is expanded, none that breaks it") {
  const auto filled = [](std::string_view pattern, const content::Values& values) {
    outreach::NewMessage m{.origin = "o", .tenant = {"asha"}, .contact = "c", .text = {}, .expires_at = {}};
    outreach::compose(m, {.text = pattern}, values);
    return m.cannot.empty() ? m.text : "cannot: " + m.cannot.text();
  };
  const content::Values values{{"name", R"({email} \1 $& {{x}})"}, {"email", "a@example.org"}};
  CHECK(filled("Hi {name}", values) == R"(Hi {email} \1 $& {{x}})");
  CHECK(filled("{{name}}", values) == "{name}");
  CHECK(filled("due {due_date}", values).starts_with("cannot: "));
}

TEST_CASE("M27, M28: a frozen text goes out byte for byte, lines and all") {
  Letters w;
  const std::string text = "Betrag: 1.234,50 €\nZeile zwei\n\n  eingerückt 🍕";
  w.change("UPDATE messages SET text = $t", {{"t", text}});
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon}});
  w.http.otherwise = [](const http::Request&) {
    return http::Response{.status = 200, .body = R"({"messages":[{"id":"w"}]})"};
  };
  w.deliver_at(one_minute);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.http.sent[0].body.find(R"(Betrag: 1.234,50 €\nZeile zwei\n\n  eingerückt 🍕)") != std::string::npos);
}

TEST_CASE("M29: an amount is whole minor units, written by the currency's own digits") {
  CHECK(outreach::money(1, "EUR", 2, "en") == "€0.01");
  CHECK(outreach::money(10, "JPY", outreach::exponent_of("JPY"), "en").find("10") != std::string::npos);
  CHECK(outreach::money(1'234'567'890'123'456, "EUR", 2, "de").starts_with("12.345.678.901.234,56"));
}

TEST_CASE("M30: a number without its country is refused, never guessed") {
  Letters w;
  w.change("UPDATE messages SET origin = 'o1'");
  w.change("UPDATE contacts SET phone = '01701234567' WHERE id = 'p0'");
  w.deliver_at(Millis(0));
  CHECK(w.http.sent.empty());
  CHECK(w.message().text("reason") == "whatsapp.bad_number");
}

TEST_CASE("M31: what a message of one tenant writes, it writes of that tenant") {
  Letters w;
  w.tenant("bolt");
  w.change("INSERT INTO contacts (id, tenant_id, phone, consent) SELECT 'twin', 'bolt', phone, 1 FROM contacts WHERE "
           "id = 'p0'");
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon}});
  w.http.otherwise = [](const http::Request&) {
    return http::Response{.status = 400, .body = R"({"error":{"code":131050,"message":"opted out"}})"};
  };
  w.deliver_at(one_minute);
  CHECK(w.number("SELECT count(*) AS n FROM suppressions WHERE tenant_id = 'asha'") == 1);
  CHECK(w.number("SELECT count(*) AS n FROM suppressions WHERE tenant_id <> 'asha'") == 0);
  CHECK_THROWS_AS(w.change("UPDATE messages SET contact_id = 'twin'"),
                  db::DatabaseError); // nor can it be another's contact
}

TEST_CASE("M33: each tenant sends through its own account") {
  Letters w;
  w.tenant("bolt");
  w.credential("tenant", "bolt", "bolt", "whatsapp", "https://bolt.example/send", test::bearer_adapter);
  w.campaign("h", "bolt");
  w.contact("bob", "bolt");
  w.change("INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, text, created_at, expires_at, state) "
           "VALUES ('b', 'bolt', 'b', 'h', 'bob', 'Hi', $now, $now + 86400000, 'queued')",
           {{"now", noon}});
  w.database->transact([](db::Transaction& tx) {
    ledger::enqueue(tx, "deliver", Key{"message", "b"}, {"bolt"}, noon, Rank::behind, noon);
  });
  w.deliver_at(Millis(0));
  REQUIRE(w.http.sent.size() == 2);
  for (const http::Request& r : w.http.sent) {
    const bool of_bolt = r.caller.tenant == "bolt";
    CHECK(r.url == (of_bolt ? "https://bolt.example/send" : "https://gw.example/send"));
    for (const http::SecretHeader& h : r.secret_headers)
      CHECK(h.value.reveal().find(of_bolt ? "token-of-bolt" : "token-of-asha") != std::string_view::npos);
  }
}

TEST_CASE("M36: an account's secret is in no address and no text, and where there is none, none stands in for it") {
  for (const char* settings :
       {R"({"adapter":"bearer"})", R"({"adapter":"cloud"})", R"({"adapter":"gateway"})", R"({"adapter":"waapi"})"}) {
    CAPTURE(std::string(settings));
    Letters w;
    w.credential("tenant", "asha", "asha", "whatsapp", "https://gw.example/send", settings);
    w.change("UPDATE contacts SET wrote_at = $t", {{"t", noon}}); // so that a text may go out
    w.deliver_at(Millis(0));
    REQUIRE_FALSE(w.http.sent.empty());
    for (const http::Request& r : w.http.sent) {
      CHECK(r.url.find("token-of-asha") == std::string::npos);
      CHECK(r.body.find("token-of-asha") == std::string::npos);
      CHECK(r.secret_headers.size() == 1);
    }
    CHECK(w.number("SELECT count(*) AS n FROM credentials WHERE settings || base_url || account LIKE '%token-of%'") ==
          0);
  }
  Letters none;
  none.change("DELETE FROM credentials");
  none.deliver_at(Millis(0));
  CHECK(none.http.sent.empty());
  CHECK(none.row("o0").text("reason") == "credential.missing");
}

TEST_CASE("M37: usage equals what was sent, whoever counts") {
  Letters w(12);
  for (int i = 0; i < 3; ++i) {
    w.options.limit = 4;
    w.deliver_at(i * one_minute);
  }
  CHECK(w.sent() == 12);
  CHECK(w.used() == 12);
  CHECK(w.number("SELECT count(*) AS n FROM usage WHERE meter = 'messages'") == 1);
}

TEST_CASE("M38: what is cleaned up takes no message and no opt-out with it") {
  Letters w;
  w.change("UPDATE messages SET origin = 'o1'");
  w.change("INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+1', 'all', 'import', 0)");
  w.deliver_at(Millis(0));
  w.change("UPDATE chores SET done_at = 0");
  w.post("later");
  w.change("UPDATE messages SET expires_at = $t WHERE origin = 'later'", {{"t", noon + 1'000 * one_day}});
  w.deliver_at(200 * one_day);
  CHECK(
      w.number(
          "SELECT count(*) AS n FROM ledger WHERE key = (SELECT 'message:' || id FROM messages WHERE origin = 'o1')") ==
      0);
  CHECK(w.message().text("state") == "sent");
  CHECK(w.number("SELECT count(*) AS n FROM suppressions") == 1);
  w.post("o1"); // the same cause still is one message
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE origin = 'o1'") == 1);
}

TEST_CASE("M40: a message that cannot be judged, as its contact's zone is none, is told with the zone and waits an "
          "hour alone") {
  Letters w(3);
  w.change("UPDATE campaigns SET window_start = '08:00', window_end = '20:00'");
  w.change("UPDATE contacts SET timezone = 'No/Such_Zone' WHERE id = 'p1'");
  const RunReport report = w.deliver_at(Millis(0));
  CHECK(w.sent() == 2);
  CHECK(std::ranges::any_of(report.counts,
                            [](const RunCount& c) { return c.reason == Reason("zone.unknown", {"No/Such_Zone"}); }));
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due' AND reason = 'zone.unknown'") == 1);
}
