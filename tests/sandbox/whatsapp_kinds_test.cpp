// Each WhatsApp sender's own rules: what it demands of a message, and the shapes of its answers.
#include "whatsapp_fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

int cloud_code(const SandboxProcess& sandbox, const Json& body) {
  Letter letter = letter_to("cloud");
  letter.body = body.dump();
  const Json answer = json_of(send(sandbox, letter));
  return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
}

Json with(const std::string& pointer, const Json& value, Json body = Json::parse(letter_to("cloud").body)) {
  body[Json::json_pointer(pointer)] = value;
  return body;
}

Json template_body() {
  const Json values = {{{"type", "text"}, {"text", "Ana"}}, {{"type", "text"}, {"text", "5"}}};
  Json body = with("/type", "template");
  body.erase("text");
  body["template"] = {{"name", "task_verified"},
                      {"language", {{"policy", "deterministic"}, {"code", "en_US"}}},
                      {"components", {{{"type", "body"}, {"parameters", values}}}}};
  return body;
}

std::string twilio_code(const SandboxProcess& sandbox, const std::string& form) {
  Letter letter = letter_to("twilio");
  letter.body = form;
  return json_of(send(sandbox, letter)).value("code", Json("none")).dump();
}

} // namespace

TEST_CASE("the Cloud API refuses what lacks a required key or has a wrong value") {
  const auto& sandbox = whatsapp_sandbox();
  for (const auto& [pointer, value, code] : {std::tuple<const char*, Json, int>{"/messaging_product", "sms", 100},
                                             {"/to", "", 100},
                                             {"/to", "12", 131009},
                                             {"/to", 4915112345678, 100},
                                             {"/recipient_type", "group", 131009},
                                             {"/type", nullptr, 131008},
                                             {"/type", "poem", 131051},
                                             {"/text", "Hello", 131008},
                                             {"/text/body", "", 131008},
                                             {"/text/body", std::string(4097, 'x'), 100},
                                             {"/text/preview_url", "no", 131009},
                                             {"/biz_opaque_callback_data", std::string(257, 'x'), 100},
                                             {"/biz_opaque_callback_data", std::string(256, 'x'), 0}}) {
    CAPTURE(pointer);
    CAPTURE(value.dump().substr(0, 20));
    CHECK(cloud_code(sandbox, with(pointer, value)) == code);
  }
  CHECK(messages(sandbox).size() == 1);
}

TEST_CASE("the Cloud API checks templates by shape, name, language and number of values") {
  const auto& sandbox = whatsapp_sandbox();
  set_sender(sandbox, "cloud", {{"templates", {{"task_verified", {{"languages", {"en_US"}}, {"values", 2}}}}}});
  const std::string value = "/template/components/0/parameters/0";
  for (const auto& [pointer, planted, code] : {std::tuple<std::string, Json, int>{"/template/name", "", 131008},
                                               {"/template/name", "unknown", 132001},
                                               {"/template/language/code", "de", 132001},
                                               {"/template/language", "en_US", 131008},
                                               {"/template/components", Json::array(), 132000},
                                               {"/template/components/0/type", "footer", 131009},
                                               {"/template/components/0/type", "button", 131008},
                                               {value + "/text", "", 131008},
                                               {value + "/text", "two\nlines", 132012},
                                               {value + "/text", "five     blanks", 132012},
                                               {value + "/text", "four    blanks", 0}}) {
    CAPTURE(pointer);
    CAPTURE(planted.dump());
    CHECK(cloud_code(sandbox, with(pointer, planted, template_body())) == code);
  }
  REQUIRE(messages(sandbox).size() == 1);
  CHECK(messages(sandbox)[0]["template"]["name"] == "task_verified");
  CHECK(messages(sandbox)[0]["text"] == "");
}

TEST_CASE("the Cloud API tells the canonical number, a template's status, and closed windows") {
  const auto& sandbox = whatsapp_sandbox();
  set_sender(sandbox, "cloud",
             {{"wa_ids", {{"4915112345678", "49151"}}},
              {"message_status", "held_for_quality_assessment"},
              {"window", Json::array()}});
  CHECK(cloud_code(sandbox, with("/text/body", "free text")) == 131047);
  Letter letter = letter_to("cloud");
  letter.body = template_body().dump();
  const Json answer = json_of(send(sandbox, letter));
  CHECK(answer["messaging_product"] == "whatsapp");
  CHECK(answer["contacts"] == Json::array({{{"input", "+4915112345678"}, {"wa_id", "49151"}}}));
  CHECK(answer["messages"][0]["id"].get<std::string>().starts_with("wamid."));
  CHECK(answer["messages"][0]["id"].get<std::string>().size() > 64);
  CHECK(answer["messages"][0]["message_status"] == "held_for_quality_assessment");
  set_sender(sandbox, "cloud", {{"window", {"4915112345678"}}});
  CHECK(cloud_code(sandbox, with("/text/body", "free text")) == 0);
}

TEST_CASE("a planned Cloud API error has its code and details") {
  const auto& sandbox = whatsapp_sandbox();
  set_sender(sandbox, "cloud", {{"errors", {{{"code", 131049}, {"details", "ecosystem"}, {"contains", "message:7"}}}}});
  const auto answer = send(sandbox, letter_to("cloud"));
  CHECK(answer->status == 400);
  CHECK(json_of(answer)["error"]["code"] == 131049);
  CHECK(json_of(answer)["error"]["error_data"]["details"] == "ecosystem");
}

TEST_CASE("waapi answers in two shapes, and says success outside when its instance is not ready") {
  const auto& sandbox = whatsapp_sandbox();
  CHECK(json_of(send(sandbox, letter_to("waapi")))["data"]["_data"]["id"]["remote"] == "4915112345678@c.us");
  set_sender(sandbox, "waapi", {{"shape", "nested"}});
  const Json nested = json_of(send(sandbox, letter_to("waapi")));
  CHECK(nested["status"] == "success");
  CHECK(nested["data"]["status"] == "success");
  CHECK(nested["data"]["data"]["_data"]["id"]["_serialized"].is_string());
  for (const char* shape : {"flat", "nested"}) {
    CAPTURE(shape);
    set_sender(sandbox, "waapi", {{"shape", shape}, {"instance_status", "qr"}});
    const auto answer = send(sandbox, letter_to("waapi"));
    CHECK(answer->status == 200);
    CHECK(json_of(answer)["status"] == "success");
    CHECK(json_of(answer)["data"]["status"] == "error");
    CHECK(json_of(answer)["data"]["message"] == "instance not ready");
    CHECK(json_of(answer)["data"]["instanceStatus"] == "qr");
  }
  CHECK(messages(sandbox).size() == 2);
  Letter letter = letter_to("waapi");
  letter.body = R"({"chatId":"+4915112345678","message":"Hello"})";
  CHECK(send(sandbox, letter)->status == 422);
}

TEST_CASE("the gateway has one session for each tenant, and says when it is not connected or misses a field") {
  const auto& sandbox = whatsapp_sandbox();
  const Json second{{"kind", "gateway"}, {"token", "gateway-key"}, {"session", "bolt"}};
  control(sandbox, "PATCH", "state", {{"whatsapp", {{"second", second}}}});
  Letter letter = letter_to("gateway");
  letter.headers = {{"X-API-Key", "gateway-key"}, {"X-Session-Id", "bolt"}};
  CHECK(send(sandbox, letter)->status == 200);
  CHECK(messages(sandbox)[0]["account"] == "second");
  set_sender(sandbox, "second", {{"connected", false}});
  CHECK(send(sandbox, letter)->status == 503);
  letter.body = R"({"number":"4915112345678"})";
  CHECK(send(sandbox, letter)->status == 400);
}

TEST_CASE("bearer and generic senders answer what they are told, and the message is stored all the same") {
  const auto& sandbox = whatsapp_sandbox();
  set_sender(sandbox, "bearer", {{"answer", {{"body", {{"status", false}, {"msg", "no"}}}}}});
  const auto lying = send(sandbox, letter_to("bearer"));
  CHECK(lying->status == 200);
  CHECK(json_of(lying)["status"] == false);
  set_sender(sandbox, "generic", {{"answer", {{"status", 202}, {"body", "queued"}, {"type", "text/plain"}}}});
  const auto plain = send(sandbox, letter_to("generic"));
  CHECK(plain->status == 202);
  CHECK(plain->body == "queued");
  CHECK(plain->get_header_value("Content-Type") == "text/plain");
  CHECK(messages(sandbox).size() == 2);
  Letter letter = letter_to("bearer");
  letter.body = R"({"number":"4915112345678","message":"Hello"})";
  CHECK(send(sandbox, letter)->status == 400);
}

TEST_CASE("a generic sender finds recipient, text and key where it is told") {
  const auto& sandbox = whatsapp_sandbox();
  set_sender(sandbox, "generic", {{"fields", {{"to", "/a/to"}, {"text", "/a/words/0"}, {"key", "/ref"}}}});
  Letter letter = letter_to("generic");
  letter.headers = {{"D360-API-KEY", "generic-key"}};
  letter.type = "application/json";
  letter.body = R"({"a":{"to":"4915112345678@c.us","words":["Hi"]},"ref":12})";
  CHECK(send(sandbox, letter)->status == 200);
  const Json stored = messages(sandbox)[0];
  CHECK(stored["to"] == "4915112345678");
  CHECK(stored["text"] == "Hi");
  CHECK(stored["key"] == "12");
}

TEST_CASE("Twilio refuses forms with its own codes and stores content templates") {
  const auto& sandbox = whatsapp_sandbox();
  const std::string from = "From=whatsapp%3A%2B15550001";
  const std::string ends = from + "&To=whatsapp%3A%2B4915112345678";
  for (const auto& [form, code] : {std::pair{from + "&Body=x", "21604"},
                                   {from + "&To=%2B4915112345678&Body=x", "21211"},
                                   {"To=whatsapp%3A%2B4915112345678&Body=x", "21603"},
                                   {"From=whatsapp%3A%2B19&To=whatsapp%3A%2B4915112345678&Body=x", "63007"},
                                   {ends, "21602"},
                                   {ends + "&Body=x&ContentVariables=%7B%7D", "21654"},
                                   {ends + "&ContentSid=HX1&ContentVariables=no", "92005"},
                                   {ends + "&ContentSid=HX1&ContentVariables=%7B%221%22%3A%22Ana%22%7D", "\"none\""}}) {
    CAPTURE(form);
    CHECK(twilio_code(sandbox, form) == code);
  }
  const Json stored = messages(sandbox);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0]["template"] == Json{{"ContentSid", "HX1"}, {"ContentVariables", R"({"1":"Ana"})"}});
}
