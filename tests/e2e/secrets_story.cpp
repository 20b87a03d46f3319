// Secrets: every scene of this program looks for them at its end. Here servers do their best to bring them out.
#include "e2e/marked.hpp"
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

TEST_CASE("the search finds a secret in every disguise, so that finding none means something") {
  const std::vector<std::string> secrets{app_password("asha")};
  for (const char* text : {"x canary asha aaaa bbbb cccc dddd", "canaryashaaaaabbbbccccdddd;",
                           "p=canary%20asha%20aaaa%20bbbb%20cccc%20dddd", "p=canary+asha+aaaa+bbbb+cccc+dddd",
                           "63616e617279617368616161616162626262636363636464646400",
                           "Basic YXNoYTpjYW5hcnlhc2hhYWFhYWJiYmJjY2NjZGRkZA==", "Y2FuYXJ5YXNoYWFhYWFiYmJiY2NjY2RkZGQ=",
                           "%63%61%6e%61%72%79%61%73%68%61%61%61%61%61%62%62%62%62%63%63%63%63%64%64%64%64",
                           "&#99;&#97;&#110;&#97;&#114;&#121;&#97;&#115;&#104;&#97;&#97;&#97;&#97;&#97;&#98;&#98;&#98;&"
                           "#98;&#99;&#99;&#99;&#99;&#100;&#100;&#100;&#100;",
                           "what a cut left: canaryas"}) {
    CAPTURE(text);
    CHECK(secrets_in(text, secrets) != "");
  }
  CHECK(secrets_in("canary bolt aaaa bbbb cccc dddd", secrets) == "");
  CHECK(basic("asha") == "Basic YXNoYTpjYW5hcnlhc2hhYWFhYWJiYmJjY2NjZGRkZA==");
}

TEST_CASE("servers that repeat the secrets they were sent do not bring them into logs, reports or the database") {
  Scene scene({"asha", "bolt", "chai"});
  scene.open();
  const auto echo = [](const std::string& route, int status, const std::string& told) {
    return Json{
        {"route", route},
        {"kind", "status"},
        {"status", status},
        {"times", -1},
        {"body", Json{{"code", told}, {"message", "you sent " + told}, {"error", told}, {"data", {{"status", status}}}}
                     .dump()}};
  };
  std::string joined = app_password("asha");
  std::erase(joined, ' ');
  SUBCASE("the sites and the callback") {
    scene.fault({echo("site:asha:create", 400, joined), echo("site:bolt:create", 403, basic("bolt")),
                 echo("site:chai:me", 401, basic("chai").substr(6)),
                 echo("site:chai:create", 401, basic("chai").substr(6)),
                 echo("portal:p1:callback", 400, secret("api-key"))});
  }
  SUBCASE("the AI") { scene.fault(echo("ai:openai", 401, secret("ai-key"))); }
  SUBCASE("the portal") { scene.fault(echo("portal:p1:tenants", 403, secret("token"))); }
  const Report report = scene.run();
  CHECK(scene.posts("asha") + scene.posts("bolt") + scene.posts("chai") == 0);
  scene.milkrun({"runs", "show", report.json["run"]});
  scene.milkrun({"runs", "show", "--json", report.json["run"]});
  scene.milkrun({"publish-feeds", "-v"});
  scene.milkrun({"publish-feeds", "--dry-run"});
}
