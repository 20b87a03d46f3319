// Tenants, campaigns and people of the verify-social stories.
#include "e2e/social.hpp"

#include "e2e/marked.hpp"

#include <ctime>
#include <fmt/format.h>

namespace milkrun::e2e {
namespace {

Json credential(const std::string& service, const std::string& base, const std::string& account,
                const std::string& name, Json settings = Json::object()) {
  return {{"service", service},
          {"base_url", base},
          {"account", account},
          {"secret", secret(name)},
          {"settings", std::move(settings)}};
}

Json campaign_with(const std::string& slug, const std::string& task, const std::string& platform,
                   const std::string& object) {
  return {{"slug", slug},
          {"name", slug},
          {"tasks",
           {{{"slug", task},
             {"platform", platform},
             {"action", "COMMENT"},
             {"object_id", object},
             {"title", "Comment on " + slug},
             {"reward_spins", 2}}}}};
}

Json shop(const std::string& slug, Json campaigns, Json credentials) {
  return {{"slug", slug},
          {"name", slug},
          {"timezone", noon_zone()},
          {"language", slug == "pizza" ? "de" : "en"},
          {"campaigns", std::move(campaigns)},
          {"credentials", std::move(credentials)},
          {"contacts", Json::array()},
          {"completions", Json::array()}};
}

Json graph(const std::string& name, const std::string& id, const std::string& platform,
           const std::vector<std::string>& objects) {
  Json out{{"token", secret(name + "-token")}, {"id", id}, {"app_id", "1"}};
  for (const std::string& object : objects)
    out["objects"][object] = {{"platform", platform}, {"comments", Json::array()}};
  return out;
}

} // namespace

std::string minutes_ago(int minutes) {
  const std::time_t then = std::time(nullptr) - 60L * minutes;
  std::tm utc{};
  gmtime_r(&then, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

Social::Social() : Scene(nobody) {
  state = {{"graph",
            {{"pizza", graph("pizza", "100", "instagram", {"178", "179"})},
             {"gym", graph("gym", "200", "facebook", {"200_1"})},
             {"books", graph("books", "300", "instagram", {"301"})}}},
           {"whatsapp",
            {{"pizza", {{"kind", "cloud"}, {"token", secret("pizza-wa")}, {"phone_id", "106"}, {"app_id", "1"}}},
             {"gym", {{"kind", "gateway"}, {"token", secret("gym-wa")}, {"session", "gym"}}}}}};
  const auto settings = [](const char* adapter) { return Json{{"adapter", adapter}}; };
  const Json app{{"app_id", "1"}};
  document = {
      {"tenants",
       {shop("pizza",
             {campaign_with("launch", "a", "INSTAGRAM", "178"), campaign_with("loyalty", "c", "INSTAGRAM", "179")},
             {credential("instagram", base(), "100", "pizza-token", app),
              credential("whatsapp", base(), "106", "pizza-wa", settings("cloud"))}),
        shop("gym", {campaign_with("fit", "b", "FACEBOOK", "200_1")},
             {credential("facebook", base(), "200", "gym-token", app),
              credential("whatsapp", base(), "gym", "gym-wa", settings("gateway"))}),
        shop("books", {campaign_with("read", "d", "INSTAGRAM", "301")},
             {credential("instagram", base(), "300", "books-token", app)})}}};
  for (const char* slug : {"launch", "loyalty"})
    campaign("pizza", slug)["template"] = {
        {"name", "task_verified"}, {"language", "de"}, {"parameters", {"{name|du}", "{task}", "{reward}"}}};
}

Json& Social::tenant(const std::string& slug) {
  for (Json& one : document["tenants"])
    if (one["slug"] == slug) return one;
  throw std::logic_error("no tenant " + slug);
}

Json& Social::campaign(const std::string& owner, const std::string& slug) {
  for (Json& one : tenant(owner)["campaigns"])
    if (one["slug"] == slug) return one;
  throw std::logic_error("no campaign " + slug);
}

void Social::contact(const std::string& owner, const std::string& phone, const std::string& name) {
  tenant(owner)["contacts"].push_back(
      {{"phone", phone}, {"name", name}, {"consent", true}, {"instagram", name}, {"facebook", name}});
}

void Social::claim(const std::string& owner, const std::string& campaign_slug, const std::string& task,
                   const std::string& phone, const Json& more) {
  Json one{{"campaign", campaign_slug}, {"task", task}, {"contact", phone}, {"claimed_at", minutes_ago(10)}};
  one.update(more);
  tenant(owner)["completions"].push_back(std::move(one));
}

void Social::comment(const std::string& owner, const std::string& object, const std::string& id,
                     const std::string& name, const std::string& text, int ago) {
  state["graph"][owner]["objects"][object]["comments"].push_back({{"id", id},
                                                                  {"text", text},
                                                                  {"username", name},
                                                                  {"name", name},
                                                                  {"from", "9" + id.substr(1)},
                                                                  {"time", minutes_ago(ago)}});
}

void Social::everybody() {
  struct Person {
    const char *owner, *campaign, *task, *object, *phone, *name;
  };
  for (const Person& r : {Person{"pizza", "launch", "a", "178", "+4915100000001", "ana"},
                          Person{"pizza", "loyalty", "c", "179", "+4915100000002", "ben"},
                          Person{"gym", "fit", "b", "200_1", "+4915100000003", "cleo"},
                          Person{"books", "read", "d", "301", "+4915100000004", "dan"}}) {
    contact(r.owner, r.phone, r.name);
    claim(r.owner, r.campaign, r.task, r.phone, {{"code", std::string("CODE-") + r.task}});
    comment(r.owner, r.object, std::string("c") + (r.phone + 1), r.name, std::string("my code-") + r.task + " 🎉");
  }
}

std::string Social::claim_state(const std::string& task) const {
  return db()
      .query("SELECT c.state FROM task_completions c JOIN tasks k ON k.id = c.task_id WHERE k.slug = '" + task + "'")
      .at(0)
      .at("state");
}

Json Social::messages() const { return effects()["messages"]; }
void Social::no_doubles() const { CHECK(effects()["doubles"].empty()); }

} // namespace milkrun::e2e
