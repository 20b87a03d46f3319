// What makes two requests the same.
#pragma once

#include "http/client.hpp"

#include <cstdint>

namespace milkrun::http {

// Of method, URL, headers, body, effect and envelope. The values of secrets are left out: where they go is not.
std::uint64_t digest_of(const Request& request);

} // namespace milkrun::http
