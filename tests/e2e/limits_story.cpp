// Meta says "slow down" in the middle of a run: what it named rests until the time it named, everything else goes on.
#include "e2e/social.hpp"

using namespace milkrun::e2e;

TEST_CASE("an account's limit in the middle of a run rests that account alone, and says so") {
  Social scene;
  scene.everybody();
  scene.state["graph"]["pizza"]["limit"] = {{"after", 1}, {"code", 80002}};
  scene.open();
  const Report report = scene.verify({"--in-flight", "1"});
  CHECK(scene.claim_state("b") == "verified");
  CHECK(scene.claim_state("d") == "verified");
  CHECK(scene.db().number("SELECT count(*) FROM task_completions WHERE state = 'pending'") == 1); // a or c
  CHECK(report.story("pizza").find("meta: account limit reached") != std::string::npos);
  CHECK(report.tenant("pizza")["next_at"].is_string());

  const std::size_t asked = scene.effects()["graph_calls"]["pizza"];
  CHECK(asked == 2);
  scene.verify(); // it rests over runs
  CHECK(scene.effects()["graph_calls"]["pizza"] == asked);

  scene.patch({{"graph", {{"pizza", {{"limit", nullptr}}}}}});
  scene.all_due();
  CHECK(scene.verify().got("pizza") == 1);
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 4);
  scene.no_doubles();
}

TEST_CASE("an app's limit told by a host that is not Meta's rests the credential that was refused, and nobody else's") {
  Social scene;
  scene.everybody();
  scene.state["graph"]["gym"]["app_id"] = "2";
  for (auto& credential : scene.tenant("gym")["credentials"])
    if (credential["service"] == "facebook") credential["settings"]["app_id"] = "2";
  scene.state["graph"]["pizza"]["limit"] = {{"after", 0}, {"code", 4}};
  scene.open();
  scene.verify({"--in-flight", "1"});
  CHECK(scene.claim_state("b") == "verified");
  for (const char* task : {"a", "c", "d"}) CHECK(scene.claim_state(task) == "pending");
  const Json calls = scene.effects()["graph_calls"];
  CHECK(calls.value("pizza", 0) == 1); // only graph.facebook.com itself may rest a whole app: unit-tested
  CHECK(calls.value("books", 0) == 1);
  CHECK(scene.db().number("SELECT count(*) FROM parks WHERE scope = 'credential'") == 2);

  scene.patch({{"graph", {{"pizza", {{"limit", nullptr}}}}}});
  scene.all_due();
  scene.verify();
  CHECK(scene.db().number("SELECT count(*) FROM task_completions WHERE state = 'verified'") == 4);
}
