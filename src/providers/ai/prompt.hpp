// What the model is told.
#pragma once

#include "providers/ai/adapter.hpp"

#include <string>
#include <string_view>

namespace milkrun::ai {

// Task and rules in the system text; the feed item alone in the user's turn, between two lines with random markers.
Talk first_talk(const Brief& brief);

// Adds the answer that did not fit and what is wrong with it.
void ask_again(Talk& talk, std::string_view answer, std::string_view problem);

// English name of a language: "de" -> "German", "de-AT" -> "German (de-AT)"; a name stays; unknown codes are quoted.
std::string language_name(std::string_view language);

} // namespace milkrun::ai
