// Reading JSON that strangers wrote: never throws, never trusts a type.
#pragma once

#include "base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::ai {

using Json = nlohmann::json;

// nullopt unless the whole text is JSON, at most 64 levels deep. Invalid UTF-8 and lone surrogates become U+FFFD.
std::optional<Json> parse_json(std::string_view text);

// The same of what a model or a careless gateway wrote as JSON: with a comma too many, a bare line break in a string
// and the like. nullopt for what is cut off, and above 256 KiB: no article is so long.
std::optional<Json> parse_mended_json(std::string_view text);

// The text that was written into JSON once more: {\"title\": ...}, in quotes or without, with words around it or
// without.
std::optional<std::string> written_twice(std::string_view text);

// From an opening brace to its closing one, or to the end of the text.
std::string_view balanced(std::string_view text);

// The JSON of a service's answer: words around it are stepped over (a router's ": PROCESSING" while it waits), slips
// are mended, and a list of one thing is that thing.
std::optional<Json> parse_answer(std::string_view text);

// A count from 0 to 10^12; 0 for anything else.
std::int64_t count_of(const Json& value);

} // namespace milkrun::ai
