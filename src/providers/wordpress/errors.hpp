// The error table of a WordPress site: what an answer that is no success means. Private to this folder.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>

namespace milkrun::wordpress {

inline constexpr ReasonCode wrong_password = "wordpress.password_refused";
inline constexpr ReasonCode passwords_off = "wordpress.passwords_unavailable";
inline constexpr ReasonCode may_not_publish = "wordpress.may_not_publish";
inline constexpr ReasonCode may_not_create = "wordpress.may_not_create";
inline constexpr ReasonCode no_api = "wordpress.no_api";

// Every answer that is not the hoped-for one. With Effect::once whatever may have been processed is uncertain.
// Its detail is the site's own words, whole: for Client::clean() and nobody else.
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
