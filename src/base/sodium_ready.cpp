// The one call of sodium_init().
#include "base/sodium_ready.hpp"

#include <sodium.h>

#include <stdexcept>

namespace milkrun {

void sodium_ready() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium cannot be initialised: no source of randomness");
}

} // namespace milkrun
