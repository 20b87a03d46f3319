// One generator a thread, seeded by the operating system.
#include "base/chance.hpp"

#include <random>

namespace milkrun {

#ifdef MILKRUN_TEST_HOOKS
namespace {
thread_local std::optional<std::mt19937_64> planned;
}

void seed_chance(std::optional<std::uint64_t> seed) {
  planned.reset();
  if (seed) planned.emplace(*seed);
}

std::optional<std::uint64_t> seeded_bits() { return planned ? std::optional((*planned)()) : std::nullopt; }
#endif

double chance() {
  if (const auto bits = seeded_bits()) return static_cast<double>(*bits >> 11) * 0x1p-53;
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(random);
}

} // namespace milkrun
