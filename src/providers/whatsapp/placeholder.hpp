// {{name}} in the body of a generic gateway.
#pragma once

#include "providers/whatsapp/json.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::whatsapp {

// The names between "{{" and "}}", in order; nullopt when one is not closed.
std::optional<std::vector<std::string>> placeholders(std::string_view text);
// The same for all strings of a JSON value; keys are not looked at.
std::optional<std::vector<std::string>> placeholders(const Json& value);

// Each placeholder replaced by what `value_of` says, in one pass: what comes in is not looked at again.
using ValueOf = std::function<std::string(std::string_view name)>;
std::string fill(std::string_view text, const ValueOf& value_of);
Json fill(const Json& value, const ValueOf& value_of);

} // namespace milkrun::whatsapp
