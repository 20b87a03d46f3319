// All chance of a simulated world, from one seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

namespace milkrun::sim {

class Dice {
public:
  explicit Dice(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  std::uint64_t bits() { return bits_(); }
  // 0 to n - 1. Modulo: the same on every library, and even enough.
  int below(int n) { return static_cast<int>(bits_() % static_cast<std::uint64_t>(n)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool percent(int p) { return below(100) < p; }
  template <class T> T of(std::initializer_list<T> list) {
    return *(list.begin() + below(static_cast<int>(list.size())));
  }
  template <class T> const T& of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }

private:
  std::mt19937_64 bits_;
};

} // namespace milkrun::sim
