// Reading what a WordPress site answers, and writing the addresses of its routes. Private to this folder.
#pragma once

#include "providers/wordpress/wordpress.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace milkrun::wordpress {

// The JSON of an answer, without what plugins print around it (`noise` then becomes true). Discarded when there is none
// or more of it than WordPress sends. Never throws.
nlohmann::json parse(std::string_view body, bool* noise = nullptr);
// Text of a string member; "" when there is none or it is longer: a part of it may be half of an echoed secret, which
// no mask knows.
std::string text_of(const nlohmann::json& object, const char* key, std::size_t max_bytes = 200);
// A positive id, sent as a number or as digits; 0 otherwise.
std::int64_t id_of(const nlohmann::json& object, const char* key = "id");
// id, link, status and slug of a post object; id 0 when it is none.
Created created_from(const nlohmann::json& object);
// Address of a route: api + path + query, for both forms of the REST root.
std::string route(std::string_view api, std::string_view path, std::string_view query);
// One line of JSON, whatever bytes the strings hold.
std::string dump(const nlohmann::json& value);

} // namespace milkrun::wordpress
