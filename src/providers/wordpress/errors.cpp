// Tells a WordPress site's refusals apart by status and REST error code (developer.wordpress.org/rest-api).
// Promise: a refusal is only ever called harmless for a `once` call when the site cannot have processed it.
#include "providers/wordpress/errors.hpp"

#include "base/text.hpp"
#include "providers/wordpress/answer.hpp"

#include <algorithm>
#include <array>

namespace milkrun::wordpress {
namespace {

using std::chrono::seconds;

struct Row {
  int status;
  std::string_view code;
  Fault fault;
  ReasonCode reason;
};

// A wrong password is not always reported as such: core serves the request as anonymous, and then a 401
// complains about what the anonymous visitor may not do.
constexpr Row known[] = {
    {401, "rest_not_logged_in", Fault::setting, wrong_password},
    {401, "rest_cannot_create", Fault::setting, wrong_password},
    {401, "rest_forbidden_context", Fault::setting, wrong_password},
    {401, "incorrect_password", Fault::setting, wrong_password},
    {401, "invalid_username", Fault::setting, "wordpress.unknown_user"},
    {401, "invalid_email", Fault::setting, "wordpress.unknown_user"},
    {401, "application_passwords_disabled", Fault::setting, passwords_off},
    {401, "application_passwords_disabled_for_user", Fault::setting, passwords_off},
    {403, "rest_cannot_publish", Fault::setting, may_not_publish},
    {403, "rest_cannot_create", Fault::setting, may_not_create},
    {403, "rest_forbidden_context", Fault::setting, may_not_create}, // the look before a post asks as its editor
    {403, "rest_cannot_assign_term", Fault::setting, "wordpress.may_not_use_term"},
    {404, "rest_no_route", Fault::setting, "wordpress.no_route"},
    {400, "empty_content", Fault::permanent, "wordpress.post_empty"},
    {400, "rest_invalid_param", Fault::permanent, "wordpress.field_refused"},
    // What left here is JSON: somebody in front has made something else of it, and does so with every post.
    {400, "rest_invalid_json", Fault::outage, "wordpress.not_json"},
    // 500s that no retry will mend.
    {500, "empty_term_name", Fault::permanent, "wordpress.term_without_name"},
    {500, "rest_upload_sideload_error", Fault::permanent, "wordpress.upload_refused"},
};

// A refusal of fields that are none of the text (tags, categories, status, author, featured_media): ids that the site
// gave itself, or a setting.
bool spares_the_text(const nlohmann::json& body) {
  const auto data = body.is_object() ? body.find("data") : body.end();
  if (!body.is_object() || data == body.end() || !data->is_object() || !data->contains("params")) return false;
  const nlohmann::json& params = (*data)["params"];
  return params.is_object() && !params.empty() &&
         std::ranges::none_of(std::array{"title", "content", "excerpt", "slug"},
                              [&](const char* name) { return params.contains(name); });
}

// Whole: Client::clean() hides secrets in it before it cuts. Behind the line break stand our own words.
std::string detail_of(const http::Response& response, const nlohmann::json& body, bool noise) {
  constexpr std::size_t all = std::string::npos;
  std::string detail = "HTTP " + std::to_string(response.status);
  if (body.is_object()) {
    if (const auto code = text_of(body, "code", all); !code.empty()) detail += " " + code;
    if (const auto message = text_of(body, "message", all); !message.empty()) detail += ": " + message;
  } else if (const auto type = response.header("Content-Type"); !type.empty()) {
    detail.append(" ").append(type);
  }
  detail += '\n';
  if (noise) detail += " (a plugin prints words around the JSON)";
  return detail;
}

// What the database does not take. Only of a value that does not fit does it say so; full, read-only and crashed ones
// get well again, and nothing was stored.
Row database_refusal(const http::Response& response) {
  if (response.body.find("too long") != std::string::npos)
    return {500, "", Fault::permanent, "wordpress.field_too_long"};
  return {500, "", Fault::outage, "wordpress.server_error"};
}

// Maintenance mode answers before any request is looked at, so even a `once` call was not processed.
bool in_maintenance(const http::Response& response, const nlohmann::json& body) {
  if (response.status != 503 || response.header("Retry-After").empty()) return false;
  return text_of(body, "code") == "wp_die" || response.body.find("<title>Maintenance") != std::string::npos;
}

Row server_fault(const http::Response& response, const nlohmann::json& body, http::Effect effect) {
  if (in_maintenance(response, body)) return {0, "", Fault::outage, "wordpress.maintenance"};
  if (effect == http::Effect::once) return {0, "", Fault::uncertain, "wordpress.server_error_after_post"};
  return {0, "", Fault::outage, "wordpress.server_error"};
}

Row by_status(const http::Response& response, const nlohmann::json& body, http::Effect effect) {
  const bool json = body.is_object();
  const int status = response.status;
  if (status >= 500) return server_fault(response, body, effect);
  if (status < 300) {
    if (effect == http::Effect::once) return {0, "", Fault::uncertain, "wordpress.not_a_post"};
    return {0, "", Fault::outage, "wordpress.answer_not_understood"};
  }
  if (status < 400) return {0, "", Fault::setting, "wordpress.redirects"};
  switch (status) {
  case 401:
    return {0, "", Fault::setting,
            json ? ReasonCode("wordpress.signin_refused_by_plugin") : ReasonCode("wordpress.web_server_password")};
  case 403: {
    // Core's codes speak of the account, and so does whatever a look is answered. A plugin that refuses a post which is
    // just being made speaks of its text: it waits alone.
    const std::string code = text_of(body, "code");
    if (effect == http::Effect::once && !code.empty() && !code.starts_with("rest_"))
      return {0, "", Fault::outage, "wordpress.request_refused"};
    if (json) return {0, "", Fault::setting, "wordpress.account_refused"};
  }
    [[fallthrough]];
  case 406: { // a firewall may judge answers too: its page then comes when the post is stored
    const bool sent = effect == http::Effect::once;
    return {0, "", sent ? Fault::uncertain : Fault::outage, "wordpress.blocked_by_firewall"};
  }
  case 404: return {0, "", Fault::setting, no_api};
  case 408: return {0, "", Fault::outage, "wordpress.request_timed_out"};
  // A page is of somebody in front, who passes nothing on that is too large for him, and lets through more tomorrow.
  case 413: return {0, "", json ? Fault::permanent : Fault::outage, "wordpress.post_too_large"};
  case 429: return {0, "", Fault::rate_limited, "wordpress.too_many_requests"};
  case 400:
    // A plugin's own word, which nobody knows: perhaps of this very request, so that it waits alone.
    if (json) return {0, "", Fault::outage, "wordpress.request_refused"};
    break;
  default: break;
  }
  // Somebody in front of WordPress: what it had passed on before, nobody knows.
  const bool unclear = !json && effect == http::Effect::once;
  return {0, "", unclear ? Fault::uncertain : Fault::outage, "wordpress.request_refused"};
}

// How long the whole host should rest: what it asked for; a 429 without a figure gets a minute.
void rest_host(Error& error) {
  if (error.fault == Fault::rate_limited && !error.retry_after) error.retry_after = seconds(60);
  if (error.retry_after) error.parks.push_back({ParkScope::host, "", *error.retry_after, error.reason});
}

} // namespace

std::string code_of(const http::Response& response) { return text_of(parse(response.body), "code"); }

std::string origin_of(std::string_view url) {
  const std::string host = http::host_of(url);
  if (host.empty()) return "";
  return text::lower(url.substr(0, url.find(':'))) + "://" + host;
}

std::string redirect_origin(const http::Response& response) {
  return origin_of(http::resolve_url(response.url, response.header("Location")));
}

bool missed_the_api(const http::Response& response) {
  const int status = response.status;
  if (status >= 300 && status < 400) return true;
  const bool page = status == 200 || status == 404 || status == 405 || status == 410;
  return page && parse(response.body).is_discarded();
}

Error refusal(const http::Response& response, http::Effect effect) {
  bool noise = false;
  const auto body = parse(response.body, &noise);
  const std::string code = text_of(body, "code");
  const auto* found =
      std::ranges::find_if(known, [&](const Row& row) { return row.status == response.status && row.code == code; });
  const bool database = response.status == 500 && code == "db_insert_error";
  const Row row = found != std::end(known) ? *found
                  : database               ? database_refusal(response)
                                           : by_status(response, body, effect);
  const bool may_pass = row.fault == Fault::permanent && spares_the_text(body);
  Error error{.fault = may_pass ? Fault::outage : row.fault,
              .reason = row.reason,
              .detail = detail_of(response, body, noise),
              .http_status = response.status};
  if (response.status >= 300 && response.status < 400) error.detail += " to " + redirect_origin(response);
  if (response.status == 429 || response.status == 503) {
    error.retry_after = http::retry_after(response);
    rest_host(error);
  }
  const bool of_text = response.status == 413 || ((response.status == 400 || response.status == 403) &&
                                                  body.is_object() && code != "rest_invalid_json");
  if (of_text && error.fault == Fault::outage) error.parks.push_back({ParkScope::page, "", Millis(0), error.reason});
  return error;
}

} // namespace milkrun::wordpress
