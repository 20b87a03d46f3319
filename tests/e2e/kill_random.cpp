// Kills at random: any point, any moment, one to three lives, one to sixteen in flight. The seed is fixed; by hand,
// MILKRUN_KILLS and MILKRUN_KILL_SEED make the campaign longer or another one.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>
#include <random>

using namespace milkrun::e2e;

namespace {

class Dice {
public:
  explicit Dice(unsigned long seed) : engine_(seed) {
    for (const std::string& point : all_points()) points_.push_back(point);
  }
  // Not std::uniform_int_distribution: the same seed must mean the same campaign with every library.
  int up_to(int most) { return static_cast<int>(engine_() % static_cast<unsigned long>(most)) + 1; }

  Life life() {
    constexpr int in_flight[] = {1, 4, 16};
    Life life{.point = "", .after = {}, .in_flight = in_flight[up_to(3) - 1]};
    if (up_to(3) == 1) {
      life.after = std::chrono::milliseconds(up_to(600));
      return life;
    }
    const std::string& point = points_[static_cast<std::size_t>(up_to(static_cast<int>(points_.size()))) - 1];
    const bool often = point.starts_with("db.") || point.starts_with("turn.");
    const int times = often ? 30 : point.starts_with("r") || point.starts_with("p") ? 1 : 12;
    life.point = fmt::format("{}:{}", point, up_to(up_to(times))); // early ones more often: late ones may not come
    return life;
  }

  Trial trial() {
    Trial trial;
    for (int lives = up_to(3); lives > 0; --lives) trial.lives.push_back(life());
    return trial;
  }

private:
  std::mt19937_64 engine_;
  std::vector<std::string> points_;
};

} // namespace

TEST_CASE("killed at random, everything is published once") {
  const unsigned long seed = setting("MILKRUN_KILL_SEED", 20261121), wanted = setting("MILKRUN_KILLS", 40);
  Dice dice(seed);
  std::vector<Trial> trials;
  for (unsigned long lives = 0; lives < wanted; lives += trials.back().lives.size()) trials.push_back(dice.trial());
  const std::vector<Verdict> verdicts = play(publishing_benches(), trials);
  std::size_t kills = 0, lives = 0;
  std::map<std::string, std::pair<int, int>> reached; // by point: tried, killed
  for (std::size_t i = 0; i < trials.size(); ++i) {
    kills += verdicts[i].killed;
    lives += trials[i].lives.size();
    for (std::size_t life = 0; life < std::min(verdicts[i].killed + 1, trials[i].lives.size()); ++life) {
      auto& [tried, killed] = reached[trials[i].lives[life].point.substr(0, trials[i].lives[life].point.find(':'))];
      ++tried;
      if (life < verdicts[i].killed) ++killed;
    }
    INFO("seed ", seed, ", trial ", i, ": killed at ", verdicts[i].trial);
    CHECK(sentences(verdicts[i].complaints) == "");
  }
  MESSAGE("seed ", seed, ": ", kills, " kills in ", trials.size(), " trials");
  CHECK(kills * 2 > lives); // or the points lie where no run comes
  for (const auto& [point, times] : reached)
    CHECK_MESSAGE((times.first < 20 || times.second > 0), point, " was tried ", times.first,
                  " times and never reached");
}
