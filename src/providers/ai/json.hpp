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

// The JSON of a service's answer: words around it are stepped over (a router's ": PROCESSING" while it waits), and a
// list of one thing is that thing.
std::optional<Json> parse_answer(std::string_view text);

// A count from 0 to 10^12; 0 for anything else.
std::int64_t count_of(const Json& value);

} // namespace milkrun::ai
