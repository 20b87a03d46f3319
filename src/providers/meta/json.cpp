// Typed reading of remote JSON. Promises that no input throws, and that an id from outside is fit for a path.
#include "providers/meta/json.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::meta {
namespace {

constexpr std::size_t max_id = 128;

} // namespace

Json parse_json(std::string_view text) {
  constexpr JsonLimits limits{.values = 200'000}; // 100 comments with their replies, a dozen values each
  return milkrun::parse_json(text, limits).value_or(Json(Json::value_t::discarded));
}

std::string text_of(const Json& value, std::size_t max_bytes) {
  return value.is_string() ? text::clip(value.get_ref<const std::string&>(), max_bytes) : "";
}

std::optional<std::int64_t> count_of(const Json& value) {
  constexpr std::uint64_t most = 1'000'000'000'000;
  std::uint64_t count = most + 1;
  if (value.is_number_unsigned()) {
    count = value.get<std::uint64_t>();
  } else if (value.is_string()) {
    // A negative number becomes one that is too large.
    count = static_cast<std::uint64_t>(text::to_int(value.get_ref<const std::string&>()).value_or(-1));
  }
  if (count > most) return std::nullopt;
  return static_cast<std::int64_t>(count);
}

std::string id_of(const Json& value) {
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  return value.is_string() && is_object_id(value.get_ref<const std::string&>()) ? value.get<std::string>() : "";
}

bool is_object_id(std::string_view id) {
  return !id.empty() && id.size() <= max_id &&
         std::ranges::all_of(id, [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

} // namespace milkrun::meta
