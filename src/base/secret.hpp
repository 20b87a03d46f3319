// A string that cannot be printed by accident, and that is wiped when it goes.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace milkrun {

class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret();

  bool empty() const { return value_.empty(); }
  // The clear text. Only credentials/, http/ and providers/ may call it (a test greps).
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
