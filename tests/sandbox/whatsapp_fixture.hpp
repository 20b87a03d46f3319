// One account with each kind of WhatsApp sender, a message that each accepts, and what came of it.
#pragma once

#include "fixture.hpp"

namespace milkrun::sandbox::test {

// A well-formed request to one kind of sender.
struct Letter {
  std::string kind; // and the account's name
  std::string path;
  httplib::Headers headers;
  std::string body;
  std::string type = "application/json";
  int status = 200;
  Json::json_pointer id{};
};

inline Json whatsapp_state() {
  return {{"whatsapp",
           {{"cloud", {{"token", "cloud-token"}, {"phone_id", "106"}}},
            {"waapi", {{"kind", "waapi"}, {"token", "waapi-token"}, {"instance", 15863}}},
            {"bearer", {{"kind", "bearer"}, {"token", "bearer-token"}, {"path", "/old/send"}}},
            {"gateway", {{"kind", "gateway"}, {"token", "gateway-key"}, {"session", "asha"}}},
            {"generic", {{"kind", "generic"}, {"path", "/any/send"}, {"secret", "generic-key"}}},
            {"twilio", {{"kind", "twilio"}, {"sid", "AC1"}, {"token", "t"}, {"from", "whatsapp:+15550001"}}}}}};
}

inline std::vector<Letter> letters() {
  using Pointer = Json::json_pointer;
  const Json cloud{{"messaging_product", "whatsapp"},
                   {"recipient_type", "individual"},
                   {"to", "+4915112345678"},
                   {"type", "text"},
                   {"text", {{"body", "Hello"}, {"preview_url", false}}},
                   {"biz_opaque_callback_data", "message:7"}};
  return {{.kind = "cloud",
           .path = "/v25.0/106/messages",
           .headers = {{"Authorization", "Bearer cloud-token"}},
           .body = cloud.dump(),
           .id = Pointer("/messages/0/id")},
          {.kind = "waapi",
           .path = "/api/v1/instances/15863/client/action/send-message",
           .headers = {{"Authorization", "Bearer waapi-token"}},
           .body = R"({"chatId":"4915112345678@c.us","message":"Hello"})",
           .id = Pointer("/data/_data/id/_serialized")},
          {.kind = "bearer",
           .path = "/old/send",
           .headers = {{"Authorization", "Bearer bearer-token"}},
           .body = R"({"number":"4915112345678","message":"Hello","sender":"default"})",
           .id = Pointer("/id")},
          {.kind = "gateway",
           .path = "/messages/send",
           .headers = {{"X-API-Key", "gateway-key"}, {"X-Session-Id", "asha"}},
           .body = R"({"to":"4915112345678","message":"Hello"})",
           .id = Pointer("/data/messageId")},
          {.kind = "generic",
           .path = "/any/send",
           .headers = {},
           .body = "api_key=generic-key&number=%2B4915112345678&message=Hello",
           .type = "application/x-www-form-urlencoded",
           .id = Pointer("/id")},
          {.kind = "twilio",
           .path = "/2010-04-01/Accounts/AC1/Messages.json",
           .headers = {{"Authorization", "Basic QUMxOnQ="}},
           .body = "From=whatsapp%3A%2B15550001&To=whatsapp%3A%2B4915112345678&Body=Hello",
           .type = "application/x-www-form-urlencoded",
           .status = 201,
           .id = Pointer("/sid")}};
}

inline Letter letter_to(const std::string& kind) {
  for (const Letter& letter : letters())
    if (letter.kind == kind) return letter;
  return {};
}

inline SandboxProcess& whatsapp_sandbox() {
  SandboxProcess& sandbox = fresh_sandbox();
  control(sandbox, "PUT", "state", whatsapp_state());
  return sandbox;
}

inline httplib::Result send(const SandboxProcess& sandbox, const Letter& letter) {
  auto http = client(sandbox);
  http.set_read_timeout(2, 0);
  return http.Post(letter.path, letter.headers, letter.body, letter.type);
}

inline Json messages(const SandboxProcess& sandbox) { return control(sandbox, "GET", "effects")["messages"]; }

inline void set_sender(const SandboxProcess& sandbox, const std::string& who, const Json& settings) {
  control(sandbox, "PATCH", "state", {{"whatsapp", {{who, settings}}}});
}

} // namespace milkrun::sandbox::test
