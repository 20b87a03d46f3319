// New ids: the time, then the operating system's randomness, so that no two machines need to agree.
#include "base/id.hpp"

#include "base/chance.hpp"
#include "base/clock.hpp"
#include "base/sodium_ready.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <sodium.h>

namespace milkrun {

std::string new_id() {
  // A test's seed makes the whole id: two made within a millisecond must lie in the same order each time.
  if (const auto bits = seeded_bits()) return fmt::format("{:016x}{:016x}", *bits, *seeded_bits());
  sodium_ready();
  char bytes[16];
  constexpr std::size_t clock_bytes = 6;
  auto ms = std::chrono::floor<Millis>(std::chrono::system_clock::now()).time_since_epoch().count();
  for (std::size_t i = clock_bytes; i-- > 0; ms >>= 8) bytes[i] = static_cast<char>(ms & 0xff);
  randombytes_buf(bytes + clock_bytes, sizeof bytes - clock_bytes);
  return text::hex({bytes, sizeof bytes});
}

} // namespace milkrun
