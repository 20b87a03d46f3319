// What every WordPress REST route has in common; portal and sites use it.
#pragma once

#include "exchange.hpp"

#include <optional>

namespace milkrun::sandbox {

// {"code","message","data":{"status"}}
Answer rest_error(int status, const std::string& code, const std::string& message);
// 400 rest_invalid_param about one parameter.
Answer invalid_param(const std::string& name, const std::string& why, const std::string& code);
Answer no_route();
Answer invalid_json();
// 503 with Retry-After 600, HTML or JSON as the request's types ask.
Answer maintenance(const Ask& ask);

bool has_json_body(const Ask& ask);
// The body's parameters (JSON object, or form); an empty one without a body; nullopt for broken JSON.
std::optional<Json> body_params(const Ask& ask);
// Applies ?_fields= to an object or to each object of an array.
Json trimmed(const Ask& ask, const Json& value);

} // namespace milkrun::sandbox
