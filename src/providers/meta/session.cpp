// How a request to the Graph API is signed and sent. Promise: the token leaves in the secret header only, bound to the
// credential's host, the app secret not at all, and no error repeats either.
#include "providers/meta/session.hpp"

#include "base/hide.hpp"
#include "base/sodium_ready.hpp"
#include "base/text.hpp"
#include "providers/meta/settings.hpp"

#include <sodium.h>

namespace milkrun::meta {
namespace {

// 100 comments of 8,000 characters, each written as two escapes.
constexpr std::size_t max_answer = std::size_t{16} * 1024 * 1024;

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// HMAC-SHA256 of the token under the app's secret, in hex: shows that who holds the token holds the app too.
std::string proof_of(std::string_view token, std::string_view app_secret) {
  sodium_ready();
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(app_secret), app_secret.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(token), token.size());
  char digest[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest));
  sodium_memzero(&state, sizeof state);
  return text::hex({digest, sizeof digest});
}

// Only Meta's own hosts are believed about apps, pages and accounts: their names are shared by all tenants.
bool is_owner(std::string_view host) { return host == "graph.facebook.com" || host == "graph.instagram.com"; }

} // namespace

Session::Session(http::Client& http, const Credential& credential, Millis timeout)
    : http_(http), base_(text::trim(credential.base_url)), host_(credential.host),
      caller_{credential.tenant, credential.service}, timeout_(timeout) {
  const std::string_view whole = credential.secret.reveal();
  const std::size_t end = whole.find('\n');
  token_ = Secret(std::string(text::trim(whole.substr(0, end))));
  if (end != std::string_view::npos) app_secret_ = Secret(std::string(text::trim(whole.substr(end + 1))));
  if (!app_secret_.empty()) proof_ = proof_of(token_.reveal(), app_secret_.reveal());

  quarters_ = {
      .app = credential.id.value, .account = credential.account, .instagram = credential.service == "instagram"};
  const auto settings = read_settings(credential.settings);
  if (settings) {
    base_ = http::join_url(base_, settings->version);
    if (!settings->app_id.empty()) quarters_.app = settings->app_id;
    if (token_.empty()) trouble_ = Error{.fault = Fault::setting, .reason = "meta.no_token"};
  } else {
    // Every item under this credential would meet the same settings.
    trouble_ = settings.error();
    trouble_->fault = Fault::setting;
  }
}

Expected<Json> Session::get(const std::string& path, const std::string& query) {
  if (trouble_) return std::unexpected(*trouble_);
  code_ = 0;
  std::string url = http::join_url(base_, path) + "?" + query;
  if (!proof_.empty()) url += "&appsecret_proof=" + proof_;
  const http::Request request{
      .url = std::move(url),
      .headers = {{"Accept", "application/json"}},
      .secret_headers = {{"Authorization", Secret("Bearer " + std::string(token_.reveal())), host_}},
      .effect = http::Effect::read,
      .caller = caller_,
      .timeout = timeout_,
      .max_body = max_answer};
  ++calls_;
  return read(TRY(http_.send(request)));
}

Expected<Json> Session::read(const http::Response& response) {
  bytes_ += response.body.size();
  const Usage usage = usage_of(response, quarters_);
  for (const Park& park : usage.parks) add_park(parks_, owned(park));
  exhausted_ = exhausted_ || usage.exhausted;
  if (const auto version = response.header("facebook-api-version"); !version.empty())
    served_version_ = text::clip(cleaned(std::string(version)), 32);
  Json body = parse_json(response.body);
  if (!is_refusal(response, body)) return body;
  Refusal refusal = refusal_of(response, body, quarters_);
  code_ = refusal.code;
  for (Park& park : refusal.error.parks) {
    park = owned(std::move(park));
    add_park(parks_, park);
  }
  trace_id_ = cleaned(std::move(refusal.trace));
  refusal.error.detail = cleaned(std::move(refusal.error.detail));
  return std::unexpected(std::move(refusal.error));
}

Park Session::owned(Park park) const {
  if (!is_owner(host_)) park = {.scope = ParkScope::credential, .id = "", .rest = park.rest, .reason = park.reason};
  return park;
}

std::string Session::cleaned(std::string text) const {
  return text::one_line(hide(std::move(text), {token_, app_secret_, Secret(proof_)}), 300);
}

std::string fields(std::string_view names) { return "fields=" + text::percent_encode(names); }

std::unexpected<Error> bad_object_id() { return fail(Fault::permanent, "meta.bad_object_id"); }

} // namespace milkrun::meta
