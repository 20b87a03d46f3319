// Reading JSON that strangers wrote: never throws, never trusts a type.
#pragma once

#include "base/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::whatsapp {

using Json = nlohmann::json;

// Compact; invalid UTF-8 becomes U+FFFD.
std::string to_text(const Json& value);

// A whole number from 0 to 2^31-1, as a number or as text; nullopt for anything else.
std::optional<int> number_of(const Json& value);

// JSON pointers (RFC 6901): whether the text is one, and the value it finds (nullptr when there is none).
bool is_pointer(std::string_view pointer);
const Json* at_pointer(const Json& value, std::string_view pointer);

} // namespace milkrun::whatsapp
