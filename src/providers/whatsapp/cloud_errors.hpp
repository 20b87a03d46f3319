// The error table of Meta's Cloud API.
#pragma once

#include "providers/whatsapp/verdict.hpp"

#include <vector>

namespace milkrun::whatsapp {

// Any answer but 2xx.
Answer cloud_refusal(const Exchange& exchange);
// Parks for limits that the usage headers of any answer show as reached.
std::vector<Park> cloud_usage(const Exchange& exchange);

} // namespace milkrun::whatsapp
