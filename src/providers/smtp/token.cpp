// The refresh token goes in a body, where the client's own rule (a secret is bound to its host) does not reach it; so
// it is held here: settings are not sealed, and may not send it anywhere but to its mail server or a service known for
// tokens.
#include "providers/smtp/token.hpp"

#include "base/json.hpp"
#include "base/shown.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::smtp {
namespace {

constexpr std::array<std::string_view, 2> known_hosts{"oauth2.googleapis.com", "login.microsoftonline.com"};
constexpr Millis margin{60'000};
constexpr std::int64_t longest_life = 24 * 3600; // seconds a token is kept at most, whatever its service says

struct Kept {
  std::string_view refresh, client_secret, token;
  Time expires{};
};

Kept kept_in(std::string_view secret) {
  Kept out;
  const auto lines = text::split(secret, '\n');
  out.refresh = text::trim(lines[0]);
  if (lines.size() > 1) out.client_secret = text::trim(lines[1]);
  if (lines.size() > 2) {
    const std::size_t blank = lines[2].find(' ');
    const auto expires = text::to_int(lines[2].substr(0, blank));
    if (blank != std::string_view::npos && expires) {
      out.expires = from_ms(*expires);
      out.token = text::trim(lines[2].substr(blank + 1));
    }
  }
  return out;
}

std::string_view without_port(std::string_view host) { return host.substr(0, host.rfind(':')); }

bool may_have_secret(const std::string& token_url, std::string_view mail_server) {
  const std::string host = http::host_of(token_url);
  if (std::ranges::find(known_hosts, host) != known_hosts.end()) return token_url.starts_with("https://");
  return !host.empty() && without_port(host) == without_port(mail_server);
}

// What bearer tokens are made of (RFC 6750); nothing that could leave its line.
bool is_bearer(std::string_view token) {
  return !token.empty() && token.size() <= 8192 &&
         std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_word(std::string_view s) {
  return s.size() <= 40 && std::ranges::all_of(s, [](char c) { return text::is_letter(c) || c == '_'; });
}

std::unexpected<Error> no_token(const http::Response& response) {
  const auto body = parse_json(response.body);
  // The words of RFC 6749 §5.2 hold no secret; what a service writes beside them might, and so might a part of it.
  std::string word = body ? text_of(member(*body, "error")) : "";
  if (!is_word(word)) word.clear();
  Error error{.fault = Fault::outage,
              .reason = "smtp.token_service_failed",
              .detail = fmt::format("{} {}", response.status, word),
              .http_status = response.status};
  if (response.status == 429) {
    error.fault = Fault::rate_limited;
    error.reason = "smtp.slow_down";
    error.retry_after = std::chrono::minutes(5);
    error.parks = {{ParkScope::credential, "", std::chrono::minutes(5), error.reason}};
  } else if (response.status >= 400 && response.status < 500) {
    error.fault = Fault::setting;
    error.reason = "smtp.token_refused";
  }
  return std::unexpected(std::move(error));
}

http::Request question(const Kept& kept, const Credential& credential, const Settings& settings, Millis timeout) {
  std::string body = fmt::format("grant_type=refresh_token&client_id={}&refresh_token={}",
                                 text::percent_encode(settings.client_id), text::percent_encode(kept.refresh));
  if (!kept.client_secret.empty()) body += "&client_secret=" + text::percent_encode(kept.client_secret);
  if (!settings.scope.empty()) body += "&scope=" + text::percent_encode(settings.scope);
  return {.method = "POST",
          .url = settings.token_url,
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
          .body = std::move(body),
          .effect = http::Effect::repeatable,
          .caller = {credential.tenant, "email"},
          .timeout = timeout,
          .max_body = std::size_t{64} * 1024};
}

} // namespace

std::optional<Secret> forget_token(const Credential& credential, const std::optional<Secret>& fetched) {
  const Kept stored = kept_in(credential.secret.reveal());
  const Kept kept = fetched ? kept_in(fetched->reveal()) : stored;
  if (fetched && kept.refresh == stored.refresh) return std::nullopt;
  return Secret(fmt::format("{}\n{}", kept.refresh, kept.client_secret));
}

Expected<void> check_token_host(std::string_view settings_json, std::string_view base_url) {
  const Settings settings = TRY(read_settings(settings_json));
  const std::string server = http::server_of(std::string(base_url));
  if (settings.auth != Auth::xoauth2 || may_have_secret(settings.token_url, server)) return {};
  return fail(
      Fault::setting, "smtp.bad_settings",
      fmt::format("token_url = {}: its host must be {}'s own, oauth2.googleapis.com or login.microsoftonline.com",
                  shown::url(settings.token_url), text::one_line(server, 80)));
}

Expected<Token> access_token(http::Client& client, const Credential& credential, const Settings& settings, Time now,
                             Millis timeout) {
  const Kept kept = kept_in(credential.secret.reveal());
  if (is_bearer(kept.token) && now + margin < kept.expires) return Token{Secret(std::string(kept.token)), {}};
  if (kept.refresh.empty()) return fail(Fault::setting, "smtp.no_refresh_token");
  TRY(check_token_host(credential.settings, credential.base_url));
  const http::Response response = TRY(client.send(question(kept, credential, settings, timeout)));
  const auto body = response.status == 200 ? parse_json(response.body) : std::nullopt;
  const std::string token = body ? text_of(member(*body, "access_token")) : "";
  if (response.status == 200 && !is_bearer(token))
    return fail(Fault::outage, "smtp.token_service_failed", "200 without an access_token");
  if (response.status != 200) return no_token(response);
  const auto& life = member(*body, "expires_in");
  const std::int64_t seconds = life.is_number_integer() ? std::clamp<std::int64_t>(life, 0, longest_life) : 300;
  // A service may hand out another refresh token, and the old one is then over.
  const std::string renewed = text_of(member(*body, "refresh_token"));
  return Token{Secret(token), Secret(fmt::format("{}\n{}\n{} {}", is_bearer(renewed) ? renewed : kept.refresh,
                                                 kept.client_secret, to_ms(now) + seconds * 1000, token))};
}

} // namespace milkrun::smtp
