// New ids. They are made from the operating system's randomness, so that no two machines need to agree.
#include "base/id.hpp"

#include "base/sodium_ready.hpp"
#include "base/text.hpp"

#include <sodium.h>

namespace milkrun {

std::string new_id() {
  sodium_ready();
  char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  return text::hex({bytes, sizeof bytes});
}

} // namespace milkrun
