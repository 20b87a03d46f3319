// What makes two requests the same.
#pragma once

#include "http/client.hpp"

#include <string>

namespace milkrun::http {

// SHA-256 of method, URL and body, 64 hex digits. Headers are left out: they hold secrets, which may change.
std::string digest_of(const Request& request);

} // namespace milkrun::http
