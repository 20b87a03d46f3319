// What the accounts of Graph and WhatsApp services have in common: settings, bearer tokens, planned errors.
#pragma once

#include "exchange.hpp"

#include <optional>

namespace milkrun::sandbox {

// A setting as text; a number counts as its digits, anything else and an absent one as `otherwise`.
std::string setting(const Json& account, const std::string& name, const std::string& otherwise = "");
// An empty token fits nobody.
bool bears(const Ask& ask, const std::string& token);
// The next entry of the account's "errors", counted down. One with "contains" waits for its text in path, query or
// body.
std::optional<Json> next_planned(Json& account, const Ask& ask);

} // namespace milkrun::sandbox
