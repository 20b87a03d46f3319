// A generic gateway's answers, read as its settings say.
#include "providers/whatsapp/fixture_test.hpp"

using namespace milkrun;
using test::Json;

namespace {

std::string told(const Json& settings, int status, const std::string& body) {
  return test::told(test::answer_to(test::generic(settings), status, body));
}

const std::string open = "uncertain | whatsapp: answer is no receipt";
const std::string failed = "uncertain | whatsapp: service failed after the message was sent";
const std::string refused = "outage | whatsapp: refused by the gateway";

} // namespace

TEST_CASE("a value at a pointer proves or disproves that the message was taken") {
  const Json rule = {{"success", {{"status", {200, 201}}, {"pointer", "/status"}, {"equals", true}}}};
  CHECK(told(rule, 200, R"({"status":true,"msg":"Message sent successfully!"})") == "taken |  |  | ");
  CHECK(told(rule, 201, R"({"status":true,"id":"a1"})") == "taken | a1 |  | ");
  CHECK(told(rule, 202, R"({"status":true})") == open);
  CHECK(told(rule, 200, R"({"status":false,"msg":"no"})") == refused);
  CHECK(told(rule, 200, R"({"status":0})") == refused);
  CHECK(told(rule, 200, R"({"status":"error"})") == refused);
  // Something else than a clear no.
  for (const char* body : {R"({"status":"true"})", R"({"status":1})", R"({"status":null})", "{}", "[]", "", "7",
                           "<html>", R"({"data":{"status":true}})", R"([{"status":true}])"}) {
    CAPTURE(body);
    CHECK(told(rule, 200, body) == open);
  }
  const Json word = {{"success", {{"pointer", "/data/0/a~1b"}, {"equals", "OK"}}}};
  CHECK(told(word, 202, R"({"data":[{"a/b":"OK"}],"status":"PENDING"})") == "taken |  |  | PENDING");
  CHECK(told(word, 202, R"({"data":[]})") == open);
  CHECK(told({{"success", {{"pointer", "/code"}, {"equals", 0}}}}, 200, R"({"code":0})") == "taken |  |  | ");
  const Json no_error = {{"success", {{"pointer", "/error"}, {"equals", false}}}};
  CHECK(told(no_error, 200, R"({"error":false,"id":"a1"})") == "taken | a1 |  | ");
  CHECK(told(no_error, 200, R"({"error":true})") == refused);
  CHECK(told(no_error, 200, R"({"id":"a1"})") == open);
}

TEST_CASE("without a pointer an id proves it where the settings name one, else any object that does not say no") {
  const Json evolution = {{"id_pointers", {"/key/id", "/id"}}, {"success", {{"status", {201}}}}};
  CHECK(told(evolution, 201, R"({"key":{"id":"BAE5"},"status":"PENDING"})") == "taken | BAE5 |  | PENDING");
  CHECK(told(evolution, 201, R"({"id":42})") == "taken | 42 |  | ");
  CHECK(told(evolution, 201, R"({"key":{"id":["BAE5"]},"messageId":"x"})") == open);
  CHECK(told(evolution, 200, R"({"key":{"id":"BAE5"}})") == open);
  CHECK(told(evolution, 201, R"({"key":{"id":"BAE5"},"error":"no"})") == open);
  CHECK(told(evolution, 201, R"({"error":"no"})") == refused);
  CHECK(told({{"id_pointers", {"/0/id"}}}, 200, R"([{"id":"a"}])") == "taken | a |  | ");
  CHECK(told(Json::object(), 200, "{}") == "taken |  |  | ");
  CHECK(told(Json::object(), 200, "[]") == open);
  CHECK(told(Json::object(), 200, R"({"success":false})") == refused);
  CHECK(told(Json::object(), 200, R"({"status":503,"message":"x"})") == failed);
}

TEST_CASE("the error pointer says what went wrong, and known words decide") {
  const Json rule = {{"error_pointer", "/response/message"}};
  const auto answer = test::answer_to(test::generic(rule), 400,
                                      R"({"response":{"message":[{"exists":false,"number":"491701234567"}]}})");
  CHECK(test::told(answer) == "permanent | whatsapp: recipient cannot be reached");
  CHECK(answer.also == whatsapp::Also::undeliverable);
  CHECK(answer.receipt.error().detail == R"(HTTP 400: [{"exists":false,"number":"491701234567"}])");
  const auto other = test::answer_to(test::generic(rule), 400, R"({"response":{"message":"nope"},"error":"x"})");
  CHECK(test::told(other) == "outage | whatsapp: request refused");
  CHECK(test::parks_of(other) == "credential 0");
  CHECK(other.receipt.error().detail == "HTTP 400: nope");
  CHECK(test::answer_to(test::generic(rule), 400, R"({"error":"x"})").receipt.error().detail == "HTTP 400: x");
  const auto parked = test::answer_to(test::generic(), 200, R"({"status":false,"msg":"Daily limit reached"})");
  CHECK(test::told(parked) == "rate_limited | whatsapp: daily limit reached");
  CHECK(test::parks_of(parked) == "credential 3600");
}

TEST_CASE("only statuses that the settings call harmless are tried again") {
  const Json rule = {{"retry_status", {429, 503}}};
  CHECK(told(rule, 503, R"({"message":"x"})") == "outage | whatsapp: service is down");
  CHECK(told(rule, 503, "") == "outage | whatsapp: service is down");
  CHECK(told(rule, 502, "") == failed);
  CHECK(told(rule, 429, "") == "rate_limited | whatsapp: too many requests");
  CHECK(told(Json::object(), 503, "") == failed);
  CHECK(told(Json::object(), 500, R"({"message":"not connected"})") == failed);
  CHECK(told(Json::object(), 401, "") == "setting | whatsapp: credential refused");
  CHECK(told(Json::object(), 404, "") == "setting | whatsapp: no such endpoint");
  CHECK(told(Json::object(), 301, "") == "setting | whatsapp: service redirects elsewhere");
  CHECK(test::wait_of(test::answer_to(test::generic(rule), 503, "", {{"Retry-After", "30"}})) == 30);
  CHECK(test::wait_of(test::answer_to(test::generic(rule), 503, "")) == -1);
}

TEST_CASE("a secret from the body does not come back in what is told") {
  const Json mpwa = {{"secret_in_body", true},
                     {"body", {{"k", "{{secret}}"}, {"n", "{{number}}"}, {"m", "{{message}}"}}}};
  const auto answer = test::answer_to(test::generic(mpwa), 200,
                                      R"({"status":false,"msg":"key )" + std::string(test::canary) + R"( no"})");
  CHECK(answer.receipt.error().detail == "HTTP 200: key *** no");
}
