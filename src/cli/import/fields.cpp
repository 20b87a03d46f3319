// The structure of a JSON object: which fields it has, objects and lists in it.
#include "cli/import/fields.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "cli/import/problems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {

using Json = nlohmann::json;

Fields::Fields(const Json& object, std::string where, Problems& problems)
    : object_(object), where_(std::move(where)), problems_(problems) {}

std::string Fields::where(std::string_view name) const {
  if (name.empty()) return where_.empty() ? "document" : where_;
  const std::string clean = milkrun::text::one_line(name, 80);
  return where_.empty() ? clean : fmt::format("{}.{}", where_, clean);
}

void Fields::wrong(std::string_view name, std::string what) { problems_.push_back({where(name), std::move(what)}); }

bool Fields::given(std::string_view name) const { return object_.contains(name); }

const Json* Fields::take(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

bool Fields::null(std::string_view name) {
  const Json* value = take(name);
  return value && value->is_null();
}

bool Fields::empty(std::string_view name) {
  const Json* value = take(name);
  return value && value->is_string() && value->get_ref<const std::string&>().empty();
}

std::optional<std::string> Fields::object_text(std::string_view name) {
  const Json* value = object(name);
  return value ? std::optional(value->dump(-1, ' ', false, Json::error_handler_t::replace)) : std::nullopt;
}

const Json* Fields::object(std::string_view name) {
  const Json* value = take(name);
  if (!value || value->is_object()) return value;
  wrong(name, "must be an object {...}");
  return nullptr;
}

void Fields::objects(std::string_view name, const std::function<void(const Json&, const std::string&)>& each,
                     std::size_t most) {
  const Json* value = take(name);
  if (!value) return;
  if (!value->is_array()) return wrong(name, "must be a list [...]");
  if (value->size() > most)
    return wrong(name, fmt::format("has {} entries; {} at most in one document", value->size(), most));
  for (std::size_t i = 0; i < value->size() && !problems_.full(); ++i) {
    const std::string at = fmt::format("{}[{}]", where(name), i);
    if ((*value)[i].is_object())
      each((*value)[i], at);
    else
      problems_.push_back({at, "must be an object {...}"});
  }
}

void Fields::finish() {
  for (const auto& [name, value] : object_.items()) {
    if (problems_.full()) return;
    if (std::ranges::find(known_, name) == known_.end())
      wrong(shown::word(name), fmt::format("{}; it has {}", unknown_field, fmt::join(known_, ", ")));
  }
}

} // namespace milkrun::cli
