// Reading JSON that strangers wrote: never throws, never trusts a type.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::ai {

using Json = nlohmann::json;

// nullopt unless the whole text is JSON, at most 64 levels deep. Invalid UTF-8 and lone surrogates become U+FFFD.
std::optional<Json> parse_json(std::string_view text);

// The member of an object or the element 0-based of an array; a shared null when there is none.
const Json& member(const Json& value, std::string_view key);
const Json& element(const Json& value, std::size_t index);
// The string, or "" for anything else.
std::string text_of(const Json& value);
// A count from 0 to 10^12; 0 for anything else.
std::int64_t count_of(const Json& value);

} // namespace milkrun::ai
