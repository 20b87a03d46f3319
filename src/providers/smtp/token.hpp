// OAuth access tokens for SMTP (RFC 6749 §6, XOAUTH2).
#pragma once

#include "providers/smtp/settings.hpp"

#include "base/clock.hpp"
#include "credentials/credential.hpp"

#include <optional>

namespace milkrun::smtp {

struct Token {
  Secret access;
  std::optional<Secret> secret; // the credential's secret with this token in it, when it was fetched
};

// The stored token while it is good for another minute, else a new one. Errors beside http's: setting
// "smtp.token_refused", "smtp.no_refresh_token", "smtp.bad_settings" (token_url at a host that is no business of the
// secret's); outage "smtp.token_service_failed"; rate_limited "smtp.slow_down".
Expected<Token> access_token(http::Client& client, const Credential& credential, const Settings& settings, Time now,
                             Millis timeout);

// What is stored once the server refused a token: the secret without it, so that the next mail fetches another one.
// `fetched`: the secret with a token that was fetched for this mail, which was stored nowhere yet; nullopt then, when
// there is nothing else new in it.
std::optional<Secret> forget_token(const Credential& credential, const std::optional<Secret>& fetched);

} // namespace milkrun::smtp
