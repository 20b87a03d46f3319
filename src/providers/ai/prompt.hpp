// What the model is told.
#pragma once

#include "providers/ai/adapter.hpp"

#include <string>
#include <string_view>

namespace milkrun::ai {

inline constexpr std::size_t most_item_bytes = 24'000; // of an item's text

// Task and rules in the system text, which is always the same; in the user's turn language, tone and the feed item,
// each block between two lines with a marker of its own.
Talk first_talk(const Brief& brief);

// Adds the answer that did not fit and what is wrong with it.
void ask_again(Talk& talk, std::string_view answer, std::string_view problem);

// English name of a language: "de" -> "German", "de-AT" -> "German (de-AT)"; a name stays; unknown codes are quoted.
std::string language_name(std::string_view language);

} // namespace milkrun::ai
