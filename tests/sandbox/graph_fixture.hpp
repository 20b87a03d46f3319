// Two accounts with the played Graph API that share an app but no object, and how to ask it.
#pragma once

#include "fixture.hpp"

namespace milkrun::sandbox::test {

// asha: Page 100 with post 100_1 (Facebook) and media 178 (Instagram); bolt: Page 200 with post 200_1.
inline Json graph_state() {
  const auto comment = [](const char* id, const char* text, const char* time) {
    return Json{{"id", id}, {"text", text}, {"time", time}, {"username", "bob"}, {"from", "900"}};
  };
  Json reply = comment("c4", "a reply", "2026-11-20T12:00:00Z");
  reply["parent"] = "c2";
  const Json comments = {comment("c1", "oldest", "2026-11-20T09:00:00Z"),
                         comment("c3", "newest", "2026-11-20T11:00:00Z"),
                         comment("c2", "SPIN-1", "2026-11-20T10:11:12Z"), reply};
  Json asha{{"token", "asha-token"}, {"id", "100"}, {"app_id", "app"}, {"counters", {{"followers_count", 7}}}};
  asha["objects"]["178"] = {{"platform", "instagram"}, {"comments", comments}, {"likes", 5}};
  asha["objects"]["100_1"] = {{"comments", comments}, {"likes", 5}, {"shares", 3}};
  asha["people"]["900"] = {{"username", "bob"}, {"follows", true}};
  asha["people"]["901"] = {{"consent", false}};
  asha["people"]["902"] = {{"username", "eve"}};
  Json bolt{{"token", "bolt-token"}, {"id", "200"}, {"app_id", "app"}};
  bolt["objects"]["200_1"] = {{"likes", 1}};
  return {{"graph", {{"asha", asha}, {"bolt", bolt}}}};
}

inline SandboxProcess& graph_sandbox() {
  SandboxProcess& sandbox = fresh_sandbox();
  control(sandbox, "PUT", "state", graph_state());
  return sandbox;
}

inline httplib::Result ask_graph(const SandboxProcess& sandbox, const std::string& path,
                                 const std::string& who = "asha") {
  return client(sandbox).Get("/v25.0/" + path, {{"Authorization", "Bearer " + who + "-token"}});
}

inline void set_account(const SandboxProcess& sandbox, const std::string& who, const Json& settings) {
  control(sandbox, "PATCH", "state", {{"graph", {{who, settings}}}});
}

// "190/463", or the subcode left out; "" for an answer without an error.
inline std::string code_of(const httplib::Result& result) {
  const Json body = json_of(result);
  if (!body.contains("error")) return "";
  const std::string code = body["error"]["code"].dump();
  return body["error"].contains("error_subcode") ? code + "/" + body["error"]["error_subcode"].dump() : code;
}

} // namespace milkrun::sandbox::test
