// Every complaint names the key, shows the value and says what would be right. Addresses are kept as they go on the
// wire.
#include "providers/smtp/settings.hpp"

#include "base/json.hpp"
#include "base/shown.hpp"
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
using Mistake = std::string; // "" = the value is good

std::unexpected<Error> bad(const std::string& what) {
  return fail(Fault::permanent, "smtp.bad_settings", text::one_line(what, 300));
}

Mistake set_address(std::string& target, const Json& value) {
  auto address = parse_address(text_of(value));
  if (!address) return "must be an e-mail address such as \"post@example.org\"";
  target = std::move(*address);
  return "";
}

Mistake set_name(std::string& target, const Json& value) {
  target = text_of(value);
  return target.empty() || target.size() > 200 || !is_header_text(target) ? "must be a name in one line" : "";
}

Mistake set_domain(std::string& target, const Json& value) {
  const auto address = parse_address("bounce@" + text_of(value));
  if (!address) return "must be a domain such as \"bounces.example.org\"";
  target = address->substr(address->find('@') + 1);
  return "";
}

Mistake set_auth(Auth& target, const Json& value) {
  static const std::map<std::string, Auth> names = {
      {"plain", Auth::plain}, {"login", Auth::login}, {"xoauth2", Auth::xoauth2}};
  const auto found = names.find(text_of(value));
  if (found == names.end()) return "must be plain, login or xoauth2";
  target = found->second;
  return "";
}

Mistake set_url(std::string& target, const Json& value) {
  target = text_of(value);
  return target.starts_with("http") && !http::host_of(target).empty() ? ""
                                                                      : "must be an address that starts with https://";
}

Mistake set_word(std::string& target, const Json& value) {
  target = text_of(value);
  const bool good = !target.empty() && target.size() <= 500 &&
                    std::ranges::all_of(target, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  return good ? "" : "must be a text of printable characters";
}

struct Key {
  std::string_view name;
  Mistake (*set)(Settings&, const Json&);
  std::string_view holds, otherwise, means;
};
constexpr Key keys[] = {
    {"from", [](Settings& s, const Json& v) { return set_address(s.from, v); }, "an address", "needed",
     "that mails come from"},
    {"from_name", [](Settings& s, const Json& v) { return set_name(s.from_name, v); }, "a name in one line", "none",
     "shown beside it"},
    {"reply_to", [](Settings& s, const Json& v) { return set_address(s.reply_to, v); }, "an address", "from",
     "that answers go to"},
    {"unsubscribe", [](Settings& s, const Json& v) { return set_address(s.unsubscribe, v); }, "an address",
     "reply_to, else from", "that takes mails of who wants no more; in the List-Unsubscribe header of drips"},
    {"bounce_domain", [](Settings& s, const Json& v) { return set_domain(s.bounce_domain, v); }, "a domain", "none",
     "of the envelope's sender, which is from without it"},
    {"auth", [](Settings& s, const Json& v) { return set_auth(s.auth, v); }, "plain, login or xoauth2", "plain",
     "how to sign in"},
    {"token_url", [](Settings& s, const Json& v) { return set_url(s.token_url, v); }, "an https URL",
     "needed with xoauth2", "where a refresh token becomes an access token"},
    {"client_id", [](Settings& s, const Json& v) { return set_word(s.client_id, v); }, "text", "needed with xoauth2",
     "of the app there"},
    {"scope", [](Settings& s, const Json& v) { return set_word(s.scope, v); }, "text", "not sent", "asked for there"},
};

std::unexpected<Error> unknown(const std::string& key) {
  std::string all;
  for (const Key& known : keys) all.append(all.empty() ? "" : ", ").append(known.name);
  return bad(fmt::format("unknown key {}: the service email knows {}", shown::word(key), all));
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
  const auto document = parse_settings(json);
  if (!document) return bad(document.error());
  Settings settings;
  for (const auto& [key, value] : document->items()) {
    const auto* const known = std::ranges::find(keys, std::string_view(key), &Key::name);
    if (known == std::end(keys)) return unknown(key);
    if (const Mistake complaint = known->set(settings, value); !complaint.empty())
      return bad(fmt::format("{} = {}: {}", key,
                             text::clip(value.dump(-1, ' ', false, Json::error_handler_t::replace), 120), complaint));
  }
  TRY(check_together(settings));
  return settings;
}

std::vector<SettingDoc> settings_reference() {
  std::vector<SettingDoc> out;
  for (const Key& key : keys)
    out.push_back(
        {std::string(key.name), "", std::string(key.holds), std::string(key.otherwise), std::string(key.means)});
  return out;
}

Expected<void> check_settings(std::string_view settings_json) {
  TRY(read_settings(settings_json));
  return {};
}

} // namespace milkrun::smtp
