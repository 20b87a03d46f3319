// The error table of the Graph API. Private to this folder.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"
#include "providers/meta/json.hpp"
#include "providers/meta/usage.hpp"

#include <cstdint>
#include <string>

namespace milkrun::meta {

struct Refusal {
  Error error;
  std::int64_t code = 0; // Graph's own; 0 = the answer had none
  std::string trace = {};
};

// Whether an answer is a refusal or no answer at all; a 200 with an error inside is one.
bool is_refusal(const http::Response& response, const Json& body);
// What it means. The detail holds the service's words, not yet cleaned of secrets or cut.
Refusal refusal_of(const http::Response& response, const Json& body, const Quarters& quarters);

} // namespace milkrun::meta
