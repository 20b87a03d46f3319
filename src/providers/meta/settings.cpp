// Two keys, each checked for what goes into a URL or a park's id; and how long a version of the API still lives.
#include "providers/meta/settings.hpp"

#include "base/instant.hpp"
#include "base/shown.hpp"
#include "base/text.hpp"
#include "providers/meta/json.hpp"
#include "providers/meta/meta.hpp"

#include <algorithm>
#include <utility>

namespace milkrun::meta {
namespace {

std::unexpected<Error> bad_settings(const std::string& what) {
  return fail(Fault::permanent, "meta.bad_settings", text::one_line(what, 200));
}

bool is_digits(std::string_view s, std::size_t most) {
  return !s.empty() && s.size() <= most && s.find_first_not_of("0123456789") == std::string_view::npos;
}

// {25, 0} of "v25.0".
std::optional<std::pair<std::int64_t, std::int64_t>> numbers_of(std::string_view version) {
  const std::size_t dot = version.find('.');
  if (!version.starts_with('v') || dot == std::string_view::npos) return std::nullopt;
  const std::string_view major = version.substr(1, dot - 1), minor = version.substr(dot + 1);
  if (!is_digits(major, 3) || !is_digits(minor, 2)) return std::nullopt;
  return std::pair(*text::to_int(major), *text::to_int(minor));
}

struct Key {
  std::string_view name;
  bool (*set)(Settings&, const std::string& word);
  std::string_view holds, otherwise, means;
};
constexpr Key keys[] = {
    {"version",
     [](Settings& s, const std::string& word) {
       s.version = word;
       return numbers_of(word).has_value();
     },
     "like v25.0", "v25.0", "of the Graph API"},
    {"app_id",
     [](Settings& s, const std::string& word) {
       s.app_id = word;
       return is_digits(word, 32);
     },
     "a text of digits", "not known", "of the app whose limits the calls share"},
};

} // namespace

Expected<Settings> read_settings(std::string_view json) {
  Settings settings;
  if (text::trim(json).empty()) return settings;
  const auto document = parse_settings(json);
  if (!document) return bad_settings(document.error());
  for (const auto& [key, value] : document->items()) {
    const auto* const known = std::ranges::find(keys, std::string_view(key), &Key::name);
    if (known == std::end(keys)) return bad_settings("unknown key " + shown::word(key));
    if (!known->set(settings, text_of(value))) return bad_settings(key + " must be " + std::string(known->holds));
  }
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

std::string asked_version(std::string_view settings_json) {
  const auto settings = read_settings(settings_json);
  return settings ? settings->version : std::string();
}

const std::vector<VersionEnd>& version_ends() {
  static const std::vector<VersionEnd> ends = {
      {"v18.0", "2026-01-26"}, {"v20.0", "2026-09-24"}, {"v21.0", "2027-01-21"}, {"v22.0", "2027-05-20"},
      {"v23.0", "2027-10-08"}, {"v24.0", "2028-02-18"}, {"v25.0", "2028-07-29"},
  };
  return ends;
}

std::optional<std::int64_t> days_left(std::string_view settings_json, Time now) {
  const auto settings = read_settings(settings_json);
  if (!settings) return std::nullopt;
  const auto asked = numbers_of(settings->version);
  const auto& ends = version_ends();
  const auto end = std::ranges::find_if(ends, [&](const VersionEnd& e) { return numbers_of(e.version) >= asked; });
  if (end == ends.end()) return std::nullopt;
  const auto until = parse_instant(end->until + "T00:00:00+0000");
  return until ? std::optional(std::chrono::floor<std::chrono::days>(*until - now).count()) : std::nullopt;
}

} // namespace milkrun::meta
