// A string that cannot be printed by accident, that has one copy, and that is wiped when its last owner goes.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace milkrun {

class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value); // the argument is wiped
  // The parts behind one another, without a copy beside it: "Bearer " and a token.
  static Secret joined(std::initializer_list<std::string_view> parts);

  bool empty() const { return !bytes_; }
  // The clear text. Only credentials/, http/, providers/ and base/ may call it (a test greps).
  std::string_view reveal() const;

private:
  struct Bytes;
  std::shared_ptr<const Bytes> bytes_; // never changes: copies of a Secret share it
};

} // namespace milkrun

template <> struct fmt::formatter<milkrun::Secret> : fmt::formatter<std::string_view> {
  template <class Context> auto format(const milkrun::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
