// The single values of a JSON object. A value is shown in a message unless it may be a secret.
#include "base/instant.hpp"
#include "base/shown.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

// As it stands in the document; of what holds more only what it is.
std::string shown_value(const nlohmann::json& value) {
  if (value.is_structured()) return value.is_object() ? "an object" : "a list";
  if (value.is_string()) return fmt::format("\"{}\"", shown::word(value.get_ref<const std::string&>()));
  return value.dump();
}

} // namespace

std::optional<std::string> Fields::text_of(std::string_view name, std::size_t most_bytes, bool breaks) {
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    wrong(name, "must be a text in quotes");
    return std::nullopt;
  }
  const auto& s = value->get_ref<const std::string&>();
  if (s.size() <= most_bytes && !has_control(s, breaks)) return s;
  wrong(name, fmt::format("must be {} of at most {} bytes",
                          breaks ? "text, with \\n as its only control character," : "one line", most_bytes));
  return std::nullopt;
}

std::optional<std::string> Fields::text(std::string_view name, std::size_t most_bytes) {
  return text_of(name, most_bytes, false);
}

std::optional<std::string> Fields::lines(std::string_view name, std::size_t most_bytes) {
  return text_of(name, most_bytes, true);
}

std::string duration_words(Millis duration) {
  const std::int64_t ms = duration.count();
  for (const auto& [unit, of] : {std::pair(86'400'000LL, "d"), std::pair(3'600'000LL, "h"), std::pair(60'000LL, "m")})
    if (ms >= unit && ms % unit == 0) return fmt::format("{}{}", ms / unit, of);
  return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

std::optional<std::string> Fields::word(std::string_view name, std::span<const std::string_view> allowed) {
  auto value = text(name);
  if (!value || std::ranges::find(allowed, *value) != allowed.end()) return value;
  wrong(name, fmt::format("is \"{}\"; it must be one of {}", shown::word(*value), fmt::join(allowed, ", ")));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name, std::size_t most_bytes) {
  return texts_of(name, most_bytes, false);
}

std::optional<std::vector<std::string>> Fields::texts_with_empty(std::string_view name, std::size_t most_bytes) {
  return texts_of(name, most_bytes, true);
}

std::optional<std::vector<std::string>> Fields::texts_of(std::string_view name, std::size_t most_bytes,
                                                         bool with_empty) {
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  const auto good = [&](const nlohmann::json& one) {
    return one.is_string() && (with_empty || !one.get_ref<const std::string&>().empty()) &&
           one.get_ref<const std::string&>().size() <= most_bytes;
  };
  if (!value->is_array() || value->size() > 100 || !std::ranges::all_of(*value, good)) {
    wrong(name, fmt::format("must be a list of at most 100 texts, each of 1 to {} bytes", most_bytes));
    return std::nullopt;
  }
  auto texts = value->get<std::vector<std::string>>();
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (has_control(texts[i], false)) {
      wrong(fmt::format("{}[{}]", name, i), "must be one line, without control characters");
      return std::nullopt;
    }
  return texts;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  // A positive number beyond 63 bits would wrap round when read as signed.
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (fits && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
    return value->get<std::int64_t>();
  wrong(name, fmt::format("is {}; it must be a whole number from {} to {}", shown_value(*value), least, most));
  return std::nullopt;
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  if (value->is_number() && value->get<double>() >= least && value->get<double>() <= most) return value->get<double>();
  wrong(name, fmt::format("is {}; it must be a number from {} to {}", shown_value(*value), least, most));
  return std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  wrong(name, fmt::format("is {}; it must be true or false", shown_value(*value)));
  return std::nullopt;
}

std::optional<Millis> Fields::duration(std::string_view name, Millis least, Millis most) {
  const auto words = text(name);
  if (!words) return std::nullopt;
  const auto value = milkrun::text::to_millis(*words);
  if (value && *value >= least.count() && *value <= most.count()) return Millis(*value);
  wrong(name, fmt::format("is \"{}\"; it must be a duration such as \"15m\", from {} to {}",
                          milkrun::text::one_line(*words, 80), duration_words(least), duration_words(most)));
  return std::nullopt;
}

std::optional<Time> Fields::instant(std::string_view name) {
  const auto words = text(name);
  if (!words) return std::nullopt;
  if (const auto value = parse_instant(*words)) return value;
  wrong(name, fmt::format("is \"{}\"; it must be a time in UTC such as \"2026-11-21T12:00:00Z\"",
                          milkrun::text::one_line(*words, 80)));
  return std::nullopt;
}

std::optional<std::string> Fields::date(std::string_view name) {
  auto words = text(name);
  if (!words || zone::days_between(*words, *words)) return words;
  wrong(name, fmt::format("is \"{}\"; it must be a date such as \"2026-11-21\"", milkrun::text::one_line(*words, 80)));
  return std::nullopt;
}

std::optional<std::string> Fields::clock(std::string_view name) {
  auto words = text(name);
  if (!words || zone::clock_minutes(*words)) return words;
  wrong(name, fmt::format("is \"{}\"; it must be a time of day from \"00:00\" to \"23:59\"",
                          milkrun::text::one_line(*words, 80)));
  return std::nullopt;
}

std::optional<std::string> Fields::secret_text(std::string_view name) {
  constexpr std::size_t longest_secret = std::size_t{8} * 1024; // in a header, most servers take no more
  const nlohmann::json* value = take(name);
  if (!value) return std::nullopt;
  if (value->is_string() && value->get_ref<const std::string&>().size() <= longest_secret &&
      !has_control(value->get_ref<const std::string&>(), false))
    return value->get<std::string>();
  wrong(name, "must be a text in quotes, one line of at most 8 KiB");
  return std::nullopt;
}

std::optional<Secret> Fields::secret(std::string_view name) {
  auto value = secret_text(name);
  return value ? std::optional(Secret(*std::move(value))) : std::nullopt;
}

std::optional<Secret> Fields::secret_lines(std::string_view name, std::string_view second) {
  auto value = secret_text(name);
  const auto more = secret_text(second);
  if (more && more->empty()) wrong(second, "is empty; leave it out where there is none");
  if (value && more) *value += "\n" + *more;
  return value ? std::optional(Secret(*std::move(value))) : std::nullopt;
}

} // namespace milkrun::cli
