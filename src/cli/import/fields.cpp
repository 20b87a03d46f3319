// Field by field out of a JSON object. A value is shown in a message unless it may be a secret.
#include "cli/import/fields.hpp"

#include "base/text.hpp"

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

std::optional<std::string> Fields::text(std::string_view name, std::size_t most_bytes) {
  const Json* value = take(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    wrong(name, "must be a text in quotes");
    return std::nullopt;
  }
  const auto& s = value->get_ref<const std::string&>();
  const bool control =
      std::ranges::any_of(s, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (s.size() > most_bytes || control) {
    wrong(name, fmt::format("must be one line of at most {} bytes", most_bytes));
    return std::nullopt;
  }
  return s;
}

std::optional<std::string> Fields::word(std::string_view name, std::initializer_list<std::string_view> allowed) {
  auto value = text(name);
  if (!value || std::ranges::find(allowed, *value) != allowed.end()) return value;
  wrong(name,
        fmt::format("is \"{}\"; it must be one of {}", milkrun::text::one_line(*value, 80), fmt::join(allowed, ", ")));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name, std::size_t most_bytes) {
  const Json* value = take(name);
  if (!value) return std::nullopt;
  const auto good = [&](const Json& one) {
    return one.is_string() && !one.get_ref<const std::string&>().empty() &&
           one.get_ref<const std::string&>().size() <= most_bytes;
  };
  if (!value->is_array() || value->size() > 100 || !std::ranges::all_of(*value, good)) {
    wrong(name, fmt::format("must be a list of at most 100 texts, each of 1 to {} bytes", most_bytes));
    return std::nullopt;
  }
  return value->get<std::vector<std::string>>();
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const Json* value = take(name);
  if (!value) return std::nullopt;
  // A positive number beyond 63 bits would wrap round when read as signed.
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (fits && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
    return value->get<std::int64_t>();
  wrong(name, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const Json* value = take(name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  wrong(name, "must be true or false");
  return std::nullopt;
}

std::optional<Millis> Fields::duration(std::string_view name, Millis least, Millis most) {
  const auto words = text(name);
  if (!words) return std::nullopt;
  const auto value = milkrun::text::to_millis(*words);
  if (value && *value >= least.count() && *value <= most.count()) return Millis(*value);
  wrong(name, fmt::format("is \"{}\"; it must be a duration such as \"15m\", from {}s to {}s",
                          milkrun::text::one_line(*words, 80), least.count() / 1000, most.count() / 1000));
  return std::nullopt;
}

std::optional<Secret> Fields::secret(std::string_view name) {
  const Json* value = take(name);
  if (!value) return std::nullopt;
  if (value->is_string() && value->get_ref<const std::string&>().size() <= 16 * 1024)
    return Secret(value->get<std::string>());
  wrong(name, "must be a text in quotes of at most 16 KiB");
  return std::nullopt;
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

void Fields::objects(std::string_view name, const std::function<void(const Json&, const std::string&)>& each) {
  const Json* value = take(name);
  if (!value) return;
  if (!value->is_array()) return wrong(name, "must be a list [...]");
  for (std::size_t i = 0; i < value->size(); ++i) {
    const std::string at = fmt::format("{}[{}]", where(name), i);
    if ((*value)[i].is_object())
      each((*value)[i], at);
    else
      problems_.push_back({at, "must be an object {...}"});
  }
}

void Fields::finish() {
  for (const auto& [name, value] : object_.items())
    if (std::ranges::find(known_, name) == known_.end())
      wrong(name, fmt::format("is not a field of this object; it has {}", fmt::join(known_, ", ")));
}

} // namespace milkrun::cli
