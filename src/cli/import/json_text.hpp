// Strict reading of JSON text: what a lenient parser would let pass is an error with its place.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace milkrun::cli {

// Takes an element of the document's list "tenants" as soon as it is read; false: enough, no more is read.
using TakeTenant = std::function<bool(const nlohmann::json& tenant)>;

// Errors name line, column and what was expected there, never the text (it may be a secret): no JSON, a name given
// twice in one object, nesting deeper than 32 levels, more values than any document or any tenant has. Never throws on
// input. The tenants are handed on one by one, and their list is empty in what comes back: held at a time are one of
// them and what stands beside them.
std::expected<nlohmann::json, std::string> read_json(std::string_view text, const TakeTenant& take);

} // namespace milkrun::cli
