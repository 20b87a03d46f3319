// Finds the REST API of a site and signs in: one request where permalinks are pretty, up to four where not.
// Promise: the password goes to the credential's own host only, whatever the site announces.
#include "base/text.hpp"
#include "providers/wordpress/answer.hpp"
#include "providers/wordpress/errors.hpp"

#include <algorithm>

namespace milkrun::wordpress {
namespace {

constexpr auto api_relation = "https://api.w.org/";

// WordPress writes capabilities as {"publish_posts": true}; some plugins write 1 or "1".
bool has(const nlohmann::json& capabilities, const char* name) {
  const auto found = capabilities.find(name);
  if (found == capabilities.end()) return false;
  if (found->is_boolean()) return found->get<bool>();
  return id_of(capabilities, name) > 0;
}

Site site_from(const std::string& api, const nlohmann::json& user) {
  Site site{.api = api, .user_id = id_of(user), .roles = {}};
  if (const auto roles = user.find("roles"); roles != user.end() && roles->is_array()) {
    for (const auto& role : *roles)
      if (role.is_string() && site.roles.size() < 20 && role.get_ref<const std::string&>().size() <= 100)
        site.roles.push_back(role.get<std::string>());
  }
  const auto capabilities = user.find("capabilities");
  if (capabilities == user.end() || !capabilities->is_object()) {
    // Hidden by a plugin: the site itself will say no to what the role may not.
    site.may_publish = site.may_create = site.may_upload = true;
    return site;
  }
  site.may_publish = has(*capabilities, "publish_posts");
  site.may_create = has(*capabilities, "edit_posts");
  site.may_manage_categories = has(*capabilities, "manage_categories");
  site.unfiltered_html = has(*capabilities, "unfiltered_html");
  site.may_upload = has(*capabilities, "upload_files");
  return site;
}

// The target of the api.w.org relation in one Link header (RFC 8288); "" when it is not there.
std::string_view api_link(std::string_view header) {
  for (std::size_t open = header.find('<'); open != std::string_view::npos; open = header.find('<', open + 1)) {
    const std::size_t close = header.find('>', open);
    if (close == std::string_view::npos) return {};
    const auto parameters = header.substr(close, header.find('<', close) - close);
    if (parameters.find(api_relation) != std::string_view::npos) return header.substr(open + 1, close - open - 1);
  }
  return {};
}

// "/blog/wp-json/" of "https://www.example.org/blog/wp-json/".
std::string_view after_authority(std::string_view url) {
  const std::size_t authority = url.find("://");
  if (authority == std::string_view::npos) return {};
  const std::size_t end = url.find_first_of("/?#", authority + 3);
  return end == std::string_view::npos ? std::string_view{} : url.substr(end);
}

std::string with_slash(std::string api) {
  if (!api.ends_with('/') && !text::lower(api).ends_with("%2f")) api += '/';
  return api;
}

} // namespace

Expected<Site> Client::connect() {
  const std::string pretty = base_ + "wp-json/", plain = base_ + "?rest_route=/";
  bool page = false; // a web page with status 200: a parking page, a "moving servers" page, a bot check
  Site site = TRY(sign_in(pretty, page));
  if (!site.api.empty()) return site;
  const std::string announced = TRY(api_from_home());
  if (!announced.empty() && announced != pretty) site = TRY(sign_in(announced, page));
  if (site.api.empty() && announced != plain) site = TRY(sign_in(plain, page));
  if (!site.api.empty()) return site;
  if (page) return fail(Fault::outage, "wordpress.page_instead_of_api", text::one_line(base_));
  return fail(Fault::setting, no_api, text::one_line(base_));
}

Expected<Site> Client::sign_in(const std::string& api, bool& page) {
  const std::string url = route(api, "wp/v2/users/me", "context=edit&_fields=id,roles,capabilities");
  const auto response = TRY(call("GET", url, "", http::Effect::read));
  const auto user = parse(response.body);
  if (response.status == 200 && id_of(user) > 0) return site_from(api, user);
  const bool elsewhere = response.status / 100 == 3 && redirect_origin(response) != origin_of(base_);
  // Hidden by a plugin, beside an API that answers: the site itself will say no to what the account may not.
  if (response.status == 404 && code_of(response).starts_with("rest_"))
    return Site{.api = api, .may_publish = true, .may_create = true, .may_upload = true};
  if (missed_the_api(response) && !elsewhere) {
    page = page || (response.status == 200 && api != base_ + "?rest_route=/"); // there the home page may well answer
    return Site{};
  }
  Error error = clean(refusal(response, http::Effect::read));
  // A plugin against the listing of users hides this route by 401 or 403, too, and not always in WordPress's words.
  const bool of_a_plugin = error.reason.is("wordpress.account_refused") ||
                           error.reason.is("wordpress.signin_refused_by_plugin") ||
                           error.reason.is("wordpress.blocked_by_firewall");
  if (of_a_plugin && root_of(api)) return Site{.api = api, .may_publish = true, .may_create = true, .may_upload = true};
  if (error.reason.is(wrong_password) && passwords_unavailable(api)) {
    error.reason = passwords_off;
    error.detail += "; the site takes them over https only, or a plugin turned them off";
  }
  return std::unexpected(std::move(error));
}

std::optional<nlohmann::json> Client::root_of(const std::string& api) {
  const auto response = call("GET", route(api, "", "_fields=authentication"), "", http::Effect::read);
  if (!response || response->status != 200) return std::nullopt;
  auto root = parse(response->body);
  if (!root.is_object() || !root.contains("authentication")) return std::nullopt;
  return root;
}

bool Client::passwords_unavailable(const std::string& api) {
  const auto root = root_of(api);
  if (!root) return false;
  const auto& ways = (*root)["authentication"]; // an empty array, or an object by scheme
  return (ways.is_array() && ways.empty()) || (ways.is_object() && !ways.contains("application-passwords"));
}

Expected<std::string> Client::api_from_home() {
  const http::Request request{.url = base_,
                              .caller = {tenant_, "wordpress"},
                              .timeout = timeout_,
                              .max_body = std::size_t{64} * 1024, // what we look for is in the headers
                              .may_be_cut = true};
  auto response = http_.send(request);
  if (!response) return std::unexpected(std::move(response).error());
  if (response->url.empty()) response->url = base_;
  const int status = response->status;
  // "/" may well lead to "/en/" of the same site; that redirect still carries the Link header.
  const bool within = status / 100 == 3 && redirect_origin(*response) == origin_of(base_);
  const bool telling = within || status == 200 || status == 404 || status == 405 || status == 410;
  if (!telling) return std::unexpected(clean(refusal(*response, http::Effect::read)));
  for (const auto& header : response->headers) {
    if (!text::iequals(header.name, "Link")) continue;
    // Only the path is believed: the site may know itself under another name, and the host is the tenant's word.
    const std::string target = http::resolve_url(base_, api_link(header.value));
    const auto path = api_link(header.value).empty() ? std::string_view{} : after_authority(target);
    if (path.empty() || path.size() > 1024) continue;
    const std::string_view own = base_;
    return with_slash(std::string(own.substr(0, own.size() - after_authority(own).size())).append(path));
  }
  return std::string{};
}

} // namespace milkrun::wordpress
