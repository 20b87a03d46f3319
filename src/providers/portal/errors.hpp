// The error table of the portal: what an answer that is no success means. Private to this folder.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace milkrun::portal {

enum class Call { tenants, report };

// Every answer that is not the hoped-for one; `body` is the answer parsed, discarded when it is no JSON.
Error refusal(const http::Response& response, const nlohmann::json& body, Call call, const Secret& secret);
// Text of a string member of a JSON object; "" otherwise.
std::string_view text_of(const nlohmann::json& object, const char* key);

} // namespace milkrun::portal
