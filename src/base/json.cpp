// Lenient about broken UTF-8, strict about everything else. Promises that no input throws.
#include "base/json.hpp"

#include "base/json_depth.hpp"
#include "base/text.hpp"

namespace milkrun {
namespace {

const nlohmann::json nothing;

} // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, std::size_t levels) {
  if (!json_depth_within(text, levels)) return std::nullopt;
  nlohmann::json out = nlohmann::json::parse(text::to_valid_utf8(text), nullptr, false);
  if (out.is_discarded()) return std::nullopt;
  return out;
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
