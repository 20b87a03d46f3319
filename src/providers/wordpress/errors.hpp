// The error table of a WordPress site: what an answer that is no success means. Private to this folder.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>

namespace milkrun::wordpress {

inline constexpr auto wrong_password = "wordpress: wrong user or application password";
inline constexpr auto passwords_off = "wordpress: application passwords unavailable";
inline constexpr auto may_not_publish = "wordpress: role may not publish";
inline constexpr auto may_not_create = "wordpress: role may not create posts";
inline constexpr auto no_api = "wordpress: no REST API at this address";

// Every answer that is not the hoped-for one. With Effect::once whatever may have been processed is uncertain.
Error refusal(const http::Response& response, http::Effect effect);
// "code" of a REST error object ("rest_no_route"); "" when the body is none.
std::string code_of(const http::Response& response);
// A web page or a redirect where the REST API should have answered: the API may be elsewhere on this site.
bool missed_the_api(const http::Response& response);
// "https://host" of an absolute address, host as http::host_of() writes it; "" when it is none.
std::string origin_of(std::string_view url);
// Origin a redirect points to; "" when it points nowhere.
std::string redirect_origin(const http::Response& response);

} // namespace milkrun::wordpress
