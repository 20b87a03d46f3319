// An AI that refuses, breaks off, forgets the form or obeys a hostile feed.
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

// One tenant with these items, newest first, written one after another by these answers.
struct Writing {
  Scene scene{{"asha"}};

  void play(const std::vector<std::string>& guids, const Json& script) {
    Json items = Json::array();
    int day = 20;
    for (const std::string& guid : guids) items.push_back(feed_item(guid, day--));
    scene.state["feeds"]["asha"]["items"] = items;
    scene.state["ai"]["openai"]["script"] = script;
    scene.document["portals"][0]["max_items"] = guids.size();
    scene.open();
  }
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

} // namespace

TEST_CASE("an item the AI refuses is given up and reported as failed; the others are not touched") {
  Writing story;
  story.play({"asha-2", "asha-1"}, {{{"kind", "refusal"}}});
  const Report report = story.scene.run({"--in-flight", "1"});
  CHECK(report.reasons("write-article", "discarded") == "ai.refused");
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.callbacks("success") == 1);
  CHECK(story.scene.callbacks("failed") == 1);
  const Json effects = story.scene.effects();
  for (const Json& one : effects["callbacks"]["p1"])
    if (one["status"] == "failed") {
      CHECK(one["counted"] == false);
      CHECK(one["fields"]["error_message"] == "ai: refused: I'm sorry, I can't help with that.");
      CHECK(one["fields"]["posts_created"] == 0);
    }
  CHECK(effects["ai_calls"] == 2);
  CHECK(story.scene.run().idle());
  CHECK(story.scene.effects()["ai_calls"] == 2);
}

TEST_CASE("a tenant whose only item was refused is told so") {
  Writing story;
  story.play({"asha-1"}, {{{"kind", "refusal"}}});
  CHECK(story.scene.run().story(story.scene.slug("asha")) == "given up: ai: refused");
  CHECK(story.scene.posts("asha") == 0);
  CHECK(story.scene.callbacks("failed") == 1);
}

TEST_CASE("an answer that is no JSON is repaired by one more call") {
  Writing story;
  story.play({"asha-1"}, {{{"kind", "invalid_json"}}, {{"kind", "draft"}, {"title", "Repaired"}}});
  story.scene.run();
  CHECK(story.scene.effects()["posts"]["asha"][0]["title"] == "Repaired");
  CHECK(story.scene.effects()["ai_calls"] == 2);
  CHECK(story.scene.callbacks() == 1);
}

TEST_CASE("a model that does not write what it is asked for keeps the article waiting until it does") {
  Writing story;
  story.play({"asha-1"}, {{{"kind", "wrong_schema"}, {"times", 12}}}); // six tries of two calls
  for (int again = 0; again < 6; ++again) {
    story.scene.run();
    CHECK(story.scene.effects()["ai_calls"] == 2 * (again + 1)); // and not again in the same run
    story.scene.all_due();
  }
  CHECK(story.scene.posts("asha") == 0);
  story.scene.run();
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.effects()["ai_calls"] == 13);
  CHECK(story.scene.callbacks("success") == 1);
}

TEST_CASE("an answer that breaks off is asked for again with more room, and its article waits when it still does") {
  Writing story;
  SUBCASE("the second one is whole") {
    story.play({"asha-1"}, {{{"kind", "truncated"}}});
    story.scene.run();
    CHECK(story.scene.posts("asha") == 1);
  }
  SUBCASE("the second one breaks off too") {
    story.play({"asha-1"}, {{{"kind", "truncated"}, {"times", 2}}});
    story.scene.run();
    CHECK(story.scene.posts("asha") == 0);
    CHECK(story.scene.effects()["ai_calls"] == 2);
    story.scene.all_due();
    story.scene.run();
    CHECK(story.scene.posts("asha") == 1);
    CHECK(story.scene.callbacks("failed") == 0);
    return;
  }
  CHECK(story.scene.effects()["ai_calls"] == 2);
}

TEST_CASE("what an AI wrote under a hostile feed's orders reaches the site as harmless text") {
  Writing story;
  story.play({"asha-1"}, {{{"kind", "injected"}}});
  story.scene.run();
  const Json effects = story.scene.effects();
  REQUIRE(effects["posts"]["asha"].size() == 1);
  const Json& post = effects["posts"]["asha"][0];
  const std::string html = lower(post["content"]);
  for (const char* evil : {"<script", "<iframe", "<form", "javascript:", "<!-- wp:", "[gallery", "onerror"}) {
    CAPTURE(evil);
    CHECK(html.find(evil) == std::string::npos);
    CHECK(lower(post["title"]).find(evil) == std::string::npos);
    CHECK(lower(post["excerpt"]).find("<img") == std::string::npos);
  }
  CHECK(html.find("two") == std::string::npos);
  CHECK(html.find("another point") != std::string::npos);
}

TEST_CASE("a stored article is not written again when its post has to wait") {
  Writing story;
  story.play({"asha-1"}, Json::array());
  story.scene.fault({{"route", "site:asha:me"}, {"kind", "status"}, {"status", 500}});
  story.scene.run(); // by its jitter the second try may come within this run
  story.scene.all_due();
  story.scene.run();
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.effects()["ai_calls"] == 1);
  const Json effects = story.scene.effects();
  CHECK(effects["callbacks"]["p1"][0]["fields"]["attempts"] == 2);
}
