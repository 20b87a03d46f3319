// Claims are checked with their own tenant's token, rewarded once, and told through their own tenant's account.
#include "e2e/social.hpp"

using namespace milkrun::e2e;

TEST_CASE(
    "task A of the pizza shop, B of the gym, C of the pizza shop's other campaign: each its own token and account") {
  Social scene;
  scene.everybody();
  scene.open();
  const Report report = scene.verify();
  for (const char* task : {"a", "b", "c", "d"}) {
    CAPTURE(task);
    CHECK(scene.claim_state(task) == "verified");
  }
  CHECK(report.got("pizza") == 2);
  CHECK(report.story("pizza").find("verified (A) 2") != std::string::npos);
  CHECK(report.story("gym").find("verified (B)") !=
        std::string::npos); // Facebook names are not unique: the code is the evidence
  CHECK(report.story("books").find("waiting: no credential: whatsapp") != std::string::npos);

  // Whose token asked for what: the route carries the account whose credential came.
  CHECK(scene.calls("graph:pizza:comments").size() == 2);
  CHECK(scene.calls("graph:gym:comments").size() == 1);
  CHECK(scene.calls("graph:books:comments").size() == 1);
  CHECK(scene.calls("graph:nobody").empty());
  for (const Json& call : scene.calls("graph:gym:comments"))
    CHECK(call["path"].get<std::string>().find("200_1") != std::string::npos);

  const Json sent = scene.messages();
  REQUIRE(sent.size() == 3);
  for (const Json& one : sent) CHECK(one["account"] == (one["to"] == "4915100000003" ? "gym" : "pizza"));
  CHECK(scene.db().number("SELECT sum(spins) FROM rewards") == 8);

  CHECK(scene.verify().idle()); // the same again: nothing twice
  CHECK(scene.messages().size() == 3);
  scene.no_doubles();
}

TEST_CASE("fifty claims on one post are the pages of one fetch") {
  Social scene;
  for (int i = 10; i < 60; ++i) {
    const std::string name = "p" + std::to_string(i), phone = "+49151000000" + std::to_string(i);
    scene.contact("pizza", phone, name);
    scene.claim("pizza", "launch", "a", phone);
    scene.comment("pizza", "178", "c" + std::to_string(i), name);
  }
  scene.campaign("pizza", "launch")["notifications"] = false;
  for (int i = 0; i < 30; ++i)
    scene.comment("pizza", "178", "x" + std::to_string(i), "other", "hi", 8); // a second page
  scene.open();
  const Report report = scene.verify();
  CHECK(report.got("pizza") == 50);
  CHECK(scene.calls("graph:pizza:comments").size() == 2);
  CHECK(scene.calls("trap:pizza").empty()); // paging.next is not followed
}

TEST_CASE("one tenant's token is dead: its claims stay pending with the reason, all others finish") {
  Social scene;
  scene.everybody();
  scene.state["graph"]["pizza"]["dead"] = true;
  scene.open();
  const Report report = scene.verify();
  CHECK(scene.claim_state("a") == "pending");
  CHECK(scene.claim_state("c") == "pending");
  CHECK(scene.claim_state("b") == "verified");
  CHECK(scene.claim_state("d") == "verified");
  CHECK(report.story("pizza").find("meta: token") != std::string::npos);
  // One refusal is enough: the credential is parked, and the next run does not ask again.
  const std::size_t asked = scene.effects()["graph_calls"]["pizza"];
  CHECK(asked <= 2);
  scene.verify();
  CHECK(scene.effects()["graph_calls"]["pizza"] == asked);

  scene.patch({{"graph", {{"pizza", {{"dead", nullptr}}}}}});
  scene.all_due();
  CHECK(scene.verify().got("pizza") == 2);
}

TEST_CASE("a task that gets a token of its own is looked at with it from then on") {
  Social scene;
  scene.contact("gym", "+4915100000003", "cleo");
  scene.claim("gym", "fit", "b", "+4915100000003");
  scene.open();
  scene.verify();
  CHECK(scene.calls("graph:gym:comments").size() == 1);
  scene.patch(
      {{"graph",
        {{"task",
          {{"token", "canary-task-0123"},
           {"id", "201"},
           {"objects",
            {{"200_1",
              {{"platform", "facebook"},
               {"comments",
                {{{"id", "c1"}, {"text", "hi"}, {"name", "cleo"}, {"from", "91"}, {"time", minutes_ago(9)}}}}}}}}}}}}});
  scene.campaign("gym", "fit")["tasks"][0]["credentials"] = {
      {{"service", "facebook"}, {"base_url", scene.base()}, {"account", "201"}, {"secret", "canary-task-0123"}}};
  scene.import(scene.document);
  scene.db().change("UPDATE task_completions SET look_at = 0");
  scene.all_due();
  scene.verify();
  CHECK(scene.claim_state("b") == "verified");
  CHECK(scene.calls("graph:gym:comments").size() == 1);
  CHECK(scene.calls("graph:task:comments").size() == 1);
}

TEST_CASE("not found is not proof: looked for again until the deadline, then expired") {
  Social scene;
  scene.contact("pizza", "+4915100000001", "ana");
  scene.claim("pizza", "launch", "a", "+4915100000001");
  scene.comment("pizza", "178", "c1", "somebody-else");
  scene.open();
  scene.verify();
  CHECK(scene.claim_state("a") == "pending");
  const auto waiting =
      scene.db()
          .query("SELECT reason, looks, look_at - (SELECT started_at FROM runs) AS wait FROM task_completions")
          .at(0);
  CHECK(waiting.at("reason") == "claim.not_found_yet");
  CHECK(waiting.at("looks") == "1");
  CHECK(std::stol(waiting.at("wait")) >= 300'000);
  CHECK(scene.verify().idle()); // not before its next look

  scene.db().change("UPDATE task_completions SET look_at = 0, deadline_at = 1");
  scene.all_due();
  scene.verify();
  CHECK(scene.claim_state("a") == "expired");
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 0);
}

TEST_CASE("an empty answer proves nothing: at the deadline a person decides") {
  Social scene;
  scene.contact("gym", "+4915100000003", "cleo");
  scene.claim("gym", "fit", "b", "+4915100000003");
  scene.state["graph"]["gym"]["missing_scope"] = true;
  scene.open();
  const Report report = scene.verify();
  CHECK(report.story("gym").find("meta: empty answer") != std::string::npos);
  scene.db().change("UPDATE task_completions SET look_at = 0, deadline_at = 1");
  scene.all_due();
  CHECK(scene.verify().story("gym").find("for a person") != std::string::npos);
  CHECK(scene.claim_state("b") == "manual");
}

TEST_CASE("the platform's token serves only where tenant and campaign allow it") {
  Social scene;
  scene.contact("books", "+4915100000004", "dan");
  scene.claim("books", "read", "d", "+4915100000004");
  scene.tenant("books")["credentials"] = Json::array();
  scene.comment("books", "301", "c1", "dan");
  scene.document["platform"]["credentials"] = {{{"service", "instagram"},
                                                {"base_url", scene.base()},
                                                {"account", "300"},
                                                {"secret", "canary-platform-0123"},
                                                {"settings", Json::object()}}};
  scene.state["graph"]["books"]["token"] = "canary-platform-0123";
  scene.open();
  CHECK(scene.verify().story("books").find("no credential: instagram") != std::string::npos);

  scene.tenant("books")["grants"] = {"instagram"};
  scene.import(scene.document);
  scene.all_due();
  CHECK(scene.verify().story("books").find("policy does not allow the platform's token") != std::string::npos);
  CHECK(scene.effects()["graph_calls"].value("books", 0) == 0);

  scene.campaign("books", "read")["policy"] = "platform";
  scene.import(scene.document);
  CHECK(scene.verify().got("books") == 1);
  CHECK(scene.db()
            .query("SELECT owner FROM attempts WHERE outcome = 'done' AND stage = 'verify-object'")
            .at(0)
            .at("owner") == "platform");
}
