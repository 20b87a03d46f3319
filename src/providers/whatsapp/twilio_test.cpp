// Twilio's answers: every code of its table, and what proves that a message was taken.
#include "providers/whatsapp/fixture_test.hpp"

#include "base/text.hpp"

using namespace milkrun;
using test::Json;
using whatsapp::Also;

namespace {

std::string error_body(int code, int status = 400) {
  return Json{{"code", code},
              {"message", "words"},
              {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
              {"status", status}}
      .dump();
}

struct Row {
  int code;
  std::string told;
  std::string parks = "";
  std::int64_t wait = -1;
  Also also = Also::nothing;
};

const Row rows[] = {
    {20003, "setting | whatsapp: credential refused"},
    {20429, "rate_limited | whatsapp: too many requests", "account " + test::twilio_account + " 60", 60},
    {20500, "uncertain | whatsapp: service failed after the message was sent"},
    {21211, "permanent | whatsapp: recipient cannot be reached", "", -1, Also::undeliverable},
    {21610, "permanent | whatsapp: recipient opted out", "", -1, Also::opted_out},
    {21654, "setting | whatsapp: template parameters do not fit"},
    {50526, "setting | whatsapp: template does not exist", "template 3600"},
    {63003, "permanent | whatsapp: recipient cannot be reached", "", -1, Also::undeliverable},
    {63007, "setting | whatsapp: number is not registered"},
    {63016, "permanent | whatsapp: service window is closed", "", -1, Also::window_closed},
    {63018, "rate_limited | whatsapp: sender throughput limit", "sender " + test::twilio_account + " 3600", 3600},
    {63021, "setting | whatsapp: template refused"},
    {63024, "permanent | whatsapp: recipient cannot be reached", "", -1, Also::undeliverable},
    {63027, "setting | whatsapp: template refused", "template 3600"},
    {63028, "setting | whatsapp: template parameters do not fit"},
    {63029, "setting | whatsapp: template refused"},
    {63032, "permanent | whatsapp: recipient is in an experiment"},
    {63040, "setting | whatsapp: template refused", "template 3600"},
    {63041, "setting | whatsapp: template is paused", "template 10800"},
    {63042, "setting | whatsapp: template is disabled", "template 3600"},
    {63049, "rate_limited | whatsapp: withheld by the service for a day", "", 86'400},
    {63112, "setting | whatsapp: account is locked", "sender " + test::twilio_account + " 3600"},
    {92005, "setting | whatsapp: template parameters do not fit"},
    {12345, "outage | whatsapp: unknown error"},
};

} // namespace

TEST_CASE("every code of Twilio's has its fault, parks and note, as a refusal and inside a failed message") {
  for (const Row& row : rows) {
    const std::string failed = Json{{"sid", "SM1"}, {"status", "failed"}, {"error_code", row.code}}.dump();
    for (const auto& [status, body] : {std::pair{400, error_body(row.code)}, {201, failed}}) {
      CAPTURE(row.code);
      CAPTURE(status);
      if (row.code == 12345 && status == 201) continue;
      const auto answer = test::answer_to(test::twilio(), status, body);
      CHECK(test::told(answer) == row.told);
      CHECK(test::parks_of(answer) == row.parks);
      CHECK(test::wait_of(answer) == row.wait);
      CHECK(answer.also == row.also);
      CHECK(answer.not_before.has_value() == (row.code == 63049));
    }
  }
}

TEST_CASE("Twilio's refusals without a known code go by status") {
  const auto told = [](int status, const std::string& body) {
    return test::told(test::answer_to(test::twilio(), status, body));
  };
  for (const char* body : {"", "<html></html>", "{}", "[]", R"({"code":"x"})", R"({"code":[]})"}) {
    CAPTURE(body);
    CHECK(told(401, body) == "setting | whatsapp: credential refused");
    CHECK(told(429, body) == "rate_limited | whatsapp: too many requests");
    CHECK(told(404, body) == "setting | whatsapp: no such endpoint");
    CHECK(told(307, body) == "setting | whatsapp: service redirects elsewhere");
    CHECK(told(500, body) == "uncertain | whatsapp: service failed after the message was sent");
    CHECK(told(503, body) == "uncertain | whatsapp: service failed after the message was sent");
  }
  CHECK(told(404, error_body(20404, 404)) == "setting | whatsapp: no such endpoint");
  CHECK(told(503, error_body(20503, 503)) == "uncertain | whatsapp: service failed after the message was sent");
  CHECK(test::parks_of(test::answer_to(test::twilio(), 429, "", {{"Retry-After", "90"}})) ==
        "account " + test::twilio_account + " 90");
}

TEST_CASE("Twilio's receipt is a 201 with a sid") {
  const auto told = [](const std::string& body, int status = 201) {
    return test::told(test::answer_to(test::twilio(), status, body));
  };
  CHECK(
      told(R"({"sid":"SM1","status":"queued","to":"whatsapp:+491701234567","error_code":null,"error_message":null})") ==
      "taken | SM1 | +491701234567 | queued");
  CHECK(told(R"({"sid":"MM1","status":"accepted","to":7})") == "taken | MM1 |  | accepted");
  const std::string open = "uncertain | whatsapp: answer is no receipt";
  CHECK(told(R"({"sid":"SM1","status":"queued"})", 200) == open);
  for (const char* body :
       {"", "{}", "[]", "null", "<html>", R"({"sid":7})", R"({"sid":""})", R"({"sid":"a b"})",
        R"({"sid":"SM1","status":"failed"})", R"({"sid":"SM1","status":"undelivered","error_code":1})"}) {
    CAPTURE(body);
    CHECK(told(body) == open);
  }
}

TEST_CASE("Twilio's echo of the authorization is taken out") {
  const std::string token = text::base64(test::twilio_account + ":" + std::string(test::canary));
  const auto answer =
      test::answer_to(test::twilio(), 400, Json{{"code", 12345}, {"message", "got Basic " + token + "."}}.dump());
  CHECK(answer.receipt.error().detail == "HTTP 400: code 12345: got Basic ***.");
}
