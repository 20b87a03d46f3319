// Reading JSON that strangers wrote: never throws, never trusts a type.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun {

// nullopt unless the whole text is JSON, nested at most `levels` deep. Invalid UTF-8 becomes U+FFFD.
std::optional<nlohmann::json> parse_json(std::string_view text, std::size_t levels = 32);

// The member of an object, the element (from 0) of an array; a shared null when there is none.
const nlohmann::json& member(const nlohmann::json& value, std::string_view key);
const nlohmann::json& element(const nlohmann::json& value, std::size_t index);
// The string, or "" for anything else.
std::string text_of(const nlohmann::json& value);

} // namespace milkrun
