// The settings that are one value each, of all adapters but the generic one's own.
#include "providers/whatsapp/settings.hpp"

#include "base/text.hpp"
#include "providers/whatsapp/template.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace milkrun::whatsapp {
namespace {

bool all_of(std::string_view s, std::string_view allowed) {
  return !s.empty() && s.find_first_not_of(allowed) == s.npos;
}

constexpr std::string_view decimal = "0123456789";

Mend word(std::string& target, const Json& value, const char* mend) {
  target = text_of(value);
  return is_word(target, 128) ? "" : mend;
}

Mend flag(bool& target, const Json& value) {
  if (!value.is_boolean()) return "must be true or false";
  target = value.get<bool>();
  return "";
}

Mend set_template(Settings& settings, const Json& value) {
  constexpr const char* mend = R"(must be {"name": ..., "language": ...}, both texts)";
  if (!value.is_object()) return mend;
  for (const auto& [key, text] : value.items()) {
    if ((key != "name" && key != "language") || text_of(text).empty()) return mend;
  }
  settings.template_name = text_of(member(value, "name"));
  settings.template_language = text_of(member(value, "language"));
  if (!settings.template_language.empty() && !is_language(settings.template_language))
    return "language must look like en or en_US";
  return "";
}

Mend set_version(Settings& settings, const Json& value) {
  settings.version = text_of(value);
  const std::string_view v = settings.version;
  const std::size_t dot = v.find('.');
  const bool good = v.starts_with('v') && v.size() <= 8 && dot != v.npos && all_of(v.substr(1, dot - 1), decimal) &&
                    all_of(v.substr(dot + 1), decimal);
  return good ? "" : "must look like v25.0";
}

Mend set_path(Settings& settings, const Json& value) {
  settings.path = text_of(value);
  return is_path(settings.path) ? "" : "must be a path such as /messages, without query or placeholder";
}

Mend set_app_id(Settings& settings, const Json& value) {
  settings.app_id = text_of(value);
  return all_of(settings.app_id, decimal) && settings.app_id.size() <= 32 ? "" : "must be the app's digits, as a text";
}

Mend set_link_preview(Settings& settings, const Json& value) {
  bool on = false;
  Mend mend = flag(on, value);
  settings.link_preview = on;
  return mend;
}

Mend set_number_format(Settings& settings, const Json& value) {
  static const std::map<std::string, NumberFormat> names = {{"digits", NumberFormat::digits},
                                                            {"plus", NumberFormat::plus},
                                                            {"chat_id", NumberFormat::chat_id},
                                                            {"whatsapp", NumberFormat::whatsapp}};
  const auto found = names.find(text_of(value));
  if (found == names.end()) return "must be digits, plus, chat_id or whatsapp";
  settings.number_format = found->second;
  return "";
}

Mend set_from(Settings& settings, const Json& value) {
  settings.from = text_of(value);
  return text::is_e164(settings.from) ? "" : "must be a number such as +14155238886";
}

constexpr const char* instance_mend = "must be a text without blanks";

using Setter = Mend (*)(Settings&, const Json&);
constexpr std::array<std::pair<std::string_view, Setter>, 14> setters{{
    {"template", set_template},
    {"version", set_version},
    {"path", set_path},
    {"app_id", set_app_id},
    {"auth", set_auth},
    {"link_preview", set_link_preview},
    {"sender", [](Settings& s, const Json& value) { return word(s.sender, value, instance_mend); }},
    {"instance_id", [](Settings& s, const Json& value) { return word(s.instance_id, value, instance_mend); }},
    {"session", [](Settings& s, const Json& value) { return word(s.session, value, instance_mend); }},
    {"number_format", set_number_format},
    {"ten_digits_kept", [](Settings& s, const Json& value) { return flag(s.ten_digits_kept, value); }},
    {"from", set_from},
    {"messaging_service",
     [](Settings& s, const Json& value) -> Mend {
       s.messaging_service = text_of(value);
       return is_sid(s.messaging_service, "MG") ? "" : "must be MG and letters or digits";
     }},
    {"api_key",
     [](Settings& s, const Json& value) -> Mend {
       s.api_key = text_of(value);
       return is_sid(s.api_key, "SK") ? "" : "must be SK and letters or digits (its secret is the credential's)";
     }},
}};

} // namespace

std::optional<Mend> set_plain(Settings& settings, std::string_view key, const Json& value) {
  const auto* setter = std::ranges::find(setters, key, &std::pair<std::string_view, Setter>::first);
  if (setter == setters.end()) return std::nullopt;
  return setter->second(settings, value);
}

} // namespace milkrun::whatsapp
