// A template that is paused, disabled or not approved rests by itself: its account goes on, its messages wait with it
// or go out by what they name for that case.
#include "support/sender_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

// An account of the Cloud API that refuses the templates it is told to.
struct Templates : test::Sender {
  std::string bad = "welcome";
  int code = 132015;

  Templates() {
    credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
    http.otherwise = [this](const http::Request& r) {
      if (!bad.empty() && r.body.find("\"name\":\"" + bad + "\"") != std::string::npos)
        return http::Response{.status = 400,
                              .body = R"({"error":{"code":)" + std::to_string(code) + R"(,"message":"no"}})"};
      return http::Response{.status = 200, .body = R"({"messages":[{"id":"wamid.1"}]})"};
    };
  }
  // To a contact of her own, so that no pace is in the way.
  void post_with(const std::string& id, const std::string& tmpl, const std::string& second = "", bool text = false) {
    contact(id, "asha");
    database->transact([&](db::Transaction& tx) {
      Settling s = settling(tx);
      outreach::post(s, {.origin = id,
                         .tenant = {"asha"},
                         .contact = id,
                         .campaign = "g",
                         .text = "Hi " + id,
                         .template_name = tmpl,
                         .template_language = "en",
                         .template_values = {"Ana"},
                         .second_name = second,
                         .second_language = second.empty() ? "" : "en",
                         .second_values = {},
                         .text_instead = text,
                         .expires_at = noon + 7 * one_day});
    });
  }
  std::string said() { return http.sent.empty() ? "" : http.sent.back().body; }
};

bool names(const std::string& body, const std::string& tmpl) {
  return body.find("\"name\":\"" + tmpl + "\"") != std::string::npos;
}

} // namespace

TEST_CASE("a paused template rests, told once, and the account sends by another one meanwhile") {
  for (const int code : {132001, 132007, 132015, 132016}) {
    CAPTURE(code);
    Templates w;
    w.code = code;
    for (int i = 0; i < 20; ++i) w.post_with("p" + std::to_string(i), "welcome");
    w.post_with("other", "news");
    const RunReport report = w.deliver_at(Millis(0));
    CHECK(w.http.sent.size() == 2); // one look at the template, one message by the other
    CHECK(w.message("other").text("state") == "sent");
    CHECK(w.number("SELECT count(*) AS n FROM parks WHERE scope = 'template'") == 1);
    CHECK(w.number("SELECT count(*) AS n FROM parks WHERE scope <> 'template'") == 0);
    REQUIRE(report.resting.size() == 1);
    CHECK(report.resting[0].what == "template welcome en");
    CHECK(report.resting[0].tenant == "asha");
    CHECK(report.resting[0].items == 20);
    CHECK(report.resting[0].news);
    CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due' AND attempts = 0") == 20); // no try is used up
    CHECK_FALSE(w.deliver_at(one_minute).resting.at(0).news);
    CHECK(w.http.sent.size() == 2);
  }
}

TEST_CASE("it is looked at again by one message, hourly, then daily; well again, all go at once") {
  Templates w;
  w.code = 132016;
  for (int i = 0; i < 5; ++i) w.post_with("p" + std::to_string(i), "welcome");
  for (int hour = 0; hour < 10; ++hour) w.deliver_at(hour * one_hour + hour * one_minute);
  CHECK(w.http.sent.size() == 10);
  w.bad.clear();
  const RunReport report = w.deliver_at(11 * one_hour);
  CHECK(w.sent() == 5);
  REQUIRE(report.recovered.size() == 1);
  CHECK(report.recovered[0] == "template welcome en is well again, after whatsapp: template is disabled");
  CHECK(w.number("SELECT count(*) AS n FROM parks") == 0);
}

TEST_CASE("a message goes out by the second template it names, or by its text where a text may go out") {
  Templates w;
  w.post_with("first", "welcome"); // finds out
  w.deliver_at(Millis(0));
  w.post_with("second", "welcome", "hello");
  w.deliver_at(one_minute);
  CHECK(names(w.said(), "hello"));
  CHECK(w.message("second").text("state") == "sent");
  w.post_with("text", "welcome", "", true);
  w.deliver_at(2 * one_minute);
  CHECK(w.message("text").text("state") == "queued"); // she has not written: no text may go
  CHECK(w.row("text").text("reason") == "message.template_rests");
  CHECK(w.row("text").time("due_at") == noon + 3 * one_hour); // when the template is looked at again
  w.change("UPDATE contacts SET wrote_at = $t WHERE id = 'text'", {{"t", noon + 2 * one_minute}});
  w.change("UPDATE ledger SET due_at = $t WHERE key LIKE 'message:%'", {{"t", noon}});
  w.deliver_at(3 * one_minute);
  CHECK(w.message("text").text("state") == "sent");
  CHECK(w.said().find("Hi text") != std::string::npos);
  // Both rest: it waits for the first.
  w.bad = "hello";
  w.code = 132001;
  w.change("UPDATE ledger SET due_at = $t WHERE state = 'due'", {{"t", noon + 2 * one_day}});
  w.post_with("third", "welcome", "hello");
  w.deliver_at(4 * one_minute);
  CHECK(w.message("third").text("state") == "queued");
  w.post_with("fourth", "welcome", "hello");
  const std::size_t before = w.http.sent.size();
  w.deliver_at(5 * one_minute);
  CHECK(w.http.sent.size() == before);
  CHECK(w.row("fourth").text("reason") == "message.template_rests");
}

TEST_CASE("who finds out that a template rests goes at once by what the message names for that case") {
  Templates w;
  for (const char* id : {"p1", "p2", "p3"}) w.post_with(id, "welcome", "hello");
  w.post_with("text", "welcome", "", true);
  w.change("UPDATE contacts SET wrote_at = $t WHERE id = 'text'", {{"t", noon}});
  w.post_with("none", "welcome");
  w.deliver_at(Millis(0));
  w.deliver_at(one_minute);
  CHECK(w.sent() == 4);
  CHECK(w.message("none").text("state") == "queued");
  CHECK(w.number("SELECT count(*) AS n FROM parks WHERE scope = 'template'") == 1);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE attempts > 1") == 0); // no try is used up
  Templates neither;                                                           // the second one rests too
  neither.bad = "";
  neither.http.otherwise = [](const http::Request&) {
    return http::Response{.status = 400, .body = R"({"error":{"code":132015,"message":"no"}})"};
  };
  neither.post_with("p1", "welcome", "hello");
  for (int minute = 0; minute < 10; ++minute) neither.deliver_at(minute * one_minute);
  CHECK(neither.http.sent.size() == 2);
  CHECK(neither.message("p1").text("state") == "queued");
}

TEST_CASE(
    "after a rest one message tries the template, however many may be in flight; the others wait or use other words") {
  Templates w;
  w.options.in_flight = 16;
  w.code = 132016;
  const auto asked = [&] {
    return std::ranges::count_if(w.http.sent, [](const http::Request& r) { return names(r.body, "welcome"); });
  };
  for (int i = 0; i < 8; ++i) w.post_with("p" + std::to_string(i), "welcome");
  w.deliver_at(Millis(0));
  CHECK(asked() > 1); // nobody knew yet
  for (int hour = 1; hour < 4; ++hour) {
    CAPTURE(hour);
    const auto before = asked();
    w.post_with("s" + std::to_string(hour), "welcome", "hello");
    for (int minute = 5; minute < 9; ++minute) w.deliver_at(hour * one_hour + minute * hour * one_minute);
    CHECK(asked() == before + 1);
    CHECK(w.sent() == hour);
  }
  w.bad.clear();
  w.deliver_at(6 * one_hour);
  w.deliver_at(6 * one_hour + one_minute);
  CHECK(w.sent() == 11);
}

TEST_CASE("a template belongs to its account: another tenant's, and a campaign's own, do not rest with it") {
  Templates w;
  w.post_with("p1", "welcome");
  w.deliver_at(Millis(0));
  w.campaign("own", "asha");
  w.credential("campaign", "asha", "own", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.bad.clear();
  w.post_with("p2", "welcome");
  w.change("UPDATE messages SET campaign_id = 'own' WHERE origin = 'p2'");
  w.deliver_at(one_minute);
  CHECK(w.message("p2").text("state") == "sent");
  CHECK(w.message("p1").text("state") == "queued");
  CHECK(w.number("SELECT count(*) AS n FROM parks WHERE scope = 'template'") == 1);
}

TEST_CASE("while one account tries a template after its rest, another account's message of that name tries its own") {
  Templates w;
  w.options.in_flight = 16;
  w.code = 132016;
  w.campaign("own", "asha");
  w.credential("campaign", "asha", "own", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  for (const char* id : {"p1", "p2"}) w.post_with(id, "welcome");
  w.change("UPDATE messages SET campaign_id = 'own' WHERE origin = 'p2'");
  w.deliver_at(Millis(0));
  REQUIRE(w.number("SELECT count(*) AS n FROM parks WHERE scope = 'template'") == 2);
  REQUIRE(w.http.sent.size() == 2);
  w.deliver_at(one_hour + 5 * one_minute);
  CHECK(w.http.sent.size() == 4); // each asked once, in one run
}
