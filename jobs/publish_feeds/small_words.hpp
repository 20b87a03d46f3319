// The commonest words of languages with Latin letters: short, of every text, and hardly ever in one of another
// language.
#pragma once

#include <span>
#include <string_view>

namespace milkrun::publish_feeds {

struct SmallWords {
  std::string_view code;  // "de"
  std::string_view words; // in small letters, each between two blanks
};

std::span<const SmallWords> small_words();

} // namespace milkrun::publish_feeds
