// libsodium must be initialised once before its random numbers and its ciphers are used.
#pragma once

namespace milkrun {

// Idempotent and thread-safe. Throws std::runtime_error when the machine has no source of randomness.
void sodium_ready();

} // namespace milkrun
