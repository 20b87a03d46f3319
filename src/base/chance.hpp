// Randomness that is no secret: jitter, and the random part of new ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace milkrun {

double chance(); // uniform in [0, 1)

#ifdef MILKRUN_TEST_HOOKS
// From now on chance() and new_id() of this thread follow from the seed alone, so that a whole run can be repeated;
// nullopt: as in a release.
void seed_chance(std::optional<std::uint64_t> seed);
// The next eight bytes of the seed's stream; nullopt when there is no seed.
std::optional<std::uint64_t> seeded_bits();
#else
inline std::optional<std::uint64_t> seeded_bits() { return std::nullopt; }
#endif

} // namespace milkrun
