// The platform's WhatsApp account writes for a tenant only where the tenant allows it, and the attempt says whose it
// was.
#include "e2e/social.hpp"

using namespace milkrun::e2e;

namespace {

struct Books : Social {
  Books() {
    contact("books", "+4915100000004", "dan");
    claim("books", "read", "d", "+4915100000004");
    comment("books", "301", "c1", "dan");
    state["whatsapp"]["platform"] = {{"kind", "gateway"}, {"token", "canary-platform-0123"}, {"session", "us"}};
    document["platform"]["credentials"] = {{{"service", "whatsapp"},
                                            {"base_url", base()},
                                            {"account", "us"},
                                            {"secret", "canary-platform-0123"},
                                            {"settings", {{"adapter", "gateway"}}}}};
  }
};

} // namespace

TEST_CASE("without the tenant's word the platform's account stays shut; with it the message goes, once") {
  Books scene;
  scene.open();
  CHECK(scene.verify().story("books").find("no credential: whatsapp") != std::string::npos);
  CHECK(scene.claim_state("d") == "verified");
  CHECK(scene.messages().empty());

  scene.tenant("books")["grants"] = {"whatsapp"};
  scene.import(scene.document);
  scene.all_due();
  CHECK(scene.run_job("deliver").got("books") == 1);
  REQUIRE(scene.messages().size() == 1);
  CHECK(scene.messages()[0]["account"] == "platform");
  CHECK(scene.db().query("SELECT owner FROM attempts WHERE stage = 'deliver'").at(0).at("owner") == "platform");
}

TEST_CASE("a tenant with an account of its own never writes through the platform's, not even when its own is refused") {
  Books scene;
  scene.tenant("books")["grants"] = {"whatsapp"};
  scene.tenant("books")["credentials"].push_back({{"service", "whatsapp"},
                                                  {"base_url", scene.base()},
                                                  {"account", "own"},
                                                  {"secret", "canary-own-0123"}, // unknown to the gateway
                                                  {"settings", {{"adapter", "gateway"}}}});
  scene.open();
  scene.verify();
  CHECK(scene.messages().empty());
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'queued'") == 1);
  CHECK(scene.db().query("SELECT owner FROM attempts WHERE stage = 'deliver'").at(0).at("owner") == "tenant");
}
