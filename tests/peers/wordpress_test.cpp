// One real WordPress's feed becomes posts on another real WordPress, by the real binary. The sites are brought up by
// wordpress.sh (a ctest fixture): "home" writes, "guest" receives. What arrived is read back through guest's REST API.
#include "peers/installation.hpp"
#include "peers/wordpress_world.hpp"

#include <algorithm>
#include <csignal>
#include <ostream>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace milkrun::test;
using nlohmann::json;

namespace {

json story_of(const json& report, const std::string& slug) {
  for (const json& entry : report.at("tenants"))
    if (entry.at("tenant") == slug) return entry;
  FAIL("the report has no tenant " << slug << ": " << report.dump());
  return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string unescaped(std::string title) { // WordPress stores an author's & as &amp;
  if (const auto at = title.find("&amp;"); at != std::string::npos) title.replace(at, 5, "&");
  return title;
}

} // namespace

TEST_CASE("an author's site gets the feed's newest item, every character and tag intact") {
  const Source source;
  const Installation here;
  here.import(document({tenant("asha", guest().account("author"))}));
  const json report = here.publish_feeds();
  INFO(report.dump());
  CHECK(story_of(report, "asha").at("got") == 1);
  const std::vector<json> posts = guest().posts_titled(source.mark);
  REQUIRE(posts.size() == 1);
  CHECK(posts[0].at("status") == "publish");
  CHECK(guest().author_of(posts[0]) == "author");
  CHECK(unescaped(posts[0].at("title").at("raw")) == source.title);
  const std::string body = posts[0].at("content").at("raw");
  CAPTURE(body);
  CHECK(contains(body, "Körbe voller Äpfel 🍎 für „Grüße“ aus Łódź."));
  CHECK(contains(body, source.link));
  const std::vector<std::string> tags = guest().tag_names(posts[0]);
  for (const char* tag : {"Wald", "Tiere größer als Mäuse"}) {
    CAPTURE(tag);
    CHECK(std::ranges::find(tags, tag) != tags.end());
  }
}

TEST_CASE("a tenant in draft mode gets a draft") {
  const Source source;
  const Installation here;
  here.import(document({tenant("asha", guest().account("author"), "draft")}));
  here.publish_feeds();
  const std::vector<json> posts = guest().posts_titled(source.mark);
  REQUIRE(posts.size() == 1);
  CHECK(posts[0].at("status") == "draft");
}

TEST_CASE("a second run publishes nothing twice") {
  const Source source;
  const Installation here;
  here.import(document({tenant("asha", guest().account("author"))}));
  here.publish_feeds();
  here.publish_feeds();
  CHECK(guest().posts_titled(source.mark).size() == 1);
}

TEST_CASE("a wrong application password stops its own tenant only, and says why") {
  const Source source;
  const Installation here;
  const Account wrong{.user = "author", .password = "abcd efgh ijkl mnop qrst uvwx"};
  here.import(document({tenant("asha", wrong), tenant("bolt", guest().account("editor"))}));
  const json report = here.publish_feeds();
  INFO(report.dump());
  const std::vector<json> posts = guest().posts_titled(source.mark);
  REQUIRE(posts.size() == 1);
  CHECK(guest().author_of(posts[0]) == "editor");
  CHECK(story_of(report, "bolt").at("got") == 1);
  CHECK(story_of(report, "asha").at("got") == 0);
  CHECK(contains(story_of(report, "asha").at("story"), "wordpress:"));
  CHECK_FALSE(contains(report.dump(), wrong.password));
}

TEST_CASE("a role that may not post gets nothing, and says why") {
  const Source source;
  const Installation here;
  here.import(document({tenant("asha", guest().account("subscriber"))}));
  const json report = here.publish_feeds();
  INFO(report.dump());
  CHECK(guest().posts_titled(source.mark).empty());
  CHECK(contains(story_of(report, "asha").at("story"), "wordpress:"));
}

// Every answer of the run in turn is the last thing the process sees; among them is the one to the create, after
// which the post exists and nothing of it is written down here.
TEST_CASE("killed after any answer, the next runs end with exactly one post") {
  bool killed_after_create = false;
  for (int answer = 1;; ++answer) {
    CAPTURE(answer);
    REQUIRE(answer < 20);
    const Source source;
    const Installation here;
    here.import(document({tenant("asha", guest().account("author"))}));
    const Finished first = here.milkrun({"publish-feeds", "--json"},
                                        {{"MILKRUN_TEST_KILL", "http.after_answer:" + std::to_string(answer)}});
    const bool killed = first.signal == SIGKILL;
    if (!killed) CHECK(first.code == 0);
    if (killed && guest().posts_titled(source.mark).size() == 1) killed_after_create = true;
    for (int run = 0; run < 2; ++run) here.publish_feeds();
    CHECK(guest().posts_titled(source.mark).size() == 1);
    if (!killed) break;
  }
  CHECK(killed_after_create);
}
