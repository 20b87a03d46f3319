// Campaigns, tasks and the services of social work in an import document.
#include "cli/import/test_world.hpp"

#include <fmt/format.h>

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::Mistake;
using test_import::problems_of;

namespace {

std::string pizza(const std::string& fields) { return R"({"tenants":[{"slug":"pizza",)" + fields + "}]}"; }
std::string summer(const std::string& fields) { return pizza(R"("campaigns":[{"slug":"summer",)" + fields + "}]"); }
std::string commenting(const std::string& fields) { return summer(R"("tasks":[{"slug":"comment",)" + fields + "}]"); }
std::string social_credential(const std::string& service, const std::string& fields) {
  return pizza(
      fmt::format(R"("credentials":[{{"service":"{}","base_url":"https://graph.example",{}}}])", service, fields));
}

constexpr auto whole_campaign = R"({"tenants": [{"slug": "pizza",
  "sender_interval": "2s", "messages_per_day": 100, "warmup_start": "2026-11-20", "contact_daily_cap": 3,
  "grants": ["ai", "facebook", "instagram", "whatsapp"],
  "credentials": [
    {"service": "facebook", "base_url": "https://graph.facebook.com", "account": "100", "secret": "PAGE-TOKEN",
     "app_secret": "APP-SECRET", "settings": {"version": "v25.0", "app_id": "77"}},
    {"service": "whatsapp", "base_url": "https://graph.facebook.com", "account": "200", "secret": "WA",
     "settings": {"adapter": "cloud"}}],
  "campaigns": [{"slug": "summer", "name": "Summer", "kind": "social", "status": "paused", "starts_at": "2026-11-01T00:00:00Z",
    "ends_at": "2026-12-01T00:00:00.250Z", "policy": "honor", "acknowledged_by": "Asha", "acknowledged_on": "2026-10-31",
    "probability": 0.5, "honor_cap": 2, "visit_time": "20s", "notifications": false,
    "zone": "Asia/Tokyo", "window": {"start": "22:00", "end": "06:30"}, "message_ttl": "2h",
    "message": "Hi {name|you}!\n{task} is done: {link}",
    "template": {"name": "won", "language": "de", "parameters": ["{name|you}", "{reward} spins"]},
    "link": "https://pizza.example/spin",
    "credentials": [{"service": "whatsapp", "base_url": "https://gate.example/send", "settings": {"adapter": "generic",
                     "body": {"to": "{{number}}", "text": "{{message}}"}}}],
    "tasks": [{"slug": "comment", "active": true, "platform": "instagram", "action": "comment", "object_id": "1789_1",
               "url": "https://instagram.example/p/1", "title": "Say hi", "reward_spins": 4, "patience": "3d",
               "credentials": [{"service": "instagram", "base_url": "https://graph.instagram.com", "secret": "IG"}]}]},
    {"slug": "winter", "starts_at": null, "ends_at": null, "template": null}]}]})";

} // namespace

TEST_CASE("every field of a campaign and of its tasks is taken over") {
  const auto d = read_document(whole_campaign, {});
  REQUIRE(d);
  const TenantEntry& t = d->tenants.at(0);
  CHECK(t.sender_interval == Millis(2000));
  CHECK(t.messages_per_day.value == 100);
  CHECK(t.warmup_start.value == "2026-11-20");
  CHECK(t.contact_daily_cap.value == 3);
  CHECK(t.grants->size() == 4);
  CHECK(t.credentials.at(0).secret.reveal() == "PAGE-TOKEN\nAPP-SECRET");
  CHECK(t.credentials.at(1).secret.reveal() == "WA");
  const CampaignEntry& c = t.campaigns.at(0);
  CHECK(c.name == "Summer");
  CHECK(c.kind == "social");
  CHECK(c.status == "paused");
  CHECK(c.starts_at.value == from_ms(1'793'491'200'000));
  CHECK(c.ends_at.value == from_ms(1'796'083'200'250));
  CHECK(c.policy == "honor");
  CHECK(c.acknowledged_by == "Asha");
  CHECK(c.acknowledged_on == "2026-10-31");
  CHECK(c.probability == 0.5);
  CHECK(c.honor_cap == 2);
  CHECK(c.visit_time == Millis(20'000));
  CHECK(c.notifications == false);
  CHECK(c.zone == "Asia/Tokyo");
  CHECK(c.window_start == "22:00");
  CHECK(c.window_end == "06:30");
  CHECK(c.message_ttl == Millis(7'200'000));
  CHECK(c.message == "Hi {name|you}!\n{task} is done: {link}");
  CHECK(c.message_template.value->name == "won");
  CHECK(c.message_template.value->language == "de");
  CHECK(c.message_template.value->parameters == std::vector<std::string>{"{name|you}", "{reward} spins"});
  CHECK(c.link == "https://pizza.example/spin");
  CHECK(c.credentials.at(0).service == "whatsapp");
  const TaskEntry& k = c.tasks.at(0);
  CHECK(k.active == true);
  CHECK(k.platform == "INSTAGRAM");
  CHECK(k.action == "COMMENT");
  CHECK(k.object_id == "1789_1");
  CHECK(k.url == "https://instagram.example/p/1");
  CHECK(k.title == "Say hi");
  CHECK(k.reward_spins == 4);
  CHECK(k.patience == Millis(3 * 86'400'000));
  CHECK(k.credentials.at(0).service == "instagram");
  const CampaignEntry& other = t.campaigns.at(1);
  CHECK(!other.kind);
  CHECK(other.starts_at.given);
  CHECK(!other.starts_at.value);
  CHECK(other.message_template.given);
  CHECK(!other.message_template.value);
}

TEST_CASE("null takes a tenant's cap away, zero switches its pace off") {
  const auto d = read_document(
      pizza(R"("messages_per_day":null,"warmup_start":null,"contact_daily_cap":null,"sender_interval":"0")"), {});
  REQUIRE(d);
  const TenantEntry& t = d->tenants.at(0);
  CHECK(t.messages_per_day.given);
  CHECK(!t.messages_per_day.value);
  CHECK(t.warmup_start.given);
  CHECK(t.contact_daily_cap.given);
  CHECK(t.sender_interval == Millis(0));
}

TEST_CASE("each mistake of a campaign is found with its place and its mend") {
  const std::string at = "tenants[0].campaigns[0]", task = at + ".tasks[0]";
  const Mistake table[] = {
      {pizza(R"("sender_interval":"-1s")"), "tenants[0].sender_interval", "duration"},
      {pizza(R"("messages_per_day":1.5)"), "tenants[0].messages_per_day", "whole number from 0"},
      {pizza(R"("contact_daily_cap":0)"), "tenants[0].contact_daily_cap", "whole number from 1"},
      {pizza(R"("warmup_start":"2026-02-30")"), "tenants[0].warmup_start", "a date such as"},
      {pizza(R"("campaigns":[{"slug":"a"},{"slug":"a"}])"), "tenants[0].campaigns[1].slug", "given already"},
      {pizza(R"("campaigns":[{"name":"x"}])"), at + ".slug", "1 to 63 of a-z"},
      {summer(R"("sort":"social")"), at + ".sort", "not a field of this object; it has slug, name, kind, status"},
      {summer(R"("kind":"email")"), at + ".kind", "is \"email\"; it must be one of social"},
      {summer(R"("kind":"SOCIAL")"), at + ".kind", "is \"SOCIAL\"; it must be one of social"},
      {summer(R"("kind":"")"), at + ".kind", "must be one of social"},
      {summer(R"("kind":null)"), at + ".kind", "must be a text"},
      {summer(R"("status":"live")"), at + ".status", "must be one of draft, running, paused, ended"},
      {summer(R"("starts_at":"2026-11-21 12:00")"), at + ".starts_at", "a time in UTC such as"},
      {summer(R"("ends_at":"2026-11-21T25:00:00Z")"), at + ".ends_at", "is \"2026-11-21T25:00:00Z\""},
      {summer(R"("ends_at":1795262400)"), at + ".ends_at", "must be a text"},
      {summer(R"("policy":"random")"), at + ".policy",
       "must be one of meta, platform, followers, counters, statistical, honor, manual"},
      {summer(R"("acknowledged_on":"soon")"), at + ".acknowledged_on", "a date such as"},
      {summer(R"("probability":1.1)"), at + ".probability", "a number from 0 to 1"},
      {summer(R"("probability":"0.5")"), at + ".probability", "a number from 0 to 1"},
      {summer(R"("honor_cap":0)"), at + ".honor_cap", "from 1 to 1000"},
      {summer(R"("visit_time":10)"), at + ".visit_time", "must be a text"},
      {summer(R"("notifications":1)"), at + ".notifications", "true or false"},
      {summer(R"("zone":"Tokyo")"), at + ".zone", "use an IANA name"},
      {summer(R"("window":"09:00-21:00")"), at + ".window", "must be an object"},
      {summer(R"("window":{"start":"9:00","end":"21:00"})"), at + ".window.start", "is \"9:00\""},
      {summer(R"("window":{"start":"09:00","end":"24:00"})"), at + ".window.end", "\"00:00\" to \"23:59\""},
      {summer(R"("window":{"start":"09:00"})"), at + ".window.end", "give both ends"},
      {summer(R"("window":{"start":"09:00","end":"21:00","zone":"UTC"})"), at + ".window.zone", "not a field"},
      {summer(R"("message_ttl":"30s")"), at + ".message_ttl", "duration"},
      {summer(R"("message":"Hi {nam}")"), at + ".message", "uses {nam}; there are {name}"},
      {summer(R"("message":"Hi {name")"), at + ".message", "a { without }"},
      {summer(R"("message":"a\tb")"), at + ".message", "only control character"},
      {summer(R"("template":{"language":"de"})"), at + ".template.name", "is missing"},
      {summer(R"("template":{"name":"won","parameters":["{name}","{nam}"]})"), at + ".template.parameters[1]",
       "uses {nam}"},
      {summer(R"("template":{"name":"won","parameters":["a\nb"]})"), at + ".template.parameters[0]", "one line"},
      {summer(R"("template":{"name":"won","parameters":[""]})"), at + ".template.parameters", "1 to 1024 bytes"},
      {summer(R"("template":"won")"), at + ".template", "must be an object"},
      {summer(R"("link":"pizza.example")"), at + ".link", "absolute URL"},
      {summer(R"("tasks":[{"slug":"a"},{"slug":"a"}])"), at + ".tasks[1].slug", "given already"},
      {commenting(R"("platform":"face book")"), task + ".platform", "is \"FACE BOOK\""},
      {commenting(R"("action":"")"), task + ".action", "must be a word"},
      {commenting(R"("object_id":"https://instagram.example/p/1")"), task + ".object_id", "not its URL"},
      {commenting(R"("url":"/p/1")"), task + ".url", "absolute URL"},
      {commenting(R"("title":"")"), task + ".title", "is empty"},
      {commenting(R"("reward_spins":-1)"), task + ".reward_spins", "whole number from 0"},
      {commenting(R"("patience":"1s")"), task + ".patience", "duration"},
  };
  for (const auto& row : table) check_mistake(problems_of(row.text), row);
}

TEST_CASE("each mistake of a social credential or grant is found with its place and its mend") {
  const std::string at = "tenants[0].credentials[0]";
  const std::string whatsapp =
      R"({"service":"whatsapp","base_url":"https://x.example","secret":"s","settings":{"adapter":"bearer"}})";
  const Mistake table[] = {
      {social_credential("facebook", R"("secret":"a\nb")"), at + ".secret", "one line"},
      {social_credential("instagram", R"("secret":"a","app_secret":"b\nc")"), at + ".app_secret", "one line"},
      {social_credential("instagram", R"("secret":"a","app_secret":"")"), at + ".app_secret", "leave it out"},
      {social_credential("facebook", R"("app_secret":"b")"), at + ".secret", "give an access token"},
      {social_credential("facebook", R"("secret":"a","settings":{"version":"25"})"), at + ".settings", "version"},
      {social_credential("whatsapp", R"("secret":"a")"), at + ".settings", "adapter"},
      {social_credential("whatsapp", R"("secret":"","settings":{"adapter":"cloud"})"), at + ".secret", "is missing"},
      {social_credential("whatsapp", R"("secret":"a","app_secret":"b","settings":{"adapter":"cloud"})"),
       at + ".app_secret", "only facebook and instagram"},
      {summer(R"("credentials":[{"service":"wordpress","base_url":"https://x.example"}])"),
       "tenants[0].campaigns[0].credentials[0].service", "must be one of facebook, instagram, whatsapp"},
      {commenting("\"credentials\":[" + whatsapp + "]"), "tenants[0].campaigns[0].tasks[0].credentials[0].service",
       "must be one of facebook, instagram"},
      {summer("\"credentials\":[" + whatsapp + "," + whatsapp + "]"), "tenants[0].campaigns[0].credentials[1].service",
       "given already"},
      {pizza(R"("grants":["facebook","smtp"])"), "tenants[0].grants", "names \"smtp\""},
  };
  for (const auto& row : table) check_mistake(problems_of(row.text), row);
  CHECK(problems_of("{\"platform\":{\"credentials\":[" + whatsapp + "]}}").empty());
  CHECK(problems_of(R"({"portals":[{"slug":"p","grants":["instagram","whatsapp"]}]})").empty());
}

TEST_CASE(
    "the client secret of a mail account that signs in by tokens stands beside the refresh token, and nowhere else") {
  const auto mail = [](const std::string& fields, const char* auth) {
    return R"({"tenants":[{"slug":"gym","credentials":[{"service":"email","base_url":"smtp://m.example:587","account":"u",)" +
           fields + R"(,"settings":{"from":"a@m.example","auth":")" + auth + "\"" +
           (auth == std::string("xoauth2") ? R"(,"client_id":"app","token_url":"https://oauth2.googleapis.com/token")"
                                           : "") +
           "}}]}]}";
  };
  const auto document = read_document(mail(R"("secret":"REFRESH","client_secret":"CLIENT")", "xoauth2"), {});
  REQUIRE(document);
  CHECK(document->tenants.at(0).credentials.at(0).secret.reveal() == "REFRESH\nCLIENT");
  CHECK(problems_of(mail(R"("secret":"REFRESH")", "xoauth2")).empty());
  std::string elsewhere = mail(R"("secret":"REFRESH")", "xoauth2");
  elsewhere.replace(elsewhere.find("oauth2.googleapis.com"), 21, "evil.example");
  check_mistake(problems_of(elsewhere),
                {elsewhere, "tenants[0].credentials[0].settings", "its host must be m.example's own"});
  // In the clear it goes nowhere, its own server included, unless the operator has opened that.
  std::string plain = mail(R"("secret":"REFRESH")", "xoauth2");
  plain.replace(plain.find("https://oauth2.googleapis.com"), 29, "http://127.0.0.1");
  plain.replace(plain.find("m.example"), 9, "127.0.0.1");
  check_mistake(problems_of(plain), {plain, "tenants[0].credentials[0].settings",
                                     "token_url is \"http://127.0.0.1/token\": plain http; use https, or open"});
  const auto opened = [&](const char* cidr, const char* tenant, const char* service) {
    const std::vector<http::AllowEntry> allow{*http::parse_allow(cidr, tenant, service)};
    return read_document(plain, allow).has_value();
  };
  CHECK(opened("127.0.0.0/8", "gym", "email"));
  CHECK_FALSE(opened("127.0.0.0/8", "other", "email"));
  CHECK_FALSE(opened("10.0.0.0/8", "gym", "email"));
  CHECK_FALSE(opened("127.0.0.0/8", "gym", "wordpress"));
  const std::string at = "tenants[0].credentials[0]";
  const Mistake table[] = {
      {mail(R"("secret":"P","client_secret":"CLIENT")", "plain"), at + ".client_secret",
       "only email with auth = xoauth2"},
      {mail(R"("client_secret":"CLIENT")", "xoauth2"), at + ".secret", "is missing"},
      {mail(R"("secret":"R","client_secret":"a\nb")", "xoauth2"), at + ".client_secret", "one line"},
  };
  for (const auto& row : table) check_mistake(problems_of(row.text), row);
}

TEST_CASE("no message about a social credential shows its secret") {
  for (const Problem& p : problems_of(social_credential(
           "facebook", R"("secret":"CANARY-1\nCANARY-2","app_secret":["CANARY-3"],"settings":{"x":1})")))
    CHECK((p.where + p.what).find("CANARY") == std::string::npos);
}
