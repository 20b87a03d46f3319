// Many seeds over all scenes, and that a seed is a seed.
#include "sim/play.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace milkrun::sim;

namespace {

// Over all scenes: MILKRUN_SIM_SEEDS, or a thousand.
std::uint64_t seeds() {
  const char* asked = std::getenv("MILKRUN_SIM_SEEDS");
  return asked ? std::stoull(asked) : 1'000;
}

std::string told(std::string_view scene, std::uint64_t seed, const Played& p) {
  std::string out;
  for (const std::string& f : p.findings) out += f + "\n";
  return out + "repeat it: " + command(scene, seed);
}

// Whatever fails and whenever a run dies, nothing is lost, doubled or counted wrong.
void play_all(std::uint64_t from, std::uint64_t until) {
  int bad = 0, runs = 0, kills = 0, effects = 0;
  const auto all = scenes();
  for (std::uint64_t seed = from; seed <= until && bad < 5; ++seed) {
    const std::string_view scene = all[seed % all.size()];
    const Played p = play(scene, seed);
    runs += p.runs, kills += p.kills, effects += p.effects;
    if (p.findings.empty()) continue;
    ++bad;
    FAIL_CHECK(told(scene, seed, p));
  }
  MESSAGE(runs << " runs, " << kills << " deaths, " << effects << " effects");
  const auto seeds_played = static_cast<int>(until - from + 1);
  CHECK(kills > seeds_played / 4); // the seeds do test something
  CHECK(effects > seeds_played);
}

} // namespace

// By the first word of their names tests/sim/CMakeLists.txt makes two entries of them.
TEST_CASE("first: nothing is lost, doubled or counted wrong") { play_all(1, seeds() / 2); }
TEST_CASE("second: nothing is lost, doubled or counted wrong") { play_all(seeds() / 2 + 1, seeds()); }

TEST_CASE("the same seed is the same story") {
  for (const std::string_view scene : scenes())
    for (const std::uint64_t seed : {3U, 14U, 15U}) {
      CAPTURE(scene);
      CAPTURE(seed);
      CHECK(play(scene, seed).trace == play(scene, seed).trace);
      CHECK(play(scene, seed).trace != play(scene, seed + 1).trace);
    }
}
