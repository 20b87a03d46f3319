// Three tenants a newcomer would understand: asha writes German, bolt and the others English.
#include "e2e/fixture.hpp"

#include "e2e/marked.hpp"

#include <ctime>
#include <fmt/format.h>

namespace milkrun::e2e {

Json feed_item(const std::string& guid, int day) {
  return {
      {"guid", guid},
      {"title", fmt::format("News {} – fünf 🍕", guid)},
      {"link", fmt::format("https://news.example/{}", guid)},
      {"description", fmt::format("<p>All about <b>{}</b>, with a long enough story to be worth a post.</p>", guid)},
      {"date", fmt::format("2026-11-{:02}T10:00:00Z", day)}};
}

Json sandbox_state(const std::vector<std::string>& names) {
  Json state{
      {"portals", {{"p1", {{"token", secret("token")}, {"api_key", secret("api-key")}, {"tenants", Json::array()}}}}},
      {"ai", {{"openai", {{"key", secret("ai-key")}}}}}};
  int id = 0;
  for (const std::string& name : names) {
    state["portals"]["p1"]["tenants"].push_back({{"tenant_id", ++id},
                                                 {"site_url", "{{http}}/site/" + name + "/"},
                                                 {"wp_username", name},
                                                 {"wp_app_password", app_password(name)},
                                                 {"rss_url", "{{http}}/feed/" + name},
                                                 {"language", name == "asha" ? "de" : "en"},
                                                 {"tone", "casual"},
                                                 {"publish_mode", "publish"},
                                                 {"frequency", "daily"},
                                                 {"plan", "basic"}});
    state["sites"][name]["users"][name] = {{"password", app_password(name)}, {"role", "editor"}};
    state["feeds"][name]["items"] = {feed_item(name + "-1")};
  }
  return state;
}

Json import_document(const std::string& base) {
  return {{"portals",
           {{{"slug", "p1"},
             {"base_url", base + "/portal/p1"},
             {"timezone", noon_zone()},
             {"grants", {"ai"}},
             {"token", secret("token")},
             {"api_key", secret("api-key")}}}},
          {"platform",
           {{"credentials",
             {{{"service", "ai"},
               {"base_url", base + "/ai/openai/v1"},
               {"secret", secret("ai-key")},
               {"settings", {{"adapter", "openai"}, {"model", "m1"}}}}}}}}};
}

Json own_tenant(const std::string& base, const std::string& name) {
  return {{"slug", name},
          {"name", name},
          {"timezone", noon_zone()},
          {"language", "en"},
          {"publish_mode", "publish"},
          {"writer", "passthrough"},
          {"credentials",
           {{{"service", "wordpress"},
             {"base_url", base + "/site/" + name + "/"},
             {"account", name},
             {"secret", app_password(name)}}}},
          {"feeds", {{{"url", base + "/feed/" + name}}}}};
}

std::vector<std::string> fixture_secrets(const std::vector<std::string>& names) {
  std::vector<std::string> out{secret("token"), secret("api-key"), secret("ai-key"), app_password("wrong")};
  for (const std::string& name : names) out.push_back(app_password(name));
  return out;
}

std::string noon_zone() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  const int ahead = 12 - utc.tm_hour; // hours east of Greenwich; the names of these zones count westward
  return ahead == 0 ? "Etc/GMT" : fmt::format("Etc/GMT{:+}", -ahead);
}

} // namespace milkrun::e2e
