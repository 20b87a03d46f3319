// One target as a libFuzzer program; TARGET is its name.
#include "fuzz/fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  milkrun::fuzz::TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
