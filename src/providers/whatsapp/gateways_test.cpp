// The answers of gateways without error codes: waapi.app, bearer-key gateways, the session gateway.
#include "providers/whatsapp/fixture_test.hpp"

using namespace milkrun;
using whatsapp::Also;

namespace {

struct Row {
  int status;
  std::string body;
  std::string told;
  std::string parks = "";
  Also also = Also::nothing;
};

void check(const Credential& credential, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body.substr(0, 200));
    const auto answer = test::answer_to(credential, row.status, row.body);
    CHECK(test::told(answer) == row.told);
    CHECK(test::parks_of(answer) == row.parks);
    CHECK(answer.also == row.also);
  }
}

const std::string open = "uncertain | whatsapp: answer is no receipt";
const std::string failed = "uncertain | whatsapp: service failed after the message was sent";
const std::string unclear = "uncertain | whatsapp: gateway does not know what happened";
const std::string not_ready = "outage | whatsapp: account is not ready";
const std::string refused = "outage | whatsapp: refused by the gateway";
const std::string not_taken = "outage | whatsapp: request refused";
const std::string unreachable = "permanent | whatsapp: recipient cannot be reached";
const std::string bad_key = "setting | whatsapp: credential refused";

// What no adapter takes for a receipt.
const std::vector<std::string> junk = {
    "", "ok", "<html>ok</html>", "[]", "null", "7", "\"sent\"", "{", std::string(5000, '[') + std::string(5000, ']')};

} // namespace

TEST_CASE("waapi.app's two shapes of a receipt") {
  const std::string message =
      R"("_data":{"id":{"fromMe":true,"remote":"491701234567@c.us","id":"3EB0","_serialized":"true_491701234567@c.us_3EB0"},"ack":0})";
  const std::string taken = "taken | true_491701234567@c.us_3EB0 | +491701234567 | success";
  check(test::waapi(),
        {{200, R"({"status":"success","instanceId":"1","data":{)" + message + "}}", taken},
         {200,
          R"({"data":{"status":"success","instanceId":"1","data":{)" + message +
              R"(}},"links":{"self":"x"},"status":"success"})",
          taken},
         {201, R"({"status":"success","data":{)" + message + "}}", taken},
         // One sign of success is missing.
         {200, R"({"data":{)" + message + "}}", open},
         {200, R"({"status":"queued","data":{)" + message + "}}", open},
         {200, R"({"status":"success","data":{"_data":{"id":{}}}})", open},
         {200, R"({"status":"success","data":{"_data":{"id":"3EB0"}}})", open},
         {200, R"({"status":"success","data":{"_data":[]}})", open},
         {200, R"({"status":"success","data":null})", open},
         {200, R"({"status":"success"})", open},
         {200, R"({"status":"success","data":{"_data":{"id":{"_serialized":"true_1@c.us_3EB0"},"ack":-1}}})", open},
         // A linked id is no number.
         {200, R"({"status":"success","data":{"_data":{"id":{"remote":"491709999999@c.us","_serialized":"s1"}}}})",
          "uncertain | whatsapp: answer is no receipt"},
         {200, R"({"status":"success","data":{"_data":{"id":{"remote":"123456789012@lid","_serialized":"s1"}}}})",
          "taken | s1 |  | success"}});
  for (const std::string& body : junk) check(test::waapi(), {{200, body, open}});
}

TEST_CASE(
    "waapi.app's inner error below an outer success is an outage of the account while the instance is not ready") {
  const auto inner = [](const std::string& state) {
    return R"({"status":"error","message":"instance not ready","instanceId":"15863",)"
           R"("explanation":"instance has to be in ready status to perform this request","instanceStatus":")" +
           state + "\"}";
  };
  for (const char* state : {"qr", "booting", "loading_screen", "auth_failure", ""}) {
    CAPTURE(state);
    const std::string park = "credential 0";
    check(test::waapi(),
          {{200, R"({"data":)" + inner(state) + R"(,"links":{},"status":"success"})", not_ready, park},
           {200, R"({"status":"success","instanceId":"1","data":)" + inner(state) + "}", not_ready, park},
           {200, inner(state), not_ready, park},
           {400, inner(state), not_ready, park}});
  }
  const auto answer = test::answer_to(test::waapi(), 200, R"({"data":)" + inner("qr") + R"(,"status":"success"})");
  CHECK(answer.receipt.error().detail == "HTTP 200: instance not ready; instance has to be in ready status to perform "
                                         "this request; instance is qr");
}

TEST_CASE("waapi.app's other refusals") {
  check(test::waapi(),
        {{200, R"({"status":"error","message":"something else"})", refused, "credential 0"},
         {200, R"({"status":"success","data":{"status":"error","message":"the instance was stopped"}})", not_ready,
          "credential 0"},
         {200, R"({"status":"success","data":{"status":"error","message":"Your trial has ended"}})", not_ready,
          "credential 0"},
         {200, R"({"status":"success","data":{"status":"error","data":{"_data":{"id":{"_serialized":"s1"}}}}})", open},
         {200, R"({"status":"success","data":{"status":"error","message":"Evaluation failed: x"}})", unclear},
         {200, R"({"status":"success","data":{"status":"error","message":"number is not registered on WhatsApp"}})",
          unreachable, "", Also::undeliverable},
         {401, R"({"message":"Unauthenticated."})", bad_key},
         {401, "", bad_key},
         {403, "{}", bad_key},
         {404, R"({"message":"No query results for model [Instance]"})", "setting | whatsapp: no such endpoint"},
         {409, "", "setting | whatsapp: instance in conflict"},
         {409, R"({"message":"x"})", "setting | whatsapp: instance in conflict"},
         {422, R"({"message":"The chatId field is required.","errors":{"chatId":["x"]}})", not_taken, "credential 0"},
         {422, "", not_taken, "credential 0"},
         {429, R"({"message":"Too Many Attempts."})", "rate_limited | whatsapp: too many requests", "credential 60"},
         {302, "", "setting | whatsapp: service redirects elsewhere"},
         {500, R"({"message":"Server Error"})", failed},
         {500, R"({"message":"Promise was collected"})", unclear},
         {502, "<html>", failed},
         {503, "", failed},
         {504, "", failed}});
}

TEST_CASE("a bearer gateway's JSON is a receipt unless it says no") {
  check(
      test::bearer(),
      {{200, "{}", "taken |  |  | "},
       {200, R"({"status":"PENDING","id":"a1"})", "taken | a1 |  | PENDING"},
       {201, R"({"success":true,"data":{"messageId":77}})", "taken | 77 |  | "},
       {200, R"({"status":true,"msg":"Message sent successfully!"})", "taken |  |  | "},
       {200, R"({"key":{"id":"BAE5"},"error":null,"errors":[]})", "taken | BAE5 |  | "},
       {200, R"({"id":{"_serialized":"s1"},"error":false})", "taken | s1 |  | "},
       {200, R"({"id":"a b","message_id":"m2"})", "taken | m2 |  | "},
       {200, R"({"success":false})", refused, "credential 0"},
       {200, R"({"status":false,"msg":"no"})", refused, "credential 0"},
       // It has a name for the message: it may have taken it.
       {200, R"({"status":"error","id":"a1"})", open},
       {200, R"({"status":false,"msg":"Device is offline","id":"a1"})", open},
       {200, R"({"status":"Failed"})", refused, "credential 0"},
       {200, R"({"ok":false})", refused, "credential 0"},
       {200, R"({"error":"no"})", refused, "credential 0"},
       {200, R"({"error":{"message":"no"}})", refused, "credential 0"},
       {200, R"({"error":true})", refused, "credential 0"},
       {200, R"({"errors":["no"]})", refused, "credential 0"},
       {200, R"({"data":{"success":false}})", refused, "credential 0"},
       {200, R"({"status":false,"msg":"instance paused"})", not_ready, "credential 0"},
       {200, R"({"status":false,"msg":"Sender is offline, please check your connection"})", not_ready, "credential 0"},
       {200, R"({"status":false,"msg":"Your device is not linked"})", not_ready, "credential 0"},
       {200, R"({"status":false,"msg":"Your subscription has expired"})", not_ready, "credential 0"},
       {200, R"({"status":false,"msg":"Failed to send message!"})", refused, "credential 0"},
       {200, R"({"status":false,"msg":"Message is too long"})", "permanent | whatsapp: text too long"},
       {200, R"({"statusCode":429,"message":"slow"})", "rate_limited | whatsapp: too many requests", "credential 60"},
       {200, R"({"status":500,"error":"Internal Server Error"})", failed},
       {200, R"({"status":401})", bad_key},
       {200, R"({"status":false,"msg":"Invalid API key"})", bad_key},
       {200, R"({"status":false,"msg":"Device disconnected, scan the QR code"})", not_ready, "credential 0"},
       {200, R"({"status":false,"msg":"The number is not on WhatsApp"})", unreachable, "", Also::undeliverable},
       {200, R"({"status":false,"msg":"Request timed out"})", unclear}});
  for (const std::string& body : junk) check(test::bearer(), {{200, body, open}});
}

TEST_CASE("a bearer gateway's statuses") {
  check(test::bearer(),
        {{400, R"({"msg":"no"})", not_taken, "credential 0"},
         {400, "", not_taken, "credential 0"},
         {422, "<html>", not_taken, "credential 0"},
         {418, "", not_taken, "credential 0"},
         {400, R"({"msg":"no","messageId":"a1"})", open},
         {400, R"({"error":"Session closed"})", not_ready, "credential 0"},
         {400, R"({"error":"Session closed. Most likely the page has been closed."})", unclear},
         {400, R"({"error":"Connection was lost"})", unclear},
         {404, R"({"response":{"message":["The \"x\" instance does not exist"]}})", not_ready, "credential 0"},
         {404, R"({"message":"Session \"default\" does not exist"})", not_ready, "credential 0"},
         {422,
          R"({"statusCode":422,"message":"Session status is not as expected. Try again later or restart the session",)"
          R"("session":"default","status":"STARTING","expected":["WORKING"]})",
          not_ready, "credential 0"},
         {401, "", bad_key},
         {403, "<html>", bad_key},
         {404, "", "setting | whatsapp: no such endpoint"},
         {408, "", failed},
         {413, "", not_taken, "credential 0"},
         {429, "", "rate_limited | whatsapp: too many requests", "credential 60"},
         {307, "", "setting | whatsapp: service redirects elsewhere"},
         {400, R"({"response":{"message":[{"exists":false,"number":"1"}]}})", unreachable, "", Also::undeliverable},
         // Whatever a 5xx says, it may have sent.
         {500, R"({"msg":"not connected"})", failed},
         {503, "", failed}});
}

TEST_CASE("the session gateway's receipt is success with a messageId") {
  check(test::gateway(),
        {{200, R"({"success":true,"message":"sent","data":{"success":true,"messageId":"BAE5","timestamp":1}})",
          "taken | BAE5 |  | success"},
         {200, R"({"success":true,"data":{"success":true}})", open},
         {200, R"({"success":true,"data":{"messageId":""}})", open},
         {200, R"({"success":true,"data":["BAE5"]})", open},
         {200, R"({"success":"true","data":{"messageId":"BAE5"}})", open},
         {200, R"({"data":{"messageId":"BAE5"}})", open},
         {200, "{}", open},
         {200, R"({"success":true,"data":{"success":false,"messageId":"BAE5"}})", open},
         {200, R"({"success":false,"error":{"message":"no"}})", refused, "credential 0"}});
  for (const std::string& body : junk) check(test::gateway(), {{200, body, open}});
}

TEST_CASE("the session gateway's refusals are told apart by their words") {
  const auto error = [](const std::string& words) {
    return R"({"success":false,"error":{"message":")" + words + R"("}})";
  };
  check(test::gateway(),
        {{400, error("Missing required fields: to, message"), not_taken, "credential 0"},
         {400, error("Session initializing"), not_ready, "credential 0"},
         {500, error("Session is starting"), not_ready, "credential 0"},
         {500, error("Session not found"), not_ready, "credential 0"},
         // Who failed while sending says such words too.
         {500, error("worker stopped"), failed},
         {500, error("Session closed"), failed},
         {500, error("lock expired"), failed},
         {401, R"({"success":false,"error":"Invalid API key"})", bad_key},
         {503, error("WhatsApp is not connected"), not_ready, "credential 0"},
         {503, "", not_ready, "credential 0"},
         {429, R"("Too many requests")", "rate_limited | whatsapp: too many requests", "host 60"},
         {429, R"({"error":"Too many requests"})", "rate_limited | whatsapp: too many requests", "host 60"},
         {500, error("Daily message limit reached (1000)"), "rate_limited | whatsapp: daily limit reached",
          "credential 3600"},
         {500, error("WhatsApp is not connected"), not_ready, "credential 0"},
         {500, error("Invalid phone number"), unreachable, "", Also::undeliverable},
         {500, error("Connection Closed"), unclear},
         {500, error("Timed Out"), unclear},
         {500, error("Internal error"), failed},
         {500, "", failed},
         {502, "<html>", failed},
         {404, "", "setting | whatsapp: no such endpoint"}});
}
