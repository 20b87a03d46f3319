// A thousand seeds over all scenes, and that a seed is a seed.
#include "sim/play.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace milkrun::sim;

namespace {

constexpr std::uint64_t seeds = 1'000; // over all scenes

std::string told(std::string_view scene, std::uint64_t seed, const Played& p) {
  std::string out;
  for (const std::string& f : p.findings) out += f + "\n";
  return out + "repeat it: " + command(scene, seed);
}

} // namespace

TEST_CASE("whatever fails and whenever a run dies, nothing is lost, doubled or counted wrong") {
  int bad = 0, runs = 0, kills = 0, effects = 0;
  const auto all = scenes();
  for (std::uint64_t seed = 1; seed <= seeds && bad < 5; ++seed) {
    const std::string_view scene = all[seed % all.size()];
    const Played p = play(scene, seed);
    runs += p.runs, kills += p.kills, effects += p.effects;
    if (p.findings.empty()) continue;
    ++bad;
    FAIL_CHECK(told(scene, seed, p));
  }
  MESSAGE(runs << " runs, " << kills << " deaths, " << effects << " effects");
  CHECK(kills > static_cast<int>(seeds) / 4); // the seeds do test something
  CHECK(effects > static_cast<int>(seeds));
}

TEST_CASE("the same seed is the same story") {
  for (const std::string_view scene : scenes())
    for (const std::uint64_t seed : {3U, 14U, 15U}) {
      CAPTURE(scene);
      CAPTURE(seed);
      CHECK(play(scene, seed).trace == play(scene, seed).trace);
      CHECK(play(scene, seed).trace != play(scene, seed + 1).trace);
    }
}
