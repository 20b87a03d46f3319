// The one shape every service is asked for, and the check of what it sent.
#pragma once

#include "providers/ai/ai.hpp"
#include "providers/ai/json.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace milkrun::ai {

// JSON Schema of a draft in the subset that all services take: everything required, nothing additional, no limits.
Json draft_schema();

// The draft in a model's text: thinking and code fences are stripped, strings cleaned, limits checked. Tags and excerpt
// are taken as far as they can be, a long title is cut.
// The error says in our own words what is wrong; it quotes nothing of the text.
std::expected<Draft, std::string> read_draft(std::string_view text);

// Nothing for people: blanks, characters that nobody sees, thinking, the word null.
bool has_no_words(std::string_view text);

// The outermost JSON object in a model's text, or nullopt.
std::optional<Json> outermost_object(std::string_view text);

} // namespace milkrun::ai
