// Kills at random: any point, any moment, one to three lives, one to sixteen workers. The seed is fixed; by hand,
// MILKRUN_KILLS and MILKRUN_KILL_SEED make the campaign longer or another one.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <cstdlib>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>

using namespace milkrun::e2e;

namespace {

constexpr const char* points[] = {"db.before_commit",  "db.after_commit",  "http.before_send", "http.in_flight",
                                  "http.after_answer", "claim.after",      "begin.after",      "work.before",
                                  "work.after",        "arm.before",       "arm.after",        "reconcile.before",
                                  "reconcile.after",   "finish.before",    "finish.after",     "rescue.before",
                                  "rescue.after",      "run.before_report"};

class Dice {
public:
  explicit Dice(unsigned long seed) : engine_(seed) {}
  // Not std::uniform_int_distribution: the same seed must mean the same campaign with every library.
  int up_to(int most) { return static_cast<int>(engine_() % static_cast<unsigned long>(most)) + 1; }

  Life life() {
    constexpr int workers[] = {1, 4, 16};
    Life life{.point = "", .after = {}, .workers = workers[up_to(3) - 1]};
    if (up_to(3) == 1) {
      life.after = std::chrono::milliseconds(up_to(600));
      return life;
    }
    const std::string point = points[up_to(std::size(points)) - 1];
    const bool often = point.starts_with("db.") || point.starts_with("http.");
    const int times = often ? 40 : point.starts_with("r") ? 1 : 12;
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
};

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

} // namespace

TEST_CASE("killed at random, everything is published once") {
  const unsigned long seed = setting("MILKRUN_KILL_SEED", 20261121), wanted = setting("MILKRUN_KILLS", 40);
  Dice dice(seed);
  std::vector<Trial> trials;
  for (unsigned long lives = 0; lives < wanted; lives += trials.back().lives.size()) trials.push_back(dice.trial());
  const std::vector<Verdict> verdicts = play(trials);
  std::size_t kills = 0, lives = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    kills += verdicts[i].killed;
    lives += trials[i].lives.size();
    INFO("seed ", seed, ", trial ", i, ": killed at ", verdicts[i].trial);
    CHECK(sentences(verdicts[i].complaints) == "");
  }
  MESSAGE("seed ", seed, ": ", kills, " kills in ", trials.size(), " trials");
  CHECK(kills * 2 > lives); // or the points lie where no run comes
}
