// The key of an item within its stage: a typed value with one printer and one parser.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace milkrun {

// "article:ID", "feed:ID:SLOT". What stands between the colons may hold any text: ':' and '%' are written as %3A and
// %25, so that no part is ever cut by its length or mistaken for another.
struct Key {
  std::string kind;          // "article"
  std::string id;            // of the domain row: what the stage's `load` asks for
  std::string part = {};     // which one of several of that row: a slot, a count; "" = the only one
  std::string as_found = {}; // its text where a foreign hand wrote one that text() would not: its row keeps its name

  auto operator<=>(const Key&) const = default;
  std::string text() const;
  static Key parse(std::string_view text);
};

} // namespace milkrun
