// Lenient about broken UTF-8, strict about everything else. Promises that no input throws.
#include "base/json.hpp"

#include "base/text.hpp"

namespace milkrun {
namespace {

const nlohmann::json nothing;

// `text` itself when it is UTF-8, else its mended copy in `copy`.
std::string_view valid(std::string_view text, std::string& copy) {
  if (text::is_utf8(text) && text.find('\0') == std::string_view::npos) return text;
  return copy = text::to_valid_utf8(text);
}

} // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits) {
  text = without_blanks(text);
  if (!json_within(text, limits)) return std::nullopt;
  std::string copy;
  nlohmann::json out = nlohmann::json::parse(valid(text, copy), nullptr, false);
  if (out.is_discarded()) return std::nullopt;
  return out;
}

std::expected<nlohmann::json, std::string> parse_settings(std::string_view text) {
  constexpr JsonLimits limits{.values = 1'000, .string = std::size_t{64} << 10};
  if (!json_within(text, limits))
    return std::unexpected("too much for settings: at most 1,000 values, 32 levels deep, and 64 KiB in a text");
  auto document = parse_json(text, limits);
  if (!document || !document->is_object()) return std::unexpected("not a JSON object");
  return *std::move(document);
}

std::optional<NoisyJson> parse_noisy_json(std::string_view text, const JsonLimits& limits) {
  std::string copy;
  const auto span = find_json(valid(text, copy), limits);
  auto value = span ? parse_json(span->text, limits) : std::nullopt;
  if (!value) return std::nullopt;
  return NoisyJson{.value = *std::move(value), .noise = span->noise};
}

const nlohmann::json& member(const nlohmann::json& value, std::string_view key) {
  if (!value.is_object()) return nothing;
  const auto found = value.find(key);
  return found == value.end() ? nothing : *found;
}

const nlohmann::json& element(const nlohmann::json& value, std::size_t index) {
  return value.is_array() && index < value.size() ? value[index] : nothing;
}

std::string text_of(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : ""; }

} // namespace milkrun
