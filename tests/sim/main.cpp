// milkrun-sim: many seeds, or one seed told line by line.
//
//   milkrun-sim [--seeds N] [--from N] [--seed N] [--scene NAME] [--defect NAME]
#include "sim/play.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>

using namespace milkrun::sim;

namespace {

struct Asked {
  std::uint64_t seeds = 1'000, from = 1;
  std::optional<std::uint64_t> seed;
  std::string scene, defect;
};

int one(const Asked& a, std::string_view scene, std::uint64_t seed) {
  const Played p = play(scene, seed, a.defect, a.seed.has_value());
  for (const std::string& f : p.findings) fmt::print("{} seed {}: {}\n", scene, seed, f);
  if (!p.findings.empty()) fmt::print("repeat it: {}\n", command(scene, seed, a.defect));
  if (a.seed) fmt::print("trace {:016x}, {} runs, {} kills, {} effects\n", p.trace, p.runs, p.kills, p.effects);
  return p.findings.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  Asked a;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--seeds")
      a.seeds = std::stoull(value);
    else if (flag == "--from")
      a.from = std::stoull(value);
    else if (flag == "--seed")
      a.seed = std::stoull(value);
    else if (flag == "--scene")
      a.scene = value;
    else if (flag == "--defect")
      a.defect = value;
    else {
      fmt::print(stderr, "milkrun-sim: no option {}; there are --seeds, --from, --seed, --scene, --defect\n", flag);
      return 64;
    }
  }
  int bad = 0, played = 0;
  for (const std::string_view scene : scenes()) {
    if (!a.scene.empty() && a.scene != scene) continue;
    if (a.seed) {
      bad += one(a, scene, *a.seed);
      ++played;
      continue;
    }
    for (std::uint64_t seed = a.from; seed < a.from + a.seeds && bad < 10; ++seed, ++played) bad += one(a, scene, seed);
  }
  fmt::print("{} seeds, {} with findings\n", played, bad);
  return bad == 0 && played > 0 ? 0 : 1;
}
