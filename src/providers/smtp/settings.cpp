// Every complaint names the key, shows the value and says what would be right. Addresses are kept as they go on the
// wire.
#include "providers/smtp/settings.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "providers/smtp/header.hpp"
#include "providers/smtp/smtp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace milkrun::smtp {
namespace {

using Json = nlohmann::json;
using Complaint = std::string; // "" = the value is good

std::unexpected<Error> bad(const std::string& what) {
  return fail(Fault::permanent, "smtp.bad_settings", text::one_line(what, 300));
}

Complaint set_address(std::string& target, const Json& value) {
  auto address = parse_address(text_of(value));
  if (!address) return "must be an e-mail address such as \"post@example.org\"";
  target = std::move(*address);
  return "";
}

Complaint set_name(std::string& target, const Json& value) {
  target = text_of(value);
  return target.empty() || target.size() > 200 || !is_header_text(target) ? "must be a name in one line" : "";
}

Complaint set_domain(std::string& target, const Json& value) {
  const auto address = parse_address("bounce@" + text_of(value));
  if (!address) return "must be a domain such as \"bounces.example.org\"";
  target = address->substr(address->find('@') + 1);
  return "";
}

Complaint set_auth(Auth& target, const Json& value) {
  static const std::map<std::string, Auth> names = {
      {"plain", Auth::plain}, {"login", Auth::login}, {"xoauth2", Auth::xoauth2}};
  const auto found = names.find(text_of(value));
  if (found == names.end()) return "must be plain, login or xoauth2";
  target = found->second;
  return "";
}

Complaint set_url(std::string& target, const Json& value) {
  target = text_of(value);
  return target.starts_with("http") && !http::host_of(target).empty() ? ""
                                                                      : "must be an address that starts with https://";
}

Complaint set_word(std::string& target, const Json& value) {
  target = text_of(value);
  const bool good = !target.empty() && target.size() <= 500 &&
                    std::ranges::all_of(target, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  return good ? "" : "must be a text of printable characters";
}

using Set = Complaint (*)(Settings&, const Json&);

const std::map<std::string, Set, std::less<>>& setters() {
  static const std::map<std::string, Set, std::less<>> all = {
      {"from", [](Settings& s, const Json& v) { return set_address(s.from, v); }},
      {"from_name", [](Settings& s, const Json& v) { return set_name(s.from_name, v); }},
      {"reply_to", [](Settings& s, const Json& v) { return set_address(s.reply_to, v); }},
      {"unsubscribe", [](Settings& s, const Json& v) { return set_address(s.unsubscribe, v); }},
      {"bounce_domain", [](Settings& s, const Json& v) { return set_domain(s.bounce_domain, v); }},
      {"auth", [](Settings& s, const Json& v) { return set_auth(s.auth, v); }},
      {"token_url", [](Settings& s, const Json& v) { return set_url(s.token_url, v); }},
      {"client_id", [](Settings& s, const Json& v) { return set_word(s.client_id, v); }},
      {"scope", [](Settings& s, const Json& v) { return set_word(s.scope, v); }},
  };
  return all;
}

std::unexpected<Error> unknown(const std::string& key) {
  std::string all;
  for (const auto& [name, set] : setters()) all += (all.empty() ? "" : ", ") + name;
  return bad(fmt::format("unknown key {}: the service email knows {}", text::clip(key, 60), all));
}

Expected<void> check_together(const Settings& settings) {
  if (settings.from.empty()) return bad("from is missing; give the address that mails come from");
  const bool has_app = !settings.token_url.empty() || !settings.client_id.empty() || !settings.scope.empty();
  if (settings.auth != Auth::xoauth2 && has_app) return bad("token_url, client_id and scope go with auth = xoauth2");
  if (settings.auth == Auth::xoauth2 && (settings.token_url.empty() || settings.client_id.empty()))
    return bad("token_url and client_id are needed with auth = xoauth2");
  return {};
}

} // namespace

Expected<Settings> read_settings(std::string_view json) {
  const auto document = parse_json(json);
  if (!document || !document->is_object()) return bad("not a JSON object");
  Settings settings;
  for (const auto& [key, value] : document->items()) {
    const auto set = setters().find(key);
    if (set == setters().end()) return unknown(key);
    if (const Complaint complaint = set->second(settings, value); !complaint.empty())
      return bad(fmt::format("{} = {}: {}", key,
                             text::clip(value.dump(-1, ' ', false, Json::error_handler_t::replace), 120), complaint));
  }
  TRY(check_together(settings));
  return settings;
}

Expected<void> check_settings(std::string_view settings_json) {
  TRY(read_settings(settings_json));
  return {};
}

} // namespace milkrun::smtp
