// The typed settings of an e-mail credential.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>

namespace milkrun::smtp {

enum class Auth { plain, login, xoauth2 };

struct Settings {
  std::string from, from_name, reply_to, unsubscribe, bounce_domain;
  Auth auth = Auth::plain;
  std::string token_url, client_id, scope;
};

Expected<Settings> read_settings(std::string_view json);

} // namespace milkrun::smtp
