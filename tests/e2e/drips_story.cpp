// People walk through drips, each step once and at its day, and leave them when it is time.
#include "e2e/letters.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace milkrun::e2e;

namespace {

const std::string ana = "+4915100000201", ben = "+4915100000202";

std::vector<std::string> texts(std::initializer_list<std::string> all) { return all; }

} // namespace

TEST_CASE("an opt-out between two steps ends the walk, for her alone") {
  Letters scene;
  scene.drip("welcome",
             {Letters::step("one", 0, "One for {first_name}"), Letters::step("two", 2, "Two for {first_name}")});
  scene.person(ana, "Ana");
  scene.person(ben, "Ben");
  scene.open();
  for (const std::string& who : {ana, ben}) scene.enroll("welcome", who, scene.at(1, 9));
  scene.advance(1, 9, 5);
  CHECK(scene.said().size() == 2);
  scene.tenant("gym")["suppressions"] = {{{"phone", ana}, {"scope", "marketing"}}};
  scene.import_at(scene.at(2, 9));
  const Report report = scene.advance(3, 9, 5);
  CHECK(scene.said(ana) == texts({"One for Ana"}));
  CHECK(scene.said(ben) == texts({"One for Ben", "Two for Ben"}));
  CHECK(scene.db().query("SELECT state, reason FROM enrollments ORDER BY reason DESC")[0].at("reason") ==
        "walk.opted_out");
}

TEST_CASE("a contact in three drips gets one message a day, each step once") {
  Letters scene;
  for (const char* slug : {"red", "green", "blue"}) scene.drip(slug, {Letters::step("only", 0, slug)});
  scene.person(ana, "Ana");
  scene.open();
  for (const char* slug : {"red", "green", "blue"}) scene.enroll(slug, ana, scene.at(1, 9));
  for (int day = 1; day <= 5; ++day)
    for (const int hour : {9, 12, 23}) {
      scene.advance(day, hour, 30);
      CHECK(scene.said(ana).size() <= static_cast<std::size_t>(day));
    }
  auto said = scene.said(ana);
  std::ranges::sort(said);
  CHECK(said == texts({"blue", "green", "red"}));
  CHECK(scene.db().number("SELECT count(*) FROM enrollments WHERE state = 'completed'") == 3);
  scene.no_doubles();
}

TEST_CASE("a campaign paused for a week goes on where it was, a week later and not in a burst") {
  Letters scene;
  scene.drip("course",
             {Letters::step("one", 0, "one"), Letters::step("two", 2, "two"), Letters::step("three", 2, "three")});
  scene.person(ana, "Ana");
  scene.open();
  scene.enroll("course", ana, scene.at(1, 9));
  scene.advance(1, 9, 5);
  CHECK(scene.said() == texts({"one"}));
  scene.tenant("gym")["campaigns"].back()["status"] = "paused";
  scene.import_at(scene.at(2, 9)); // a day before the second step
  for (int day = 3; day <= 8; ++day) scene.advance(day, 9, 5);
  CHECK(scene.said().size() == 1);
  scene.tenant("gym")["campaigns"].back()["status"] = "running";
  scene.import_at(scene.at(9, 9)); // a week later
  scene.advance(9, 9, 5);
  CHECK(scene.said().size() == 1);
  scene.advance(10, 8, 55);
  CHECK(scene.said().size() == 1);
  scene.advance(10, 9, 5);
  CHECK(scene.said() == texts({"one", "two"}));
  scene.advance(11, 9, 5);
  CHECK(scene.said().size() == 2);
  scene.advance(12, 9, 5);
  CHECK(scene.said() == texts({"one", "two", "three"}));
}

TEST_CASE("a pause of some minutes more than two days costs a step with an hour two days, and no third one") {
  Letters scene;
  scene.drip("course",
             {Letters::step("one", 0, "one"), Letters::step("two", 1, "two"), Letters::step("three", 1, "three")});
  for (const int n : {1, 2}) scene.tenant("gym")["campaigns"].back()["steps"][n]["at"] = "10:00";
  scene.person(ana, "Ana");
  scene.open();
  scene.enroll("course", ana, scene.at(1, 9));
  scene.advance(1, 9, 5);
  scene.tenant("gym")["campaigns"].back()["status"] = "paused";
  scene.import_at(scene.at(1, 12)); // the second step was to come at ten of the next day
  scene.advance(2, 10, 5);
  scene.tenant("gym")["campaigns"].back()["status"] = "running";
  scene.import_at(scene.at(3, 12, 7));
  scene.advance(3, 12, 10);
  scene.advance(4, 9, 55);
  CHECK(scene.said() == texts({"one"}));
  scene.advance(4, 10, 5);
  CHECK(scene.said() == texts({"one", "two"}));
  scene.advance(5, 9, 55);
  CHECK(scene.said().size() == 2);
  scene.advance(5, 10, 5);
  CHECK(scene.said() == texts({"one", "two", "three"}));
}

TEST_CASE("a broadcast is a drip of one step: to all that have a tag, once, however often it is asked for") {
  Letters scene;
  scene.drip("summer", {{{"slug", "offer"},
                         {"at", "10:00"},
                         {"text", {{"en", "Hi {first_name}, our summer week is on."}}},
                         {"subject", "Our summer week"}}});
  for (int i = 0; i < 5; ++i) {
    scene.person(fmt::format("+491512000{:04}", i), fmt::format("P{}", i));
    if (i < 3) scene.tenant("gym")["contacts"].back()["tags"] = {"members"};
  }
  scene.open();
  for (int i = 0; i < 3; ++i) {
    CHECK(scene.milkrun({"enroll", "summer", "--tenant", "gym", "--tag", "members"}, scene.at(1, 8)).code == 0);
    scene.advance(1, 9);
  }
  CHECK(scene.said().empty());
  for (const int minute : {0, 5, 10}) scene.advance(1, 10, minute);
  CHECK(scene.said().size() == 3);
  CHECK(scene.said("+4915120000000") == texts({"Hi P0, our summer week is on."}));
}

TEST_CASE(
    "who opts out or answers while her message waits gets it no more, nor by mail; after days without cron no burst") {
  Letters scene;
  scene.drip("course",
             {Letters::step("one", 0, "one"), Letters::step("two", 3, "two"), Letters::step("three", 3, "three")});
  scene.tenant("gym")["messages_per_day"] = 0;
  scene.tenant("gym")["marketing_per_day"] = nullptr;
  scene.tenant("gym")["credentials"].push_back({{"service", "email"},
                                                {"base_url", "smtp://127.0.0.1:9"},
                                                {"account", "gym"},
                                                {"secret", "secret"},
                                                {"settings", {{"from", "gym@example.test"}}}});
  const std::string cleo = "+4915100000203";
  for (const std::string& who : {ana, ben, cleo}) {
    scene.person(who, "P");
    scene.tenant("gym")["contacts"].back()["email"] = "p" + who.substr(12) + "@example.test";
  }
  scene.tenant("gym")["campaigns"].back()["message_ttl"] = "5d";
  scene.open();
  for (const std::string& who : {ana, ben, cleo}) scene.enroll("course", who, scene.at(1, 9));
  scene.advance(1, 9, 5);
  CHECK(scene.said().empty());
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'queued'") == 3);
  scene.tenant("gym")["messages_per_day"] = nullptr;
  scene.tenant("gym")["suppressions"] = {{{"phone", ana}, {"scope", "marketing"}}};
  for (auto& contact : scene.tenant("gym")["contacts"])
    if (contact["phone"] == ben) contact["wrote_at"] = Letters::day(1) + "T09:30:00Z";
  scene.import_at(scene.at(1, 10));
  scene.advance(1, 10, 5);
  CHECK(scene.said() == texts({"one"}));
  CHECK(scene.said(cleo).size() == 1);
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'cancelled' AND reason = 'message.left_drip'") ==
        2);
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE channel = 'email'") == 0);
  for (const int minute : {0, 5, 10}) scene.advance(12, 9, minute); // two was due on day 4, three on day 7
  CHECK(scene.said() == texts({"one", "two"}));
  scene.advance(15, 8, 55);
  CHECK(scene.said().size() == 2);
  scene.advance(15, 9, 5);
  CHECK(scene.said() == texts({"one", "two", "three"}));
}
