// Who waits for a mended password: cron hears of it once a day, and every report says who waits for what until when.
#include "e2e/marked.hpp"
#include "e2e/scene.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

using namespace milkrun::e2e;

namespace {

constexpr int hour = 3'600;

Environment after(int seconds) { return {{"MILKRUN_TEST_CLOCK_AHEAD", std::to_string(seconds)}}; }

// asha and bolt came with a wrong password.
struct Refused {
  Scene scene{{"asha", "bolt"}};
  Refused() {
    scene.document.erase("portals");
    for (const char* name : {"asha", "bolt"}) {
      Json tenant = own_tenant(scene.base(), name);
      tenant["credentials"][0]["secret"] = app_password("wrong");
      scene.document["tenants"].push_back(tenant);
    }
    scene.open();
  }
  // The lines that say who waits, of one run as cron starts it.
  std::vector<std::string> told(int later = 0) {
    const Finished run = scene.milkrun({"publish-feeds"}, after(later));
    CHECK_MESSAGE(run.code == 0, run.err);
    CHECK(run.out.empty());
    std::vector<std::string> out;
    std::istringstream text(run.err);
    for (std::string line; std::getline(text, line);)
      if (line.find(" warn waits ") != std::string::npos) out.push_back(line);
    return out;
  }
};

} // namespace

TEST_CASE("cron hears once a day of each password that must be mended, and not from each run") {
  Refused story;
  const std::vector<std::string> first = story.told();
  REQUIRE(first.size() == 2);
  for (const char* name : {"asha", "bolt"}) {
    CAPTURE(name);
    const auto line = std::ranges::find_if(
        first, [&](const std::string& l) { return l.find(fmt::format("credential wordpress of {}", name)) != l.npos; });
    REQUIRE(line != first.end());
    CHECK(line->find("wrong user or application password") != std::string::npos);
    CHECK(line->find("until=20") != std::string::npos);
  }
  CHECK(story.told().empty());
  const std::size_t asked = story.scene.calls("site:asha:me").size();
  CHECK(story.told(2 * hour).empty()); // refused once more, and still the same day's news
  CHECK(story.scene.calls("site:asha:me").size() == asked + 1);
  CHECK(story.told(25 * hour).size() == 2);
}

TEST_CASE("a run that finds nothing due lists who waits for what and until when, until it is mended") {
  Refused story;
  Scene& scene = story.scene;
  scene.run();
  const Report report = scene.run();
  CHECK(report.idle());
  REQUIRE(report.json["resting"].size() == 2);
  for (const char* name : {"asha", "bolt"}) {
    CAPTURE(name);
    const Json& all = report.json["resting"];
    const auto rest = std::ranges::find_if(all, [&](const Json& r) { return r["tenant"] == name; });
    REQUIRE(rest != all.end());
    CHECK((*rest)["what"] == fmt::format("credential wordpress of {}", name));
    CHECK((*rest)["code"] == "wordpress.password_refused");
    CHECK((*rest)["mover"] == "tenant");
    CHECK((*rest)["items"] == 1);
    CHECK((*rest)["until"].get<std::string>() > (*rest)["since"].get<std::string>());
  }
  scene.document["tenants"][0] = own_tenant(scene.base(), "asha");
  scene.import(scene.document);
  const Report mended = scene.run();
  CHECK(mended.got("asha") == 1);
  REQUIRE(mended.json["resting"].size() == 1);
  CHECK(mended.json["resting"][0]["tenant"] == "bolt");
}
