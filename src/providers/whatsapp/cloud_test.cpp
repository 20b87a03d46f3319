// The Cloud API's answers: every code of its table, every shape of a receipt, and what only looks like one.
#include "providers/whatsapp/fixture_test.hpp"

using namespace milkrun;
using test::Json;
using whatsapp::Also;

namespace {

std::string error_body(int code, int subcode = 0) {
  Json error = {{"message", "(#" + std::to_string(code) + ") words"},
                {"type", "OAuthException"},
                {"code", code},
                {"error_data", {{"messaging_product", "whatsapp"}, {"details", "more words"}}},
                {"fbtrace_id", "Az8or2yhqkZfEZ"}};
  if (subcode != 0) error["error_subcode"] = subcode;
  return Json{{"error", error}}.dump();
}

struct Row {
  int code;
  std::string_view told; // behind the fault's name: the reason without "whatsapp: "
  std::string_view parks = "";
  std::int64_t wait = -1; // seconds
  Also also = Also::nothing;
};

const std::string phone = "106540352242922";

constexpr Row rows[] = {
    {0, "setting | credential refused"},
    {190, "setting | credential refused"},
    {3, "setting | permission missing"},
    {10, "setting | permission missing"},
    {200, "setting | permission missing"},
    {250, "setting | permission missing"},
    {299, "setting | permission missing"},
    {131005, "setting | permission missing"},
    {1, "outage | service is down"},
    {2, "outage | service is down"},
    {131016, "outage | service is down"},
    {133004, "outage | service is down"},
    {131057, "outage | sender in maintenance", "", 60},
    {131000, "uncertain | service does not know what happened"},
    {4, "rate_limited | app call limit", "app 77 900", 900},
    {80007, "rate_limited | account call limit", "account 106540352242922 900", 900},
    {80008, "rate_limited | account call limit", "account 106540352242922 900", 900},
    {130429, "rate_limited | sender throughput limit", "sender 106540352242922 60", 60},
    {131056, "rate_limited | too many to this recipient", "", 60},
    {131048, "setting | sender limited as spam", "sender 106540352242922 3600"},
    {131049, "rate_limited | withheld by the service for a day", "", 86'400},
    {131050, "permanent | recipient opted out", "", -1, Also::no_marketing},
    {130472, "permanent | recipient is in an experiment"},
    {131047, "permanent | service window is closed", "", -1, Also::window_closed},
    {470, "permanent | service window is closed", "", -1, Also::window_closed},
    {131026, "permanent | recipient cannot be reached", "", -1, Also::undeliverable},
    {131021, "permanent | sender is the recipient"},
    {131030, "setting | test number has no such recipient"},
    {131031, "setting | account is locked", "sender 106540352242922 3600"},
    {368, "setting | blocked for policy", "sender 106540352242922 3600"},
    {130497, "permanent | country not allowed"},
    {131037, "setting | display name not approved"},
    {131042, "setting | payment problem", "sender 106540352242922 3600"},
    {131045, "setting | number is not registered"},
    {133010, "setting | number is not registered"},
    {133015, "setting | number is not registered"},
    {133005, "setting | number is not registered"},
    {133006, "setting | number is not registered"},
    {133008, "setting | number is not registered"},
    {133009, "setting | number is not registered"},
    {133016, "setting | number is not registered"},
    {33, "setting | unknown phone number id"},
    {100, "permanent | request refused"},
    {131008, "permanent | request refused"},
    {131009, "permanent | request refused"},
    {131051, "permanent | request refused"},
    {135000, "permanent | request refused"},
    {131052, "permanent | media refused"},
    {131053, "permanent | media refused"},
    {132000, "setting | template parameters do not fit"},
    {132005, "setting | template parameters do not fit"},
    {132012, "setting | template parameters do not fit"},
    {132018, "setting | template parameters do not fit"},
    {132001, "setting | template does not exist", "template 3600"},
    {132007, "setting | template breaks the content policy", "template 3600"},
    {132015, "setting | template is paused", "template 10800"},
    {132016, "setting | template is disabled", "template 3600"},
    {132068, "permanent | flow refused"},
    {132069, "permanent | flow refused"},
    {999'999, "outage | unknown error"},
};

std::string short_of(std::string told) {
  const std::string prefix = "whatsapp: ";
  const std::size_t at = told.find(prefix);
  return at == told.npos ? told : told.erase(at, prefix.size());
}

} // namespace

TEST_CASE("every code of the Cloud API has its fault, parks and note, whatever the status of a refusal") {
  for (const Row& row : rows) {
    for (const int status : {400, 403, 404}) {
      CAPTURE(row.code);
      CAPTURE(status);
      const auto answer = test::answer_to(test::cloud({{"app_id", "77"}}), status, error_body(row.code));
      CHECK(short_of(test::told(answer)) == row.told);
      CHECK(test::parks_of(answer) == row.parks);
      CHECK(test::wait_of(answer) == row.wait);
      CHECK(answer.also == row.also);
      CHECK(answer.parks.empty());
      CHECK(answer.not_before.has_value() == (row.code == 131049));
      if (answer.not_before) CHECK(answer.not_before->count() / 1000 == row.wait);
      CHECK(answer.receipt.error().http_status == status);
      CHECK(answer.receipt.error().detail == "HTTP " + std::to_string(status) + ": code " + std::to_string(row.code) +
                                                 ": (#" + std::to_string(row.code) +
                                                 ") words; more words (trace Az8or2yhqkZfEZ)");
    }
  }
}

TEST_CASE("below a 5xx only a code that says nothing was processed is believed") {
  for (const Row& row : rows) {
    CAPTURE(row.code);
    for (const int status : {500, 503}) {
      const std::string answer = short_of(test::told(test::answer_to(test::cloud(), status, error_body(row.code))));
      CHECK(answer == (row.code == 999'999 ? "uncertain | service failed after the message was sent" : row.told));
    }
  }
}

TEST_CASE("an object that is not there is the phone number id's fault") {
  CHECK(test::told(test::answer_to(test::cloud(), 400, error_body(100, 33))) ==
        "setting | whatsapp: unknown phone number id");
}

TEST_CASE("a longer rest that the service asks for counts, up to a day") {
  const auto answer = [](int code, const char* after) {
    return test::answer_to(test::cloud(), 429, error_body(code), {{"Retry-After", after}});
  };
  CHECK(test::parks_of(answer(130429, "300")) == "sender " + phone + " 300");
  CHECK(test::parks_of(answer(130429, "5")) == "sender " + phone + " 60");
  CHECK(test::parks_of(answer(130429, "99999999999")) == "sender " + phone + " 86400");
  CHECK(test::parks_of(answer(130429, "-5")) == "sender " + phone + " 60");
  CHECK(test::parks_of(answer(130429, "Sat, 21 Nov 2026 12:00:00 GMT")) == "sender " + phone + " 60");
  CHECK(test::wait_of(answer(131056, "120")) == 120);
  CHECK(test::parks_of(answer(131031, "7200")) == "sender " + phone + " 7200");
}

TEST_CASE("a limit of an app without a name, or told by another host, rests the credential") {
  CHECK(test::parks_of(test::answer_to(test::cloud(), 400, error_body(4))) == "credential 900");
  Credential stranger = test::cloud({{"app_id", "77"}});
  stranger.base_url = "https://graph.facebook.com.evil.example";
  stranger.host = "graph.facebook.com.evil.example";
  for (const auto& [code, park] : {std::pair{4, "credential 900"},
                                   {80007, "credential 900"},
                                   {130429, "credential 60"},
                                   {131031, "credential 3600"}}) {
    CAPTURE(code);
    CHECK(test::parks_of(test::answer_to(stranger, 400, error_body(code))) == park);
  }
}

TEST_CASE("a code we do not know that calls itself transient leaves the outcome open") {
  CHECK(test::told(test::answer_to(test::cloud(), 400, R"({"error":{"code":424242,"is_transient":true}})")) ==
        "uncertain | whatsapp: unknown error");
  CHECK(test::told(test::answer_to(test::cloud(), 401, R"({"error":{"code":424242}})")) ==
        "setting | whatsapp: credential refused");
  CHECK(test::told(test::answer_to(test::cloud(), 400, R"({"error":{"code":"131026"}})")) ==
        "permanent | whatsapp: recipient cannot be reached");
}

TEST_CASE("a refusal without a code goes by its status") {
  struct {
    int status;
    std::string_view told;
  } const by_status[] = {
      {301, "setting | service redirects elsewhere"},
      {302, "setting | service redirects elsewhere"},
      {400, "outage | request refused"}, // a bot check, a balancer: nobody we know
      {401, "setting | credential refused"},
      {402, "setting | payment is missing"},
      {403, "setting | credential refused"},
      {404, "setting | no such endpoint"},
      {405, "setting | no such endpoint"},
      {408, "uncertain | service failed after the message was sent"},
      {409, "outage | request refused"},
      {410, "setting | no such endpoint"},
      {413, "outage | request refused"},
      {422, "outage | request refused"},
      {425, "rate_limited | too many requests"},
      {429, "rate_limited | too many requests"},
      {500, "uncertain | service failed after the message was sent"},
      {502, "uncertain | service failed after the message was sent"},
      {503, "uncertain | service failed after the message was sent"},
      {504, "uncertain | service failed after the message was sent"},
      {599, "uncertain | service failed after the message was sent"},
      {102, "uncertain | answer is no receipt"},
  };
  for (const auto& row : by_status) {
    for (const char* body : {"", "<html><h1>Oops</h1></html>", "{}", "[]", R"({"error":null})", R"({"error":"no"})",
                             R"({"error":{"code":{}}})", R"({"error":{"code":-1}})", R"({"error":{"code":1e99}})"}) {
      CAPTURE(row.status);
      CAPTURE(body);
      CHECK(short_of(test::told(test::answer_to(test::cloud(), row.status, body))) == row.told);
    }
  }
}

TEST_CASE("a receipt needs messages[0].id; the canonical number and the status are the service's") {
  const auto told = [](const std::string& body, int status = 200) {
    return test::told(test::answer_to(test::cloud(), status, body));
  };
  CHECK(told(R"({"messages":[{"id":"wamid.1","message_status":"held_for_quality_assessment"}]})") ==
        "taken | wamid.1 |  | held_for_quality_assessment");
  CHECK(told(R"({"messages":[{"id":"wamid.1","message_status":"paused"}]})") == "taken | wamid.1 |  | paused");
  CHECK(told(R"({"contacts":[{"user_id":"US.1349"}],"messages":[{"id":"wamid.1"}]})") ==
        "taken | wamid.1 |  | accepted");
  CHECK(told(R"({"contacts":[{"wa_id":7}],"messages":[{"id":"wamid.1","message_status":{}}]})", 201) ==
        "taken | wamid.1 |  | accepted");
  CHECK(told(R"({"messages":[{"id":")" + std::string(256, 'w') + R"("}]})") ==
        "taken | " + std::string(256, 'w') + " |  | accepted");
}

TEST_CASE("a service may know the recipient by another form of the number, not by another number") {
  struct Row {
    const char *to, *wa_id;
    bool taken;
  };
  const Row numbers[] = {
      {"+5215512345678", "525512345678", true},   {"+525512345678", "5215512345678", true},
      {"+5511987654321", "551187654321", true},   {"+5491112345678", "541112345678", true},
      {"+541112345678", "5491112345678", true},   {"+491701234567", "491701234567", true},
      {"+491701234567", "491701234568", false},   {"+491701234567", "15550001111", false},
      {"+5511987654321", "5511987654322", false},
  };
  for (const Row& row : numbers) {
    INFO(row.to, " ", row.wa_id);
    test::FakeHttp http;
    http.answer(200, R"({"messaging_product":"whatsapp","contacts":[{"input":"x","wa_id":")" + std::string(row.wa_id) +
                         R"("}],"messages":[{"id":"wamid.HBgLA="}]})");
    whatsapp::Message message = test::text_message();
    message.to = row.to;
    const auto answer = test::send_with(http, test::cloud(), message);
    CHECK(test::told(answer) == (row.taken ? "taken | wamid.HBgLA= | +" + std::string(row.wa_id) + " | accepted"
                                           : "uncertain | whatsapp: answer is no receipt"));
    if (!row.taken) CHECK(answer.receipt.error().detail == "HTTP 200: the receipt names another recipient");
  }
}

TEST_CASE("a 2xx without proof is uncertain, whatever else it says") {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  const std::string long_id = R"({"messages":[{"id":")" + std::string(257, 'w') + R"("}]})";
  for (const std::string& body :
       std::initializer_list<std::string>{"",
                                          " ",
                                          "<html>ok</html>",
                                          "ok",
                                          "{}",
                                          "[]",
                                          "null",
                                          "7",
                                          R"({"messages":[]})",
                                          R"({"messages":{}})",
                                          R"({"messages":[{}]})",
                                          R"({"messages":[{"id":""}]})",
                                          R"({"messages":[{"id":7}]})",
                                          R"({"messages":[{"id":["wamid.1"]}]})",
                                          R"({"messages":[{"id":"a b"}]})",
                                          R"({"messages":[{"id":"wamid.1\u001b"}]})",
                                          R"({"messages":[{"id":"wamid.1"}])",
                                          R"({"messages":[{"id":"wamid.1"}],"error":{"code":131026,"message":"x"}})",
                                          error_body(131026),
                                          error_body(131056),
                                          deep,
                                          long_id,
                                          std::string(100'000, '9')}) {
    CAPTURE(body.substr(0, 80));
    const auto answer = test::answer_to(test::cloud(), 200, body);
    CHECK(test::told(answer) == "uncertain | whatsapp: answer is no receipt");
    CHECK(answer.also == Also::nothing);
    CHECK(test::parks_of(answer) == "");
    CHECK(answer.receipt.error().detail.size() <= 400);
  }
}

TEST_CASE("usage headers at their limit rest app and account, with any answer") {
  const std::string taken = R"({"messages":[{"id":"wamid.1"}]})";
  const auto parks = [&](std::vector<http::Header> headers, const std::string& body) {
    const auto answer = test::answer_to(test::cloud({{"app_id", "77"}}), 200, body, std::move(headers));
    std::string out;
    for (const Park& park : answer.parks)
      out += (park.scope == ParkScope::app ? "app " : "account ") + park.id + " " +
             std::to_string(park.rest.count() / 1000) + " ";
    return out;
  };
  const std::string app = "X-App-Usage", business = "x-business-use-case-usage";
  CHECK(parks({{app, R"({"call_count":100,"total_time":25,"total_cputime":25})"}}, taken) == "app 77 900 ");
  CHECK(parks({{app, R"({"call_count":99,"total_time":25,"total_cputime":25})"}}, taken) == "");
  CHECK(parks({{app, R"({"call_count":1,"total_cputime":120})"}}, "") == "app 77 900 ");
  const auto usage = [](int calls, int minutes, const char* type) {
    return R"({"1029":[{"type":")" + std::string(type) + R"(","call_count":)" + std::to_string(calls) +
           R"(,"estimated_time_to_regain_access":)" + std::to_string(minutes) + "}]}";
  };
  CHECK(parks({{business, usage(97, 0, "whatsapp")}}, taken) == "");
  CHECK(parks({{business, usage(100, 0, "whatsapp")}}, taken) == "account " + phone + " 900 ");
  CHECK(parks({{business, usage(100, 60, "whatsapp")}}, taken) == "account " + phone + " 3600 ");
  CHECK(parks({{business, usage(9, 999'999, "whatsapp")}}, taken) == "account " + phone + " 86400 ");
  CHECK(parks({{business, usage(100, 60, "pages")}}, taken) == "");
  for (const char* odd :
       {"", "[]", "7", "{\"1\":{}}", "{\"1\":[[]]}", "{\"1\":[{\"type\":\"whatsapp\",\"call_count\":\"x\"}]}"})
    CHECK(parks({{business, odd}, {app, odd}}, taken) == "");
}

TEST_CASE("nothing that a service echoes brings the secret back") {
  const std::string secret(test::canary);
  const auto refused = test::answer_to(
      test::cloud(), 400, R"({"error":{"code":190,"message":"Bearer )" + secret + R"( is \u001b[31m bad"}})");
  CHECK(refused.receipt.error().detail == "HTTP 400: code 190: Bearer *** is \\x1B[31m bad");
  const auto taken = test::answer_to(
      test::cloud(), 200, R"({"messages":[{"id":"x)" + secret + R"(","message_status":")" + secret + R"("}]})");
  CHECK(test::told(taken) == "taken | x*** |  | ***");
}
