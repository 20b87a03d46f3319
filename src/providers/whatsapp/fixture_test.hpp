// For tests: a credential of each kind, a message, and what a service's answer becomes.
#pragma once

#include "providers/whatsapp/whatsapp.hpp"
#include "tests/support/fakes.hpp"

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>

#include <doctest/doctest.h>

namespace milkrun::test {

using Json = nlohmann::json;

inline constexpr std::string_view canary = "canary-7f3a91-secret";
inline const std::string twilio_account = "AC00112233445566778899aabbccddeeff";

inline Credential whatsapp_credential(std::string adapter, std::string base_url, std::string account,
                                      const Json& more = Json::object()) {
  Json settings = {{"adapter", std::move(adapter)}};
  settings.update(more);
  Credential out;
  out.id = CredentialId{"c0"};
  out.service = "whatsapp";
  out.tenant = "asha";
  out.base_url = std::move(base_url);
  out.host = http::host_of(out.base_url);
  out.account = std::move(account);
  out.secret = Secret(std::string(canary));
  out.settings = settings.dump();
  return out;
}

inline Credential cloud(const Json& more = Json::object()) {
  return whatsapp_credential("cloud", "https://graph.facebook.com", "106540352242922", more);
}
inline Credential waapi(const Json& more = Json::object()) {
  return whatsapp_credential("waapi", "https://waapi.app", "15863", more);
}
inline Credential bearer(const Json& more = Json::object()) {
  return whatsapp_credential("bearer", "https://wa.example/send", "asha-shop", more);
}
inline Credential gateway(const Json& more = Json::object()) {
  return whatsapp_credential("gateway", "https://gw.example", "asha", more);
}
inline Credential twilio(const Json& more = Json::object()) {
  Json settings = {{"from", "+14155238886"}};
  settings.update(more);
  return whatsapp_credential("twilio", "https://api.twilio.com", twilio_account, settings);
}
// JSON body and a key in a header, unless `more` says otherwise.
inline Credential generic(const Json& more = Json::object()) {
  Json settings = {{"body", {{"to", "{{number}}"}, {"text", "{{message}}"}}},
                   {"auth", {{"header", "X-Api-Key"}, {"prefix", ""}}}};
  settings.update(more);
  return whatsapp_credential("generic", "https://any.example/send", "", settings);
}

// A text, and the window is open.
inline whatsapp::Message text_message(std::string text = "Hallo 🥛\n\"Ana\"") {
  return {.key = "completion:7", .to = "+491701234567", .text = std::move(text), .window_open = true};
}

inline whatsapp::Message template_message(std::vector<std::string> parameters = {"Ana", "5"}) {
  whatsapp::Message out{.key = "completion:7", .to = "+491701234567"};
  out.tmpl = whatsapp::Template{.name = "task_verified", .language = "en_US", .parameters = std::move(parameters)};
  return out;
}

inline whatsapp::Answer send_with(FakeHttp& http, const Credential& credential,
                                  const whatsapp::Message& message = text_message()) {
  return whatsapp::send(http, credential, message, std::chrono::seconds(30));
}

inline whatsapp::Answer answer_to(const Credential& credential, int status, std::string body,
                                  std::vector<http::Header> headers = {}) {
  FakeHttp http;
  http.answer(status, std::move(body), std::move(headers));
  return send_with(http, credential);
}

// "setting | whatsapp: no key", "taken | ID | RECIPIENT | STATUS"
inline std::string told(const whatsapp::Answer& answer) {
  constexpr const char* faults[] = {"outage",    "setting",   "rate_limited", "transient",
                                    "permanent", "uncertain", "aborted"};
  if (answer.receipt)
    return "taken | " + answer.receipt->id + " | " + answer.receipt->recipient + " | " + answer.receipt->status;
  return std::string(faults[static_cast<int>(answer.receipt.error().fault)]) + " | " +
         answer.receipt.error().reason.text();
}

// "sender 106540352242922 3600" for each park of the error, in seconds.
inline std::string parks_of(const whatsapp::Answer& answer) {
  constexpr const char* scopes[] = {"tenant", "credential", "app",    "page",    "account",
                                    "sender", "host",       "portal", "template"};
  std::string out;
  if (answer.receipt) return out;
  for (const Park& park : answer.receipt.error().parks)
    out += std::string(out.empty() ? "" : ", ") + scopes[static_cast<int>(park.scope)] +
           (park.id.empty() ? "" : " " + park.id) + " " + std::to_string(park.rest.count() / 1000);
  return out;
}

inline std::int64_t wait_of(const whatsapp::Answer& answer) { // seconds; -1: none
  if (answer.receipt || !answer.receipt.error().retry_after) return -1;
  return answer.receipt.error().retry_after->count() / 1000;
}

} // namespace milkrun::test
