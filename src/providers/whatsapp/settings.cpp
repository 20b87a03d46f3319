// Every complaint names the key, shows the value and says what would be right. Settings are not secret: headers that
// carry credentials are refused, and no value may bring an address of its own.
#include "providers/whatsapp/settings.hpp"

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
};

const std::vector<Known>& known_keys() {
  static const std::vector<Known> keys{
      {"template", {cloud, twilio}},   {"version", {cloud}},
      {"path", {cloud, generic}},      {"app_id", {cloud}},
      {"auth", {cloud, generic}},      {"link_preview", {cloud, waapi}},
      {"sender", {bearer, generic}},   {"instance_id", {bearer}},
      {"number_format", {bearer}},     {"session", {gateway}},
      {"ten_digits_kept", {gateway}},  {"from", {twilio}},
      {"messaging_service", {twilio}}, {"api_key", {twilio}},
      {"method", {generic}},           {"content_type", {generic}},
      {"headers", {generic}},          {"body", {generic}},
      {"secret_in_body", {generic}},   {"success", {generic}},
      {"id_pointers", {generic}},      {"error_pointer", {generic}},
      {"retry_status", {generic}},
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

std::unexpected<Error> unknown(Service service, const std::string& key) {
  std::string all = "adapter";
  for (const Known& k : known_keys()) {
    if (knows(service, k.key)) all += fmt::format(", {}", k.key);
  }
  const auto* name = std::ranges::find(services, service, &std::pair<std::string_view, Service>::second);
  return bad(fmt::format("unknown key {}: {} knows {}", text::clip(key, 60), name->first, all));
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
  const auto document = parse_json(json);
  if (!document || !document->is_object()) return bad("not a JSON object");
  const Json& adapter = member(*document, "adapter");
  const auto* service = std::ranges::find(services, text_of(adapter), &std::pair<std::string_view, Service>::first);
  if (service == services.end())
    return bad(fmt::format("adapter = {}: must be cloud, waapi, bearer, gateway, generic or twilio",
                           text::clip(to_text(adapter), 60)));
  Settings settings{.service = service->second};
  for (const auto& [key, value] : document->items()) {
    if (key == "adapter") continue;
    if (!knows(settings.service, key)) return unknown(settings.service, key);
    auto mend = set_plain(settings, key, value);
    if (!mend) mend = set_generic(settings, key, value);
    if (!mend->empty()) return bad(fmt::format("{} = {}: {}", key, text::clip(to_text(value), 120), *mend));
  }
  const Mend problem = check_together(settings);
  if (!problem.empty()) return bad(problem);
  return settings;
}

Expected<void> check_settings(std::string_view settings_json) {
  TRY(read_settings(settings_json));
  return {};
}

} // namespace milkrun::whatsapp
