// Strict reading of JSON text: what a lenient parser would let pass is an error with its place.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace milkrun::cli {

// Errors name line, column and what was expected there, never the text (it may be a secret): no JSON, a name given
// twice in one object, nesting deeper than 32 levels, more values than any document has. Never throws on input.
std::expected<nlohmann::json, std::string> read_json(std::string_view text);

} // namespace milkrun::cli
