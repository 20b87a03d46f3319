// Reading JSON that strangers wrote: never throws, never trusts a type.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::whatsapp {

using Json = nlohmann::json;

// nullopt unless the whole text is JSON, at most 32 levels deep. Invalid UTF-8 becomes U+FFFD.
std::optional<Json> parse_json(std::string_view text);
// Compact; invalid UTF-8 becomes U+FFFD.
std::string to_text(const Json& value);

// The member of an object or the element of an array; a shared null when there is none.
const Json& member(const Json& value, std::string_view key);
const Json& element(const Json& value, std::size_t index);
// The string, or "" for anything else.
std::string text_of(const Json& value);
// A whole number from 0 to 2^31-1, as a number or as text; nullopt for anything else.
std::optional<int> number_of(const Json& value);

// JSON pointers (RFC 6901): whether the text is one, and the value it finds (nullptr when there is none).
bool is_pointer(std::string_view pointer);
const Json* at_pointer(const Json& value, std::string_view pointer);

} // namespace milkrun::whatsapp
