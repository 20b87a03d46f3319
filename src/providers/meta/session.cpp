// How a request to the Graph API is signed and sent. Promise: the token leaves in the secret header only, bound to the
// credential's host, the app secret not at all, and no error repeats either.
#include "providers/meta/session.hpp"

#include "base/mask.hpp"
#include "base/sodium_ready.hpp"
#include "base/text.hpp"
#include "providers/meta/settings.hpp"

#include <sodium.h>

namespace milkrun::meta {
namespace {

// 100 comments of 3,000 characters, each written as two escapes; a page that is larger is asked for with fewer rows.
constexpr std::size_t max_answer = std::size_t{4} * 1024 * 1024;

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
      caller_{credential.tenant, credential.service}, timeout_(timeout),
      shared_host_(credential.owner != Owner::tenant || is_owner(credential.host)) {
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

Expected<http::Request> Session::request_for(const std::string& path, const std::string& query) {
  if (trouble_) return std::unexpected(*trouble_);
  code_ = 0;
  std::string url = http::join_url(base_, path) + "?" + query;
  if (!proof_.empty()) url += "&appsecret_proof=" + proof_;
  ++calls_;
  return http::Request{.url = std::move(url),
                       .headers = {{"Accept", "application/json"}},
                       .secret_headers = {{"Authorization", Secret::joined({"Bearer ", token_.reveal()}), host_}},
                       .effect = http::Effect::read,
                       .caller = caller_,
                       .timeout = timeout_,
                       .max_body = max_answer,
                       .shared_host = shared_host_};
}

Expected<Json> Session::get(const std::string& path, const std::string& query) {
  const http::Request request = TRY(request_for(path, query));
  auto [said, body] = heard(TRY(http_.send(request)));
  take(said);
  return std::move(body);
}

void Session::take(const Said& said) {
  bytes_ += said.bytes;
  for (const Park& park : said.parks) add_park(parks_, park);
  exhausted_ = exhausted_ || said.exhausted;
  if (!said.served_version.empty()) served_version_ = said.served_version;
  code_ = said.code;
  if (!said.trace_id.empty()) trace_id_ = said.trace_id;
}

std::pair<Session::Said, Expected<Json>> Session::heard(const http::Response& response) const {
  const Usage usage = usage_of(response, quarters_);
  Said said{.bytes = response.body.size(),
            .parks = {},
            .served_version = text::clip(cleaned(std::string(response.header("facebook-api-version"))), 32),
            .trace_id = {},
            .exhausted = usage.exhausted};
  for (const Park& park : usage.parks) add_park(said.parks, owned(park));
  Json body = parse_json(response.body);
  if (!is_refusal(response, body)) return {std::move(said), std::move(body)};
  Refusal refusal = refusal_of(response, body, quarters_);
  said.code = refusal.code;
  for (Park& park : refusal.error.parks) {
    park = owned(std::move(park));
    add_park(said.parks, park);
  }
  said.trace_id = cleaned(std::move(refusal.trace));
  refusal.error.detail = cleaned(std::move(refusal.error.detail));
  return {std::move(said), std::unexpected(std::move(refusal.error))};
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
