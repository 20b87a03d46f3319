// From a service's refusal to our faults.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"
#include "providers/ai/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::ai {

// What an error body says, whatever its shape: {"error": {...}}, {"error": "..."}, a one-element array of these, flat
// {"message", "type", "code"}, {"detail"}, {"errors": [...]}, or no JSON at all.
struct Problem {
  int status = 0;                  // the HTTP status, or the body's own code below a 2xx
  std::string message;             // untrusted
  bool json = false;               // the body was JSON: the service itself speaks, nobody in front of it
  std::string words;               // type, code, status and reasons, lower case, each between blanks
  std::optional<Millis> wait = {}; // what the service asked for, in headers or text
};

Problem problem_of(const http::Response& response, const std::optional<Json>& body);
// Does a body that came with a 2xx hold an error instead of an answer?
bool holds_error(const Json& body);

// The decision table; `secret` is what must not appear in the detail.
Error error_of(const Problem& problem, const Secret& secret);

// One line of at most 512 bytes in which everything that looks like a key, and `secret` itself, is "***".
std::string redact(std::string_view text, const Secret& secret);

// "34.07s", "900ms", "1h2m3.5s" -> milliseconds; nullopt for anything else or more than a week.
std::optional<Millis> go_duration(std::string_view s);

} // namespace milkrun::ai
