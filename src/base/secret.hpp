// A string that cannot be printed by accident, and that is wiped when it goes.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace milkrun {

class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  // Swaps, so that the old value is wiped with the argument.
  Secret& operator=(Secret other) noexcept {
    value_.swap(other.value_);
    return *this;
  }
  ~Secret();

  bool empty() const { return value_.empty(); }
  // The clear text. Only credentials/, http/, providers/ and log/mask.cpp may call it (a test greps).
  std::string_view reveal() const { return value_; }

private:
  std::string value_;
};

} // namespace milkrun

template <> struct fmt::formatter<milkrun::Secret> : fmt::formatter<std::string_view> {
  template <class Context> auto format(const milkrun::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
