// The known state: one portal, one site with a user of each role, one feed, one account with each AI provider.
#include "fixture.hpp"

#include <csignal>

namespace milkrun::sandbox::test {

Json fixture_state() {
  Json users;
  for (const char* role : {"subscriber", "contributor", "author", "editor", "administrator"})
    users[role] = {{"password", role}, {"role", role}, {"email", std::string(role) + "@example.test"}};
  const Json tenant{{"tenant_id", 6}, {"site_url", "{{http}}/site/asha"}, {"plan", "basic"}, {"wp_username", "editor"}};
  const Json item{{"guid", "g1"},
                  {"title", "Fish & Chips"},
                  {"link", "https://news.example/1"},
                  {"description", "<p>Hot</p>"},
                  {"date", "2026-11-20T10:00:00Z"}};
  Json state;
  state["portals"]["p1"] = {{"token", "portal-token"}, {"api_key", "portal-key"}, {"tenants", {tenant}}};
  state["sites"]["asha"] = {{"users", users}};
  state["feeds"]["asha"] = {{"items", {item}}};
  for (const char* name : {"openai", "anthropic", "gemini", "ollama"}) state["ai"][name] = {{"key", "ai-key"}};
  return state;
}

SandboxProcess& fresh_sandbox() {
  std::signal(SIGPIPE, SIG_IGN); // httplib's TLS client writes into closed connections without caring
  static SandboxProcess sandbox;
  sandbox.control("PUT", "state", fixture_state().dump());
  sandbox.control("DELETE", "journal");
  return sandbox;
}

httplib::Client client(const SandboxProcess& sandbox, const std::string& as) {
  httplib::Client http("127.0.0.1", sandbox.http_port());
  http.set_keep_alive(true);
  http.set_tcp_nodelay(true);
  http.set_read_timeout(30, 0);
  if (!as.empty()) http.set_basic_auth(as, as);
  return http;
}

Json json_of(const httplib::Result& result) {
  return result ? Json::parse(result->body, nullptr, false) : Json("no answer");
}

httplib::Result post(httplib::Client& http, const std::string& path, const Json& body,
                     const httplib::Headers& headers) {
  return http.Post(path, headers, body.dump(), "application/json");
}

Json control(const SandboxProcess& sandbox, const std::string& method, const std::string& what, const Json& body) {
  return Json::parse(sandbox.control(method, what, body.is_null() ? "" : body.dump()));
}

} // namespace milkrun::sandbox::test
