// Typed reading of remote JSON: every type is checked, nothing throws, strings are capped.
#include "providers/wordpress/answer.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <limits>

namespace milkrun::wordpress {
namespace {

constexpr JsonLimits limits{.values = 20'000}; // a hundred terms, or the capabilities of one user
constexpr std::size_t max_link = 2048;
constexpr std::size_t max_slug = 400; // the column holds 200 characters, the trash adds a suffix

const nlohmann::json* member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

} // namespace

nlohmann::json parse(std::string_view body, bool* noise) {
  auto found = parse_noisy_json(body, limits);
  if (!found) return nlohmann::json(nlohmann::json::value_t::discarded);
  if (noise != nullptr) *noise = found->noise;
  return std::move(found->value);
}

std::string text_of(const nlohmann::json& object, const char* key, std::size_t max_bytes) {
  const auto* value = member(object, key);
  if (!value || !value->is_string()) return "";
  const auto& text = value->get_ref<const std::string&>();
  return text.size() <= max_bytes ? text : "";
}

std::int64_t id_of(const nlohmann::json& object, const char* key) {
  const auto* value = member(object, key);
  if (!value) return 0;
  std::int64_t id = 0;
  if (value->is_number_unsigned()) {
    const auto wide = value->get<std::uint64_t>();
    if (wide <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      id = static_cast<std::int64_t>(wide);
  } else if (value->is_string()) {
    id = text::to_int(value->get_ref<const std::string&>()).value_or(0);
  }
  return id > 0 ? id : 0;
}

Created created_from(const nlohmann::json& object) {
  Created post{.id = id_of(object),
               .link = text_of(object, "link", max_link),
               .status = text_of(object, "status"),
               .slug = text_of(object, "slug", max_slug)};
  if (http::host_of(post.link).empty()) post.link.clear();
  return post;
}

std::string route(std::string_view api, std::string_view path, std::string_view query) {
  // With plain permalinks the route is itself a query parameter.
  const char joint = api.find('?') == std::string_view::npos ? '?' : '&';
  std::string url;
  url.reserve(api.size() + path.size() + query.size() + 1);
  return url.append(api).append(path).append(1, joint).append(query);
}

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace milkrun::wordpress
