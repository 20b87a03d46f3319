// The campaign's hours by the clock on its tenant's wall, with the program's clock set to an evening and a morning.
#include "e2e/social.hpp"

#include <ctime>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

// So that the program believes it is this time (seconds since 1970, UTC) when it starts.
Environment at(std::time_t when) { return {{"MILKRUN_TEST_CLOCK_AHEAD", std::to_string(when - std::time(nullptr))}}; }

// Tomorrow (UTC) at this time of day.
std::time_t tomorrow(int hour, int minute, int second, int days = 1) {
  const std::time_t day = std::time(nullptr) / 86'400 + days;
  return ((day * 24 + hour) * 60 + minute) * 60 + second;
}

struct Evening : Social {
  Evening() {
    tenant("pizza")["timezone"] = "Africa/Abidjan"; // UTC the year round: the story is about the hours
    campaign("pizza", "launch")["window"] = {{"start", "09:00"}, {"end", "21:00"}};
    contact("pizza", "+4915100000001", "ana");
    claim("pizza", "launch", "a", "+4915100000001");
    comment("pizza", "178", "c1", "ana");
    open();
  }
};

} // namespace

TEST_CASE("a claim verified after the window closed is told at its opening, once, and not a moment before") {
  Evening scene;
  const Report evening = scene.verify({}, at(tomorrow(21, 0, 0)));
  CHECK(scene.claim_state("a") == "verified"); // the claim is judged at any hour
  CHECK(scene.messages().empty());
  CHECK(evening.story("pizza").find("outside the campaign's hours") != std::string::npos);
  std::tm utc{};
  const std::time_t opening = tomorrow(9, 0, 0, 2);
  gmtime_r(&opening, &utc);
  char text[32];
  REQUIRE(std::strftime(text, sizeof text, "%Y-%m-%dT09:00:00", &utc) > 0);
  CHECK_MESSAGE(evening.tenant("pizza")["next_at"].get<std::string>().starts_with(text),
                evening.tenant("pizza")["next_at"].dump());

  CHECK(scene.run_job("deliver", {}, at(tomorrow(8, 58, 0, 2))).idle());
  CHECK(scene.messages().empty());
  CHECK(scene.run_job("deliver", {}, at(opening)).got("pizza") == 1);
  CHECK(scene.messages().size() == 1);
  CHECK(scene.run_job("deliver", {}, at(opening + 3'600)).idle());
  scene.no_doubles();
}

TEST_CASE("just before the window closes a message still goes") {
  Evening scene;
  CHECK(scene.verify({}, at(tomorrow(20, 58, 0))).got("pizza") == 1);
  CHECK(scene.messages().size() == 1);
}

TEST_CASE("a message that became too old on its way is expired, not flushed at the opening") {
  Evening scene;
  scene.verify({}, at(tomorrow(21, 0, 0)));
  REQUIRE(scene.messages().empty());
  scene.run_job("deliver", {}, at(tomorrow(12, 0, 0, 60)));
  CHECK(scene.messages().empty());
  CHECK(scene.db().query("SELECT reason FROM messages").at(0).at("reason") == "message.expired");
}
