// Somebody else's trouble: whatever it is, everything waits, nothing is given up, few ask again, and all is done once
// it is over. Waits are skipped on the ledger's own calendar, as many as a scheduler would have waited out.
#include "e2e/social.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

constexpr std::int64_t minute = 60'000, hour = 60 * minute;
const std::string no_route = R"({"code":"rest_no_route","message":"No route was found","data":{"status":404}})";

// Runs the job as a scheduler would, until so much time has gone by or nothing waits any more. Returns what the last
// run said.
Report ride(Scene& scene, const std::string& job, std::int64_t time) {
  Report last = scene.run_job(job);
  for (std::int64_t gone = 0; gone < time;) {
    const auto next = scene.db().wait_ms();
    if (!next) break;
    const std::int64_t wait = std::max(minute, *next);
    gone += wait;
    scene.db().skip(wait);
    last = scene.run_job(job);
  }
  return last;
}

// Two tenants of a portal; a fault of some hours; what is waiting then; the end of the fault; everything done once.
struct Trouble {
  Scene scene{{"asha", "bolt"}};

  Report last_for(std::int64_t time) { return ride(scene, "publish-feeds", time); }
  // The world as it is set up, with the fault in it.
  void begins(const Json& fault) {
    scene.open();
    Json lasting = fault;
    lasting["times"] = -1;
    scene.fault(lasting);
  }
  void nothing_given_up() {
    CHECK(scene.db().query("SELECT stage, key, reason FROM ledger WHERE state = 'discarded'").empty());
    CHECK(scene.db().query("SELECT stage, key, reason FROM ledger WHERE state = 'cancelled'").empty());
    CHECK(scene.db().number("SELECT count(*) FROM articles WHERE state = 'given_up'") == 0);
    CHECK(scene.db().number("SELECT count(*) FROM callbacks WHERE dropped <> ''") == 0);
  }
  void all_is_done() {
    CHECK(scene.posts("asha") == 1);
    CHECK(scene.posts("bolt") == 1);
    CHECK(scene.callbacks() == 2);
    CHECK(scene.effects()["callbacks"]["p1"].size() == static_cast<std::size_t>(2 + scene.callbacks("failed")));
    nothing_given_up();
  }
};

// What rests, in a report.
bool rests(const Report& report, const std::string& what, const std::string& code) {
  return std::ranges::any_of(report.json["resting"], [&](const Json& r) {
    return r["what"].get<std::string>().find(what) != std::string::npos && r["code"] == code;
  });
}

} // namespace

TEST_CASE("an AI that is overloaded for hours costs no article, and is asked by one item at a time") {
  Trouble story;
  story.begins({{"route", "ai:openai"}, {"kind", "status"}, {"status", 503}});
  const Report report = story.last_for(6 * hour);
  CHECK(rests(report, "ai ", "ai.overloaded"));
  CHECK(story.scene.calls("ai:openai").size() < 30);
  story.nothing_given_up();
  story.scene.no_faults();
  const Report after = story.last_for(2 * hour);
  story.all_is_done();
  CHECK(story.scene.db().number("SELECT count(*) FROM parks WHERE step > 0") == 0);
}

TEST_CASE("a site that answers 503, a parking page or a bot check for hours gets its post when it is well, once") {
  for (const Json& fault : {Json{{"kind", "status"}, {"status", 503}},
                            Json{{"kind", "status"}, {"status", 200}, {"body", "<html>Moving servers</html>"}},
                            Json{{"kind", "status"}, {"status", 202}, {"body", "<html>Checking your browser</html>"}},
                            Json{{"kind", "status"}, {"status", 200}, {"body", ""}}}) {
    CAPTURE(fault.dump());
    Trouble story;
    Json at = fault;
    at["route"] = "site:asha";
    story.begins(at);
    story.last_for(5 * hour);
    CHECK(story.scene.posts("bolt") == 1); // the others go on
    CHECK(story.scene.posts("asha") == 0);
    story.nothing_given_up();
    CHECK(story.scene.calls("site:asha:me").size() <= 30); // 15 tries, each at both addresses that an API may have
    story.scene.no_faults();
    story.last_for(2 * hour);
    story.all_is_done();
  }
}

TEST_CASE("a site that fails for one moment in the middle of it all is tried again, and gets one post") {
  for (const char* step : {"me", "find", "create", "terms"}) {
    CAPTURE(step);
    Trouble story;
    story.scene.open();
    story.scene.fault({{"route", fmt::format("site:asha:{}", step)},
                       {"kind", "status"},
                       {"status", 200},
                       {"body", "<html>One moment</html>"}});
    story.last_for(2 * hour);
    story.all_is_done();
  }
}

TEST_CASE("a site whose database is full, or says a word that nobody knows, gets its post when it is well, once") {
  for (const auto& [status, body] :
       {std::pair{500, R"({"code":"db_insert_error","message":"Could not insert post into the database."})"},
        {400, R"({"code":"rest_db_down","message":"x"})"}}) {
    CAPTURE(body);
    Trouble story;
    story.begins({{"route", "site:asha:create"}, {"kind", "status"}, {"status", status}, {"body", body}});
    story.last_for(5 * hour);
    CHECK(story.scene.posts("bolt") == 1);
    CHECK(story.scene.posts("asha") == 0);
    story.nothing_given_up();
    CHECK(story.scene.calls("site:asha:create").size() <= 30);
    story.scene.no_faults();
    story.last_for(2 * hour);
    story.all_is_done();
  }
}

TEST_CASE("a feed that ends in the middle of an item beyond the limits costs that item, and the run goes on") {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<b>";
  Trouble story;
  story.begins({{"route", "feed:asha"},
                {"kind", "body"},
                {"body", "<rss version=\"2.0\"><channel><title>t</title><item><guid>1</guid><title>Whole</title>"
                         "<description>One</description></item><item><guid>2</guid><description>" +
                             deep}});
  const Report report = story.last_for(hour);
  CHECK_MESSAGE(report.finished.err.find("reason=bug") == std::string::npos, report.finished.err);
  CHECK(story.scene.db().number("SELECT count(*) FROM ledger WHERE reason = 'bug'") == 0);
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.posts("bolt") == 1);
  CHECK(story.scene.milkrun({"feed", "check", story.scene.base() + "/feed/asha"}).code == 0);
}

TEST_CASE("a portal whose plugin is off for a while hears of every post afterwards, and its count is right") {
  Trouble story;
  story.begins({{"route", "portal:p1:callback"}, {"kind", "status"}, {"status", 404}, {"body", no_route}});
  story.last_for(3 * hour);
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.callbacks() == 0);
  story.nothing_given_up();
  story.scene.no_faults();
  story.last_for(2 * hour);
  story.all_is_done();
  const Json effects = story.scene.effects();
  for (const Json& one : effects["callbacks"]["p1"]) CHECK(one["counted"] == true);
}

TEST_CASE("a portal whose plugin is off when its list is wanted is read when it is on again") {
  Trouble story;
  story.begins({{"route", "portal:p1:tenants"}, {"kind", "status"}, {"status", 404}, {"body", no_route}});
  story.last_for(hour);
  CHECK(story.scene.posts("asha") == 0);
  story.scene.no_faults();
  story.last_for(2 * hour);
  story.all_is_done();
}

TEST_CASE("a feed that is down for some minutes is read in the same slot") {
  for (const int status : {503, 404, 500}) {
    CAPTURE(status);
    Trouble story;
    story.begins({{"route", "feed:asha"}, {"kind", "status"}, {"status", status}});
    story.last_for(8 * minute);
    CHECK(story.scene.posts("bolt") == 1);
    CHECK(story.scene.posts("asha") == 0);
    story.scene.no_faults();
    story.last_for(2 * hour);
    story.all_is_done();
  }
}

TEST_CASE("a model that was withdrawn is told as the setting it is; the articles are written with the next one") {
  Trouble story;
  story.begins({{"route", "ai:openai"},
                {"kind", "status"},
                {"status", 404},
                {"body", R"({"error":{"message":"The model `m1` does not exist","code":"model_not_found"}})"}});
  const Report report = story.last_for(5 * hour);
  CHECK(rests(report, "credential ai", "ai.unknown_model"));
  CHECK(story.scene.calls("ai:openai").size() < 15);
  story.nothing_given_up();
  story.scene.no_faults();
  story.scene.document["platform"]["credentials"][0]["settings"]["model"] = "m2";
  story.scene.document["platform"]["credentials"][0].erase("secret"); // it stays
  story.scene.import(story.scene.document);
  const Report after = story.scene.run(); // at once, not in an hour
  CHECK(story.scene.posts("asha") == 1);
  CHECK(after.json["recovered"].dump().find("credential ai of ") != std::string::npos);
  story.last_for(hour);
  story.all_is_done();
}

TEST_CASE("an AI that answers nothing is asked again until it says something") {
  Trouble story;
  story.scene.state["ai"]["openai"]["script"] = {{{"kind", "empty"}, {"times", 8}}};
  story.scene.open();
  story.last_for(3 * hour);
  story.all_is_done();
}

TEST_CASE("a role that may not use terms has its post without them") {
  Trouble story;
  story.begins({{"route", "site:asha:create"},
                {"kind", "status"},
                {"status", 403},
                {"contains", "\"tags\":["},
                {"body", R"({"code":"rest_cannot_assign_term","message":"no","data":{"status":403}})"}});
  story.last_for(hour);
  CHECK(story.scene.calls("site:asha:create").size() == 2);
  CHECK(story.scene.callbacks("failed") == 0);
  story.all_is_done();
}

TEST_CASE("a gateway whose session is starting, or whose certificate is refused, is asked a few times; the messages go "
          "when it is ready") {
  for (const bool certificate : {false, true}) {
    CAPTURE(certificate);
    Social scene;
    scene.run_section +=
        "\nin_flight = 1"; // so that one message learns it for all; else those in flight learn it at once
    scene.campaign("gym", "fit")["tasks"][0]["action"] = "VISIT_PAGE";
    scene.campaign("gym", "fit")["message_ttl"] = "24h";
    for (int i = 0; i < 40; ++i) {
      const std::string phone = fmt::format("+49151000001{:02}", i);
      scene.contact("gym", phone, fmt::format("p{}", i));
      scene.claim("gym", "fit", "b", phone, {{"clicked_at", minutes_ago(12)}});
    }
    scene.state["whatsapp"]["gym"]["connected"] = certificate;
    Json& credential = scene.tenant("gym")["credentials"][1];
    const std::string good = credential["base_url"];
    if (certificate) credential["base_url"] = scene.https(); // its authority is nobody's here
    scene.open();
    scene.verify();
    const Report report = ride(scene, "deliver", 3 * hour);
    const std::string tried = "SELECT count(*) FROM attempts WHERE stage = 'deliver'";
    CHECK(scene.db().number(tried) < 40);
    CHECK(rests(report, "whatsapp ", certificate ? "network.certificate_refused" : "whatsapp.account_not_ready"));
    CHECK(scene.messages().empty());
    CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'queued'") == 40);
    if (certificate) {
      credential["base_url"] = good;
      scene.import(scene.document);
    }
    scene.patch({{"whatsapp", {{"gym", {{"connected", true}}}}}});
    ride(scene, "deliver", 4 * hour);
    CHECK(scene.messages().size() == 40);
    scene.no_doubles();
  }
}

TEST_CASE("what a gateway says no with is its account's trouble: the message waits, and goes once it takes it") {
  for (
      const auto& [status, body] :
      {std::pair{
           422,
           R"({"statusCode":422,"message":"Session status is not as expected. Try again later or restart the session","session":"default","status":"STARTING","expected":["WORKING"]})"},
       {200, R"({"status":false,"msg":"Sender is offline, please check your connection"})"},
       {200, R"({"success":false,"error":"Your subscription has expired"})"},
       {400, R"({"error":"Bad Request"})"}}) {
    CAPTURE(body);
    Social scene;
    scene.campaign("gym", "fit")["tasks"][0]["action"] = "VISIT_PAGE";
    scene.campaign("gym", "fit")["message_ttl"] = "24h";
    for (int i = 0; i < 8; ++i) {
      const std::string phone = fmt::format("+49151000001{:02}", i);
      scene.contact("gym", phone, fmt::format("p{}", i));
      scene.claim("gym", "fit", "b", phone, {{"clicked_at", minutes_ago(12)}});
    }
    scene.open();
    scene.fault(
        {{"route", "whatsapp:gym:send"}, {"kind", "status"}, {"status", status}, {"body", body}, {"times", -1}});
    scene.verify();
    ride(scene, "deliver", 2 * hour);
    CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'queued'") == 8);
    CHECK(scene.db().number("SELECT count(*) FROM parks WHERE scope = 'destination' AND step > 0") == 1);
    CHECK(scene.calls("whatsapp:gym:send").size() < 40);
    scene.no_faults();
    ride(scene, "deliver", 4 * hour);
    CHECK(scene.messages().size() == 8);
    scene.no_doubles();
  }
}
