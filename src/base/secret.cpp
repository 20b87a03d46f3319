// Wipes a secret's bytes, also the ones behind its end that an earlier, longer value left.
#include "base/secret.hpp"

#include <sodium.h>

namespace milkrun {

Secret::~Secret() {
  value_.resize(value_.capacity()); // never reallocates
  sodium_memzero(value_.data(), value_.size());
}

} // namespace milkrun
