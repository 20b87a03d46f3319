// One letter, one mail, one recipient. Promises: what is known to be wrong costs no call; the secret goes to the
// credential's host only; the envelope sender takes bounces to where they can be told apart.
#include "base/mask.hpp"
#include "base/shown.hpp"
#include "base/text.hpp"
#include "providers/smtp/settings.hpp"
#include "providers/smtp/smtp.hpp"
#include "providers/smtp/token.hpp"
#include "providers/smtp/verdict.hpp"

#include <fmt/format.h>

namespace milkrun::smtp {
namespace {

http::Envelope::Auth auth_of(Auth auth) {
  switch (auth) {
  case Auth::login: return http::Envelope::Auth::login;
  case Auth::xoauth2: return http::Envelope::Auth::xoauth2;
  case Auth::plain: break;
  }
  return http::Envelope::Auth::plain;
}

std::string envelope_sender(const Letter& letter, const Settings& settings) {
  if (settings.bounce_domain.empty() || letter.bounce_key.empty()) return settings.from;
  return bounce_address(letter.id, settings.bounce_domain, letter.bounce_key);
}

// A mail that is wrong in itself is refused before a token is fetched for it.
Expected<http::Request> request_of(const Credential& credential, const Letter& letter, const Settings& settings,
                                   Millis timeout) {
  TRY(check_base_url(credential.base_url));
  if (credential.account.empty() || credential.secret.empty()) return fail(Fault::setting, "smtp.no_password");
  // Before the aggregates: a return out of a half-built one leaks what it holds.
  std::string body = TRY(compose(letter, credential.settings));
  std::string to = TRY(parse_address(letter.to));
  http::Request request{.method = "POST",
                        .url = credential.base_url,
                        .body = std::move(body),
                        .effect = http::Effect::once,
                        .caller = {credential.tenant, "email"},
                        .timeout = timeout};
  request.envelope = http::Envelope{.from = envelope_sender(letter, settings),
                                    .to = std::move(to),
                                    .hello = settings.from.substr(settings.from.find('@') + 1),
                                    .user = credential.account,
                                    .secret = credential.secret,
                                    .auth = auth_of(settings.auth),
                                    .host = credential.host};
  return request;
}

} // namespace

Expected<void> check_base_url(std::string_view base_url) {
  if (base_url.starts_with("smtp") && !http::server_of(base_url).empty()) return {};
  return fail(Fault::setting, "smtp.bad_settings",
              fmt::format("is \"{}\"; it must be smtp://HOST:587 (STARTTLS) or smtps://HOST:465 (TLS from the start)",
                          shown::url(base_url)));
}

Answer send(http::Client& client, const Credential& credential, const Letter& letter, Millis timeout) {
  const auto settings = read_settings(credential.settings);
  if (!settings) return {std::unexpected(Error{Fault::setting, settings.error().reason, settings.error().detail})};
  auto request = request_of(credential, letter, *settings, timeout);
  if (!request)
    return {.receipt = std::unexpected(std::move(request).error()),
            .also = parse_address(letter.to) ? Also::nothing : Also::not_taken};
  std::optional<Secret> secret;
  if (settings->auth == Auth::xoauth2) {
    auto token = access_token(client, credential, *settings, letter.date, timeout);
    if (!token) return {std::unexpected(std::move(token).error())};
    request->envelope->secret = std::move(token->access);
    secret = std::move(token->secret);
  }
  const auto response = client.send(*request);
  Answer answer{.receipt = Receipt{.id = message_id(letter.id, settings->from), .status = {}}};
  if (!response)
    answer.receipt = std::unexpected(response.error());
  else if (const std::string said = hide(response->body, {credential.secret, request->envelope->secret});
           response->status >= 200 && response->status < 300)
    answer.receipt->status = text::one_line(said, 200);
  else
    answer = refused(phase_of(response->header("smtp-phase")), response->status, said);
  if (settings->auth == Auth::xoauth2 && response && !answer.receipt &&
      answer.receipt.error().reason.is("smtp.signin_refused")) {
    // A kept one may be over before its time (another password, a new consent): another one is tried once. A fresh one
    // is believed, and not kept: the next mail would take its refusal for that of an old one, and so for ever.
    const bool was_kept = !secret;
    secret = forget_token(credential, secret);
    if (was_kept)
      answer.receipt.error() = {.fault = Fault::rate_limited,
                                .reason = "smtp.token_refused",
                                .detail = answer.receipt.error().detail,
                                .retry_after = Millis(1'000)};
  }
  answer.secret = std::move(secret);
  return answer;
}

} // namespace milkrun::smtp
