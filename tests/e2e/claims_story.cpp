// What no call can decide is decided by a person, once, and has the consequences of any other verdict.
#include "e2e/social.hpp"

using namespace milkrun::e2e;

namespace {

// Two people of the gym commented, so they say; the campaign is decided by hand.
struct Desk : Social {
  Desk() {
    campaign("gym", "fit")["policy"] = "manual";
    for (const char* phone : {"+4915100000003", "+4915100000005"}) {
      contact("gym", phone, std::string("p") + phone[13]);
      claim("gym", "fit", "b", phone);
    }
    open();
    verify();
  }
  Json listed(const Words& more = {}) {
    Words words = {"claims", "list", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished list = milkrun(words);
    REQUIRE(list.code == 0);
    return Json::parse(list.out)["claims"];
  }
  std::string id_of(const std::string& phone) {
    for (const Json& one : listed())
      if (one["phone"] == phone) return one["id"];
    FAIL("no claim of ", phone);
    return "";
  }
};

} // namespace

TEST_CASE("an operator verifies a claim: rewarded once, told by the next deliver; a second word is refused") {
  Desk scene;
  const Json waiting = scene.listed();
  REQUIRE(waiting.size() == 2);
  for (const Json& one : waiting) {
    CHECK(one["tenant"] == "gym");
    CHECK(one["campaign"] == "fit");
    CHECK(one["task"] == "b");
    CHECK(one["object_id"] == "200_1");
    CHECK(one["state"] == "manual");
    CHECK(one["reason"] == "the campaign is decided by hand");
  }
  const std::string id = scene.id_of("+4915100000003");
  const std::string table = scene.milkrun({"claims", "list"}).out;
  for (const std::string& part :
       {id + "  manual  gym", std::string("fit/b FACEBOOK COMMENT"), std::string("+4915100000003 p3 (p3)")}) {
    CAPTURE(table);
    CHECK(table.find(part) != std::string::npos);
  }
  CHECK(scene.listed({"--tenant", "pizza"}).empty());
  CHECK(scene.listed({"--limit", "1"}).size() == 1);
  CHECK(scene.milkrun({"claims", "list", "--tenant", "nobody"}).code == 64);

  CHECK(scene.milkrun({"claims", "verify", id, "--tenant", "pizza"}).code == 64);
  CHECK(scene.milkrun({"claims", "verify", "no-such-claim"}).code == 64);
  CHECK(scene.listed().size() == 2);
  CHECK(scene.milkrun({"claims", "verify", id, "--by", "Eve"}).code == 0);
  for (const char* word : {"verify", "reject"}) {
    const Finished again = scene.milkrun({"claims", word, id});
    CHECK(again.code == 64);
    CHECK(again.err.find("claim " + id + " is verified already") != std::string::npos);
  }
  CHECK(scene.listed().size() == 1);
  const Json verified = scene.listed({"--state", "verified"});
  REQUIRE(verified.size() == 1);
  CHECK(verified[0]["source"] == "operator: Eve");
  CHECK(scene.db().number("SELECT count(*) FROM rewards WHERE completion_id = '" + id + "'") == 1);

  CHECK(scene.messages().empty());
  CHECK(scene.run_job("deliver").got("gym") == 1);
  REQUIRE(scene.messages().size() == 1);
  CHECK(scene.messages()[0]["to"] == "4915100000003");
  scene.verify();
  CHECK(scene.messages().size() == 1);
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 1);
  scene.no_doubles();
}

TEST_CASE("an operator rejects a claim: failed with the reason, nothing granted, nothing sent") {
  Desk scene;
  const std::string id = scene.id_of("+4915100000005");
  CHECK(scene.milkrun({"claims", "reject", id, "--by", "Eve", "--reason", "no comment there"}).code == 0);
  CHECK(scene.milkrun({"claims", "verify", id}).code == 64);
  const Json failed = scene.listed({"--state", "failed"});
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["id"] == id);
  CHECK(failed[0]["reason"] == "rejected by an operator: no comment there");
  CHECK(scene.run_job("deliver").idle());
  CHECK(scene.messages().empty());
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 0);
}
