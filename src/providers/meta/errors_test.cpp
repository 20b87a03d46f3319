// Every refusal of the Graph API told apart: fault, reason and what must rest.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;
using std::chrono::hours;
using std::chrono::minutes;

struct CodeRow {
  int code, subcode;
  Fault fault;
  std::string reason;
  std::optional<ParkScope> parked = {};
  std::string id = "";
  Millis rest{0};
};

Credential with_app() {
  Credential c = facebook();
  c.settings = R"({"app_id":"4242"})";
  return c;
}

constexpr auto outage = Fault::outage;
constexpr auto rate = Fault::rate_limited;
constexpr auto dead = Fault::setting;
constexpr auto permanent = Fault::permanent;

const CodeRow code_rows[] = {
    {1, 0, outage, "meta.unknown_error"},
    {2, 0, outage, "meta.out_of_order"},
    {3, 0, dead, "meta.app_lacks_capability"},
    {4, 0, rate, "meta.app_limit", ParkScope::app, "4242", minutes(15)},
    {4, 2446079, rate, "meta.app_limit", ParkScope::app, "4242", minutes(15)},
    {10, 0, dead, "meta.permission_missing"},
    {17, 0, rate, "meta.user_limit", ParkScope::credential, "", minutes(15)},
    {32, 0, rate, "meta.page_limit", ParkScope::page, "1111", minutes(15)},
    {80001, 0, rate, "meta.page_limit", ParkScope::page, "1111", minutes(60)},
    {80002, 0, rate, "meta.account_limit", ParkScope::account, "1111", minutes(60)},
    {80006, 0, rate, "meta.messaging_limit", ParkScope::page, "1111", minutes(15)},
    {80007, 0, rate, "meta.whatsapp_limit", ParkScope::account, "1111", minutes(15)},
    {80008, 0, rate, "meta.whatsapp_limit", ParkScope::account, "1111", minutes(15)},
    {613, 0, rate, "meta.endpoint_limit", ParkScope::credential, "", minutes(15)},
    {613, 1996, rate, "meta.too_spiky", ParkScope::credential, "", minutes(15)},
    {341, 0, rate, "meta.app_limit", ParkScope::app, "4242", minutes(15)},
    {100, 0, permanent, "meta.request_refused"},
    {100, 33, permanent, "meta.not_visible"},
    {803, 0, permanent, "meta.not_visible"},
    {2500, 0, permanent, "meta.request_refused"},
    {102, 0, dead, "meta.token_refused"},
    {190, 0, dead, "meta.token_refused"},
    {190, 458, dead, "meta.app_removed"},
    {190, 459, dead, "meta.signin_needed"},
    {190, 460, dead, "meta.password_changed"},
    {190, 463, dead, "meta.token_expired"},
    {102, 463, dead, "meta.token_expired"},
    {190, 464, dead, "meta.token_refused"},
    {190, 467, dead, "meta.token_refused"},
    {190, 492, dead, "meta.page_lost"},
    {104, 0, dead, "meta.proof_refused"},
    {200, 0, dead, "meta.permission_missing"},
    {229, 0, dead, "meta.permission_missing"},
    {230, 0, permanent, "meta.person_not_consented"},
    {299, 0, dead, "meta.permission_missing"},
    {110, 2207013, permanent, "meta.not_visible"},
    {368, 0, dead, "meta.blocked_for_policy", ParkScope::credential, "", hours(24)},
    {1705, 0, dead, "meta.wrong_token"},
    {300, 0, outage, "meta.unknown_code"},
    {110, 0, outage, "meta.unknown_code"},
};

void check(const CodeRow& row, const Error& error, const std::vector<Park>& parks) {
  CHECK(error.fault == row.fault);
  CHECK(error.reason.code() == row.reason);
  CHECK(error.retry_after.value_or(Millis(0)) == (row.fault == rate ? row.rest : Millis(0)));
  REQUIRE(error.parks.size() == (row.parked ? 1 : 0));
  REQUIRE(parks.size() == error.parks.size());
  for (const auto& list : {error.parks, parks})
    for (const Park& park : list) {
      CHECK(park.scope == *row.parked);
      CHECK(park.id == row.id);
      CHECK(park.rest == row.rest);
      CHECK(park.reason.code() == row.reason);
    }
}

TEST_CASE("code and subcode decide, whatever the status line says, even an OK") {
  for (const CodeRow& row : code_rows)
    for (const int status : {400, 200, 403, 500}) {
      if (status == 500 && row.reason == "meta.unknown_code") continue; // judged by its status
      CAPTURE(row.code);
      CAPTURE(row.subcode);
      CAPTURE(status);
      test::FakeHttp http;
      http.answer(status, error_body(row.code, row.subcode));
      const auto answer = client(http, with_app()).counters("22");
      REQUIRE_FALSE(answer.value);
      check(row, answer.value.error(), answer.parks);
      CHECK(answer.value.error().http_status == status);
      CHECK(answer.trace_id == "AbC123");
      CHECK(answer.calls == 1);
      CHECK(http.sent.size() == 1);
    }
}

TEST_CASE("is_transient makes a refusal pass, but not a limit, a dead token, a block or a missing consent") {
  for (const CodeRow& row : code_rows) {
    CAPTURE(row.code);
    CAPTURE(row.subcode);
    test::FakeHttp http;
    http.answer(400, error_body(row.code, row.subcode, "said", true));
    const auto answer = client(http, with_app()).counters("22");
    REQUIRE_FALSE(answer.value);
    const bool unknown = row.reason == "meta.unknown_code"; // an outage either way, said as what Meta calls it
    const bool stays = (row.fault != permanent && !unknown) || row.code == 230;
    CHECK(answer.value.error().fault == (stays ? row.fault : outage));
    CHECK(answer.value.error().reason.code() == (stays ? row.reason : "meta.service_error"));
  }
}

TEST_CASE("without an app id the app's park is the credential's own") {
  test::FakeHttp http;
  http.answer(400, error_body(4));
  const auto answer = client(http).counters("22");
  REQUIRE(answer.parks.size() == 1);
  CHECK(answer.parks[0].scope == ParkScope::app);
  CHECK(answer.parks[0].id == "c1");
}

TEST_CASE("a host that is not Meta's parks its own credential, whatever limits it tells of") {
  Credential c = credential("facebook", "https://graph.evil.example", "1111");
  c.settings = R"({"app_id":"4242"})"; // another tenant's app
  test::FakeHttp http;
  http.answer(400, error_body(4));
  const auto refused = client(http, c).counters("22");
  REQUIRE(refused.parks.size() == 1);
  REQUIRE(refused.value.error().parks.size() == 1);
  for (const Park& park : {refused.parks[0], refused.value.error().parks[0]}) {
    CHECK(park.scope == ParkScope::credential);
    CHECK(park.id.empty());
    CHECK(park.rest == minutes(15));
  }
  http.answer(200, R"({"followers_count":1})",
              {{"X-App-Usage", R"({"call_count":100})"}, {"X-Page-Usage", R"({"call_count":100})"}});
  const auto full = client(http, c).counters("");
  REQUIRE(full.parks.size() == 1);
  CHECK(full.parks[0].scope == ParkScope::credential);
}

TEST_CASE("an answer without a code is judged by its status") {
  struct Plain {
    int status;
    std::string body;
    Fault fault;
    std::string reason;
  };
  const Plain plain[] = {
      {429, "", rate, "meta.app_limit"},
      {429, R"({"error":{"code":99999}})", rate, "meta.app_limit"},
      {500, "<html>", outage, "meta.service_error"},
      {503, "", outage, "meta.service_error"},
      {502, R"({"error":{"code":99999}})", outage, "meta.service_error"},
      {200, "", outage, "meta.unusable_answer"},
      {200, "<html>login</html>", outage, "meta.unusable_answer"},
      {200, R"({"like_count":1)", outage, "meta.unusable_answer"},
      {200, "[1]", outage, "meta.unusable_answer"},
      {200, "7", outage, "meta.unusable_answer"},
      {200, std::string(200'000, '['), outage, "meta.unusable_answer"},
      {200, R"({"error":"no"})", outage, "meta.unusable_answer"},
      {400, R"({"error":{"code":"x"}})", outage, "meta.unusable_answer"},
      {400, R"({"error":{"code":-4}})", outage, "meta.unusable_answer"},
      {400, R"({"error":{"code":{"a":1}}})", outage, "meta.unusable_answer"},
      {404, "<html>", outage, "meta.unusable_answer"},
      {400, "{}", outage, "meta.unusable_answer"},
      {302, "", outage, "meta.unusable_answer"},
      {400, R"({"error":{"code":"190"}})", dead, "meta.token_refused"},
  };
  for (const Plain& row : plain) {
    CAPTURE(row.status);
    CAPTURE(row.body.substr(0, 60));
    test::FakeHttp http;
    http.answer(row.status, row.body);
    const auto answer = client(http).counters("22");
    REQUIRE_FALSE(answer.value);
    CHECK(answer.value.error().fault == row.fault);
    CHECK(answer.value.error().reason.code() == row.reason);
    CHECK(answer.value.error().http_status == row.status);
    CHECK(answer.parks.size() == (row.fault == rate ? 1 : 0));
  }
}

TEST_CASE("a limit rests for as long as the header of its kind says, if that is longer") {
  struct ToldRow {
    int code;
    std::string name, header;
    Millis rest;
  };
  const std::string usage = "X-Business-Use-Case-Usage";
  const ToldRow told[] = {
      {80001, usage, R"({"1111":[{"type":"pages","estimated_time_to_regain_access":90}]})", minutes(90)},
      {80001, usage, R"({"1111":[{"type":"pages","estimated_time_to_regain_access":5}]})", minutes(60)},
      {80001, usage, R"({"1111":[{"type":"messenger","estimated_time_to_regain_access":90}]})", minutes(60)},
      {80001, usage, R"({"1111":[],"2":[{"type":"pages","estimated_time_to_regain_access":90}]})", minutes(60)},
      {80001, usage, R"({"2":[{"type":"pages","estimated_time_to_regain_access":90}]})", minutes(90)},
      {80001, usage, R"({"1111":[{"type":"pages","estimated_time_to_regain_access":1e300}]})", hours(24)},
      {80001, usage, R"({"1111":[{"type":"pages","estimated_time_to_regain_access":-9}]})", minutes(60)},
      {80001, usage, R"({"1111":{"type":"pages"}})", minutes(60)},
      {80001, "Retry-After", "7200", hours(2)},
      {80001, "Retry-After", "99999999999", hours(24)},
      {80001, "Retry-After", "soon", minutes(60)},
      {80006, usage, R"({"1111":[{"type":"messenger","estimated_time_to_regain_access":20}]})", minutes(20)},
      {4, usage, R"({"1111":[{"type":"pages","estimated_time_to_regain_access":90}]})", minutes(15)},
      {4, "X-App-Usage", R"({"estimated_time_to_regain_access":30})", minutes(30)},
  };
  for (const ToldRow& row : told) {
    CAPTURE(row.code);
    CAPTURE(row.header);
    test::FakeHttp http;
    http.answer(400, error_body(row.code), {{row.name, row.header}});
    const auto answer = client(http).counters("22");
    REQUIRE_FALSE(answer.value);
    CHECK(answer.value.error().retry_after == row.rest);
    REQUIRE(answer.value.error().parks.size() == 1);
    CHECK(answer.value.error().parks[0].rest == row.rest);
  }
}

TEST_CASE("a passing fault is asked again when the service says, and parks nothing") {
  test::FakeHttp http;
  http.answer(503, "", {{"Retry-After", "120"}});
  const auto answer = client(http).counters("22");
  REQUIRE_FALSE(answer.value);
  CHECK(answer.value.error().retry_after == Millis(120'000));
  CHECK(answer.parks.empty());
}

TEST_CASE("an app that demands the proof of its secret is the credential's trouble") {
  test::FakeHttp http;
  http.answer(400, error_body(100, 0, "API calls from the server require an appsecret_proof argument"));
  const auto answer = client(http).counters("22");
  REQUIRE_FALSE(answer.value);
  CHECK(answer.value.error().fault == dead);
  CHECK(answer.value.error().reason.code() == "meta.proof_refused");
}

TEST_CASE("no error repeats the token, the app secret or the proof, wherever the words are cut") {
  test::FakeHttp http;
  std::string echo = "Malformed \x1b[31m";
  for (int i = 0; i < 200; ++i) echo += token + " " + app_secret + " " + proof + "\n";
  Json body = Json::parse(error_body(190, 463, echo));
  body["error"]["error_user_msg"] = echo;
  body["error"]["fbtrace_id"] = token;
  http.answer(400, body.dump(), {{"facebook-api-version", token}});
  Credential c = facebook();
  c.secret = Secret(token + "\n" + app_secret);
  const auto answer = client(http, c).counters("22");
  REQUIRE_FALSE(answer.value);
  const std::string told = answer.value.error().detail + answer.trace_id + answer.served_version;
  CHECK(told.find(token.substr(0, 8)) == std::string::npos);
  CHECK(told.find(app_secret.substr(0, 8)) == std::string::npos);
  CHECK(told.find(proof.substr(0, 8)) == std::string::npos);
  CHECK(told.find('\x1b') == std::string::npos);
  CHECK(answer.value.error().detail.starts_with("HTTP 400 code 190/463 OAuthException Malformed"));
  CHECK(answer.value.error().detail.size() <= 300);
}

TEST_CASE("the trace comes from the headers when the body has none") {
  test::FakeHttp http;
  http.answer(500, "", {{"x-fb-request-id", "R1"}, {"X-FB-Trace-ID", "T1"}});
  CHECK(client(http).counters("22").trace_id == "T1");
  http.answer(500, "", {{"x-fb-request-id", "R1"}});
  CHECK(client(http).counters("22").trace_id == "R1");
}

TEST_CASE("an error of the transport passes as it is") {
  test::FakeHttp http;
  http.answers.push_back(fail(Fault::aborted, "network.stopped"));
  const auto answer = client(http).counters("22");
  REQUIRE_FALSE(answer.value);
  CHECK(answer.value.error().fault == Fault::aborted);
  CHECK(answer.value.error().reason.code() == "network.stopped");
  CHECK(answer.calls == 1);
}

} // namespace
