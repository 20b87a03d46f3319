// One seed's whole story: runs, deaths and meddling, then peace, after which all must come to its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::sim {

struct Played {
  std::vector<std::string> findings; // empty: all invariants held
  std::uint64_t trace = 0;           // hash of everything that happened
  int runs = 0, kills = 0, effects = 0;
};

// `scene`: "spine", ...; `defect`: "" or one of defects(). Prints the story line by line when `tell`.
Played play(std::string_view scene, std::uint64_t seed, std::string_view defect = "", bool tell = false);

std::vector<std::string_view> scenes();
std::vector<std::string_view> defects();

// The command that repeats a seed.
std::string command(std::string_view scene, std::uint64_t seed, std::string_view defect = "");

} // namespace milkrun::sim
