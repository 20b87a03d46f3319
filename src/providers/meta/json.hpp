// Reading what the Graph API answers: never throws, never trusts a type. Private to this folder.
#pragma once

#include "base/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::meta {

using Json = nlohmann::json;

// Discarded unless the whole text is JSON, at most 32 levels deep. Invalid UTF-8 becomes U+FFFD.
Json parse_json(std::string_view text);
// The string, at most `max_bytes`; "" for anything else.
std::string text_of(const Json& value, std::size_t max_bytes = 256);
// A whole number from 0 to 10^12, also as digits in a string; nullopt for anything else.
std::optional<std::int64_t> count_of(const Json& value);
// An id that may go into a path, also sent as a number; "" otherwise.
std::string id_of(const Json& value);
// [A-Za-z0-9_], 1 to 128 of them.
bool is_object_id(std::string_view id);

} // namespace milkrun::meta
