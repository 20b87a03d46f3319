// A secret shows itself to nobody who does not ask by name.
#include "base/secret.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <type_traits>

using namespace milkrun;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };

} // namespace

TEST_CASE("a secret prints as *** and cannot be streamed or become a string by accident") {
  const Secret secret("open sesame");
  CHECK(fmt::format("{}", secret) == "***");
  CHECK(fmt::format("[{:>5}]", secret) == "[  ***]");
  CHECK(secret.reveal() == "open sesame");
  static_assert(!streamable<Secret> && streamable<std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST_CASE("secrets copy, move and assign like strings") {
  Secret a("one"), b(a);
  CHECK(b.reveal() == "one");
  b = Secret("a much longer value that does not fit into the object itself");
  a = b;
  CHECK(a.reveal() == b.reveal());
  Secret c(std::move(a));
  CHECK(c.reveal() == b.reveal());
  const Secret& same = c;
  c = same;
  CHECK(c.reveal() == b.reveal());
  CHECK(Secret().empty());
}
