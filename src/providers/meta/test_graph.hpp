// What the tests of this folder share: a credential of each platform and the Graph API's answers.
#pragma once

#include "providers/meta/meta.hpp"
#include "tests/support/fakes.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace milkrun::meta::test_graph {

using Json = nlohmann::json;

inline const std::string token = "EAAtoken0123456789abcdef";
inline const std::string app_secret = "app-secret-5e1f00";
// HMAC-SHA256 of the token under the app secret.
inline const std::string proof = "c6cb9435f9d59c801bb7e072f1ffb548726fe9c74583ec113c45fc0c5847af3d";

inline Credential credential(std::string service, std::string base_url, std::string account) {
  Credential c;
  c.id = {"c1"};
  c.service = std::move(service);
  c.tenant = "asha";
  c.base_url = base_url;
  c.host = http::host_of(base_url);
  c.account = std::move(account);
  c.secret = Secret(token);
  c.settings = "{}";
  return c;
}

inline Credential facebook() { return credential("facebook", "https://graph.facebook.com", "1111"); }
inline Credential instagram() { return credential("instagram", "https://graph.instagram.com", "17841"); }

inline Client client(test::FakeHttp& http, const Credential& c = facebook()) {
  return Client(http, c, std::chrono::seconds(20));
}

inline std::string error_body(int code, int subcode = 0, std::string message = "said", bool passes = false) {
  Json error = {{"message", std::move(message)}, {"type", "OAuthException"}, {"code", code}, {"fbtrace_id", "AbC123"}};
  if (subcode != 0) error["error_subcode"] = subcode;
  if (passes) error["is_transient"] = true;
  return Json{{"error", error}}.dump();
}

// A comment as Facebook writes it, `minute` minutes after 10:00 on 2026-11-20.
inline Json fb_comment(const std::string& id, int minute, const std::string& text = "hi") {
  const std::string mm = (minute < 10 ? "0" : "") + std::to_string(minute);
  return {{"id", id},
          {"message", text},
          {"created_time", "2026-11-20T10:" + mm + ":00+0000"},
          {"from", {{"id", "9" + id}, {"name", "Ana " + id}}},
          {"is_hidden", false}};
}

inline Json ig_comment(const std::string& id, int minute, const std::string& handle = "bob") {
  const std::string mm = (minute < 10 ? "0" : "") + std::to_string(minute);
  return {{"id", id},
          {"text", "SPIN-7Q4K yes!"},
          {"username", handle},
          {"from", {{"id", "77" + id}, {"username", handle}}},
          {"timestamp", "2026-11-20T10:" + mm + ":00+0000"},
          {"hidden", false}};
}

// 2026-11-20 10:00 UTC and so many minutes.
inline Time ten_past(int minutes) { return from_ms(1'795'168'800'000) + std::chrono::minutes(minutes); }

inline Json page(std::vector<Json> rows, const std::string& after = "", bool next = false) {
  Json out = {{"data", rows}};
  if (!after.empty()) out["paging"]["cursors"] = {{"before", "b"}, {"after", after}};
  if (next) out["paging"]["next"] = "https://evil.example/v25.0/x?access_token=stolen&after=" + after;
  return out;
}

inline std::vector<std::string> ids_of(const Comments& comments) {
  std::vector<std::string> ids;
  for (const Comment& c : comments.items) ids.push_back(c.id);
  return ids;
}

// Everything of a request that could end up in a log.
inline std::string open_text(const http::Request& request) {
  std::string all = request.url + request.body;
  for (const auto& header : request.headers) all += header.name + ": " + header.value + "\n";
  return all;
}

} // namespace milkrun::meta::test_graph
