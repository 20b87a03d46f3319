// Servers that repeat what they were sent, wherever the product may store or show it.
#include "attack/world.hpp"
#include "e2e/marked.hpp"
#include "e2e/social.hpp"

#include <fmt/format.h>
#include <fstream>

using namespace milkrun::attack;
using milkrun::e2e::app_password;
using milkrun::e2e::Finished;
using milkrun::e2e::nobody;
using milkrun::e2e::Report;
using milkrun::e2e::secret;
using milkrun::e2e::secrets_in;

namespace {

std::string joined(std::string password) {
  std::erase(password, ' ');
  return password;
}

std::string hex(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) out += fmt::format("{:02X}", c);
  return out;
}

std::string percent(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) out += fmt::format("%{:02x}", c);
  return out;
}

std::string entities(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) out += c % 2 == 0 ? fmt::format("&#{};", c) : fmt::format("&#x{:x};", c);
  return out;
}

// Nothing is found; what is made is answered with this.
Hostile::Answer made(const std::string& answer, const std::string& headers) {
  return [answer, headers](Connection& c, const std::string& request) {
    if (request.starts_with("POST")) return c.answer(201, answer, headers);
    return c.answer(200, "[]", "Content-Type: application/json\r\n");
  };
}

// A site that signs everybody in and makes every post, and puts `told` wherever an answer has a text.
void echo_site(Hostile& hostile, const std::string& path, const std::string& told) {
  hostile
      .at(path + "/wp-json/wp/v2/users/me",
          say(Json{{"id", 2}, {"roles", {told}}, {"capabilities", {{"publish_posts", true}, {"edit_posts", true}}}}
                  .dump()))
      .at(path + "/wp-json/wp/v2/tags",
          made(Json{{"id", 5}, {"name", "one"}}.dump(), "Content-Type: application/json\r\n"))
      .at(path + "/wp-json/wp/v2/categories", say("[]"))
      .at(path + "/wp-json/wp/v2/posts",
          made(
              Json{{"id", 77}, {"link", "https://asha.example/?told=" + told}, {"status", told}, {"slug", told}}.dump(),
              "Content-Type: application/json\r\nX-Told: " + told + "\r\n"));
}

} // namespace

TEST_CASE(
    "a site's link, status and role, an AI's model and id, and their errors bring no secret into anything stored") {
  const std::string password = joined(app_password("asha")), key = secret("ai-key");
  Hostile hostile;
  // The last one is cut in the middle of the password, wherever a text of some hundred bytes is.
  const std::vector<std::string> forms{password,
                                       hex(password),
                                       percent(password),
                                       milkrun::e2e::basic("asha").substr(6),
                                       entities(password),
                                       std::string(192, 'x') + password,
                                       std::string(270, 'x') + password};
  for (std::size_t i = 0; i < forms.size(); ++i) {
    CAPTURE(forms[i]);
    echo_site(hostile, fmt::format("/s{}", i), forms[i]);
    hostile.at(fmt::format("/refuses{}", i), say(Json{{"code", forms[i]}, {"message", "you sent " + forms[i]}}.dump(),
                                                 "Content-Type: application/json\r\n", 400));
  }
  const Json draft = {{"title", "A title"},
                      {"excerpt", ""},
                      {"body_markdown", std::string(80, 'w') + " words of an article that is long enough."},
                      {"tags", {"one"}}};
  hostile
      .at("/ai/good", say(Json{{"model", "model of " + key},
                               {"id", key},
                               {"choices", {{{"message", {{"content", draft.dump()}}}, {"finish_reason", "stop"}}}}}
                              .dump(),
                          "Content-Type: application/json\r\nx-request-id: " + hex(key) + "\r\n"))
      .at("/ai/bad",
          say(Json{{"error",
                    {{"message", "no such key: " + hex(key) + " or " + percent(key) + " or " + entities(key)},
                     {"code", key}}}}
                  .dump(),
              "Content-Type: application/json\r\n", 401));
  Scene scene({"asha"});
  scene.document = {{"tenants", Json::array()}};
  Json& tenants = scene.document["tenants"];
  const auto add = [&](const std::string& slug, const std::string& site, const std::string& ai) {
    scene.state["feeds"][slug]["items"] = {milkrun::e2e::feed_item(slug)};
    Json one = publisher(scene, slug, hostile.url(site + "/"));
    one["credentials"][0]["account"] = "asha";
    one["credentials"][0]["secret"] = app_password("asha");
    if (!ai.empty()) {
      one["writer"] = "ai";
      one["credentials"].push_back({{"service", "ai"},
                                    {"base_url", hostile.url(ai)},
                                    {"secret", key},
                                    {"settings", {{"adapter", "openai"}, {"model", "m"}}}});
    }
    tenants.push_back(one);
  };
  for (std::size_t i = 0; i < forms.size(); ++i) {
    add(fmt::format("t{}", i), fmt::format("/s{}", i), i % 2 == 0 ? "/ai/good" : "");
    add(fmt::format("r{}", i), fmt::format("/refuses{}", i), i % 2 == 0 ? "/ai/bad" : "");
  }
  scene.open();
  const Report report = scene.run();
  CHECK(scene.db().number("SELECT count(*) FROM articles WHERE post_id = 77") == 7);
  CHECK(scene.db().number("SELECT count(*) FROM articles WHERE writer LIKE 'model of ***%'") == 4);
  for (const char* command : {"tenants", "feeds", "runs", "items"}) scene.milkrun({command, "list", "--json"});
  scene.milkrun({"runs", "show", report.json["run"]});
} // ~Scene looks for secrets in the database and in everything that was said

TEST_CASE("a tenant's password that is a word of ours hides that word from nobody") {
  Scene scene(nobody);
  scene.document = {{"tenants", {honest(scene, "asha"), honest(scene, "mallory")}}};
  scene.state["sites"]["mallory"]["users"]["mallory"]["password"] = "publish-post";
  scene.document["tenants"][1]["credentials"][0]["secret"] = "publish-post";
  scene.open();
  const Report report = scene.run();
  CHECK(scene.posts("asha") == 1);
  CHECK(report.finished.err.contains("stage=publish-post"));
  CHECK_FALSE(report.finished.err.contains("stage=\"***"));
  CHECK_FALSE(report.finished.err.contains("stage=***"));
}

TEST_CASE("a look-up after a lost answer stores no secret either") {
  const std::string password = joined(app_password("asha"));
  Hostile hostile;
  echo_site(hostile, "/s", password);
  int posts = 0;
  hostile.at("/s/wp-json/wp/v2/posts", [&](Connection& c, const std::string& request) {
    if (request.starts_with("POST")) {
      ++posts;
      c.reset();
      return false;
    }
    if (posts == 0) return c.answer(200, "[]", "Content-Type: application/json\r\n");
    const std::string slug = request.substr(
        request.find("slug=") + 5, request.find_first_of(",%&", request.find("slug=")) - request.find("slug=") - 5);
    return c.answer(
        200,
        Json::array({{{"id", 5}, {"link", "https://a.example/" + password}, {"status", hex(password)}, {"slug", slug}}})
            .dump(),
        "Content-Type: application/json\r\n");
  });
  Scene scene({"asha"});
  scene.document = {{"tenants", {publisher(scene, "asha", hostile.url("/s/"))}}};
  scene.open();
  scene.run();
  scene.all_due();
  scene.run();
  CHECK(posts == 1);
  CHECK(scene.db().number("SELECT count(*) FROM articles WHERE state = 'published' AND post_link LIKE '%***%'") == 1);
}

TEST_CASE("import complaints name fields, and never show the value of a secret, however it was put in") {
  Scene scene(nobody);
  scene.open();
  const std::string s = secret("ai-key");
  const Json wordpress = {{"service", "wordpress"}, {"base_url", "https://a.example/"}, {"account", "ed"}};
  const auto with = [&](const Json& more) {
    Json one = wordpress;
    one.update(more);
    return Json{{"tenants", {{{"slug", "a"}, {"credentials", {one}}}}}};
  };
  const std::vector<Json> documents{
      with({{"secret", {s}}}),
      with({{"secret", {{"value", s}}}}),
      with({{"sekret", s}}),
      with({{"secret", s + "\n" + s}}),
      with({{"secret", s + std::string(20'000, 'x')}}),
      with({{"service", "ai"},
            {"secret", s},
            {"settings", {{"adapter", "openai"}, {"model", "m"}, {"headers", {{"X-Auth-Token", s}}}}}}),
      with({{"service", "ai"}, {"secret", s}, {"settings", {{"adapter", "openai"}, {"model", "m"}, {"api_key", s}}}}),
      with({{"service", "whatsapp"},
            {"secret", s},
            {"settings",
             {{"adapter", "generic"}, {"body", {{"to", "{{number}}"}, {"text", "{{message}}"}, {"apikey", s}}}}}}),
      with({{"service", "whatsapp"},
            {"base_url", "https://g.example/send?token=" + s},
            {"secret", "x"},
            {"settings", {{"adapter", "bearer"}}}}),
      with({{"service", "whatsapp"},
            {"secret", "x"},
            {"settings",
             {{"adapter", "generic"},
              {"headers", {{"X-Auth-Token", s}}},
              {"body", {{"to", "{{number}}"}, {"text", "{{message}}"}}}}}}),
      with({{"service", "whatsapp"}, {"secret", "x"}, {"settings", {{"adapter", "bearer"}, {"sender", {s}}}}}),
      with({{"service", "whatsapp"}, {"secret", "x"}, {"settings", {{"adapter", "twilio"}, {"api_key", "x " + s}}}}),
      with({{"service", s}, {"secret", "x"}}),
      with({{s, "x"}}),
      with({{"base_url", "https://ed:" + s + "@a.example/"}}),
      with({{"base_url", "https://a.example/?" + s + "=secret"}}),
      with({{"base_url", "https://a.example/api/token/" + s}}),
      with({{"base_url", "https://a.example/#" + s}}),
      with({{"base_url", s}}),
      with({{"service", "email"}, {"base_url", "smtps://ed:" + s + "@a.example"}, {"secret", "x"}}),
      Json{{"tenants", {{{"slug", "a"}, {"feeds", {{{"url", "https://ed:" + s + "@a.example/feed"}}}}}}}},
      Json{{"portals", {{{"slug", "p"}, {"base_url", "https://p.example/?token=" + s}, {"token", "x"}}}}},
      Json{{"portals", {{{"slug", "p"}, {"base_url", "https://ed:" + s + "@p.example"}, {"token", "x"}}}}},
      with({{"app_secret", s}}),
      Json{{"portals",
            {{{"slug", "p"}, {"base_url", "https://p.example"}, {"token", {s}}, {"api_key", 7}, {"tokn", s}}}}}};
  for (const Json& document : documents) {
    const Finished finished = scene.milkrun({"import", scene.write("bad.json", document.dump())});
    CAPTURE(finished.err);
    CHECK(finished.code == 65);
    CHECK(secrets_in(finished.err + finished.out, {s}) == "");
  }
  // A document that breaks off in the middle of one.
  const Finished broken =
      scene.milkrun({"import", scene.write("bad.json", R"({"tenants":[{"slug":"a","credentials":[{"secret":")" + s)});
  CHECK(broken.code == 65);
}

TEST_CASE("keys of connections are written nowhere, and a master key that can be guessed opens nothing") {
  Scene scene({"asha"});
  scene.open();
  const std::string log = scene.path("keys.log");
  scene.run({}, {{"SSLKEYLOGFILE", log}, {"QLOGDIR", scene.path(".")}});
  CHECK(scene.posts("asha") == 1);
  CHECK_FALSE(std::ifstream(log).good());
  for (const std::string& key :
       {std::string(32, '\0'), std::string(64, '0'), std::string("correct horse battery staple!!!!"),
        std::string("correct horse battery staple 12\n"), std::string(16, 'a') + std::string(16, 'b')}) {
    scene.write("master.key", key);
    CHECK(scene.milkrun({"publish-feeds"}).code == 78);
  }
}
