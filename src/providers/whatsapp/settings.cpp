// Every complaint names the key, shows a plain value that cannot be a key and says what would be right. Settings are
// not secret: headers that carry credentials are refused, and no value may bring an address of its own.
#include "providers/whatsapp/settings.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "providers/whatsapp/whatsapp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::whatsapp {
namespace {

constexpr std::array<std::pair<std::string_view, Service>, 6> services{{{"cloud", Service::cloud},
                                                                        {"waapi", Service::waapi},
                                                                        {"bearer", Service::bearer},
                                                                        {"gateway", Service::gateway},
                                                                        {"generic", Service::generic},
                                                                        {"twilio", Service::twilio}}};
using enum Service;

struct Known {
  std::string_view key;
  std::vector<Service> of;
  std::string_view holds, otherwise, means;
};

const std::vector<Known>& known_keys() {
  static const std::vector<Known> keys{
      {"template",
       {cloud, twilio},
       R"({"name": ..., "language": ...})",
       "none",
       "what is sent where neither campaign nor message has a template"},
      {"version", {cloud}, "like v25.0", "v25.0", "of the Graph API"},
      {"path",
       {cloud, generic},
       "a path such as /messages",
       "cloud: /VERSION/ACCOUNT/messages; generic: none",
       "behind base_url"},
      {"app_id", {cloud}, "the app's digits, as a text", "not known", "of the app whose limits the calls share"},
      {"auth",
       {cloud, generic},
       R"({"header": ..., "prefix": ...})",
       "Authorization, Bearer; generic: none",
       "in which header the secret goes"},
      {"link_preview", {cloud, waapi}, "true or false", "cloud: false; waapi: not sent", "of links in texts"},
      {"sender", {bearer, generic}, "a text without blanks", "the account, else default", "who sends"},
      {"instance_id", {bearer}, "a text without blanks", "none", "sent as instanceId, in place of the sender"},
      {"number_format", {bearer}, "digits, plus, chat_id or whatsapp", "digits", "how the recipient is written"},
      {"session", {gateway}, "a text without blanks", "the account, else default", "the session that sends"},
      {"ten_digits_kept", {gateway}, "true or false", "false", "it puts no country code before numbers of ten digits"},
      {"from", {twilio}, "a number such as +14155238886", "none", "who sends: this, or messaging_service"},
      {"messaging_service", {twilio}, "MG and letters or digits", "none", "who sends: this, or from"},
      {"api_key",
       {twilio},
       "SK and letters or digits",
       "the account",
       "who signs in; the credential's secret is then this key's"},
      {"method", {generic}, "POST or PUT", "POST", ""},
      {"content_type", {generic}, "application/json or application/x-www-form-urlencoded", "application/json", ""},
      {"headers", {generic}, "an object of headers", "none", "none may carry a secret"},
      {"body",
       {generic},
       "JSON, or text for a form",
       "needed",
       "with {{number}}, {{number_plus}} or {{chat_id}}, {{message}}, {{sender}}, {{job_id}}, {{secret}}"},
      {"secret_in_body", {generic}, "true or false", "false", "{{secret}} stands in the body"},
      {"success",
       {generic},
       R"({"status": [200], "pointer": "/status", "equals": true})",
       "any 2xx",
       "which answers say that the message was taken"},
      {"id_pointers",
       {generic},
       "a list of JSON pointers",
       "none",
       "the first that finds a text or a number is the message's id"},
      {"error_pointer", {generic}, "a JSON pointer such as /message", "none", "where the answer says what is wrong"},
      {"retry_status",
       {generic},
       "a list of statuses from 400 to 599",
       "none",
       "answers that say: later, nothing was sent"},
  };
  return keys;
}

bool knows(Service service, std::string_view key) {
  return std::ranges::any_of(
      known_keys(), [&](const Known& k) { return k.key == key && std::ranges::find(k.of, service) != k.of.end(); });
}

std::unexpected<Error> bad(const std::string& what) {
  return fail(Fault::permanent, "whatsapp.bad_settings", text::one_line(what, 400));
}

// What is put into the wrong place may be the secret: of a list or an object nothing is shown.
std::string shown_value(const Json& value) {
  if (value.is_object()) return "{...}";
  if (value.is_array()) return "[...]";
  return value.is_string() ? to_text(Json(shown::word(text_of(value)))) : text::clip(to_text(value), 60);
}

std::unexpected<Error> unknown(Service service, const std::string& key) {
  std::string all = "adapter";
  for (const Known& k : known_keys()) {
    if (knows(service, k.key)) all += fmt::format(", {}", k.key);
  }
  const auto* name = std::ranges::find(services, service, &std::pair<std::string_view, Service>::second);
  return bad(fmt::format("unknown key {}: {} knows {}", shown::word(key), name->first, all));
}

// What is wrong between keys; "" when nothing is.
Mend check_together(Settings& settings) {
  if (settings.service == generic) return check_generic(settings);
  if (settings.service == twilio && settings.from.empty() == settings.messaging_service.empty())
    return "from, messaging_service: exactly one of them is needed";
  return "";
}

} // namespace

bool is_word(std::string_view s, std::size_t most) {
  return !s.empty() && s.size() <= most && std::ranges::all_of(s, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_sid(std::string_view s, std::string_view kind) {
  return s.starts_with(kind) && s.size() > kind.size() && s.size() <= 64 &&
         std::ranges::all_of(s, [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_path(std::string_view s) { return is_word(s, 500) && s.front() == '/' && s.find_first_of("?#{}\\") == s.npos; }

Expected<Settings> read_settings(std::string_view json) {
  const auto document = parse_settings(json);
  if (!document) return bad(document.error());
  const Json& adapter = member(*document, "adapter");
  const auto* service = std::ranges::find(services, text_of(adapter), &std::pair<std::string_view, Service>::first);
  if (service == services.end())
    return bad(
        fmt::format("adapter = {}: must be cloud, waapi, bearer, gateway, generic or twilio", shown_value(adapter)));
  Settings settings{.service = service->second};
  for (const auto& [key, value] : document->items()) {
    if (key == "adapter") continue;
    if (!knows(settings.service, key)) return unknown(settings.service, key);
    auto mend = set_plain(settings, key, value);
    if (!mend) mend = set_generic(settings, key, value);
    if (!mend->empty()) return bad(fmt::format("{} = {}: {}", key, shown_value(value), *mend));
  }
  const Mend problem = check_together(settings);
  if (!problem.empty()) return bad(problem);
  return settings;
}

std::string adapter_of(std::string_view settings_json) {
  const auto document = parse_json(settings_json);
  return document && document->is_object() ? text_of(member(*document, "adapter")) : std::string();
}

std::vector<SettingDoc> settings_reference() {
  std::vector<SettingDoc> out;
  std::string all;
  for (const auto& [name, service] : services) all.append(all.empty() ? "" : ", ").append(name);
  out.push_back({"adapter", "", "one of " + all, "needed", "whose API it is"});
  for (const Known& k : known_keys()) {
    std::string of;
    for (const auto& [name, service] : services)
      if (knows(service, k.key)) of.append(of.empty() ? "" : ", ").append(name);
    out.push_back(
        {std::string(k.key), std::move(of), std::string(k.holds), std::string(k.otherwise), std::string(k.means)});
  }
  return out;
}

Expected<void> check_settings(std::string_view settings_json) {
  TRY(read_settings(settings_json));
  return {};
}

} // namespace milkrun::whatsapp
