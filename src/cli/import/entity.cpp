// The readers that tables are made of: each is a method of Fields with the column's value as its result.
#include "cli/import/entity.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/import/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace milkrun::cli {
namespace {

std::optional<db::Value> value_of(std::optional<std::string> text) {
  return text ? std::optional(db::Value(*std::move(text))) : std::nullopt;
}

db::Value list_of(const std::vector<std::string>& list) {
  return nlohmann::json(list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::string Given::text(std::string_view column) const {
  const auto found = values.find(column);
  const auto* text = found == values.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text ? *text : std::string();
}

std::optional<std::int64_t> Given::integer(std::string_view column) const {
  const auto found = values.find(column);
  const auto* number = found == values.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return number ? std::optional(*number) : std::nullopt;
}

Given read_given(const Entity& entity, Fields& fields, Reading& reading) {
  Given out;
  for (const Field& field : entity.fields)
    if (auto value = field.read(fields, field.name, reading)) out.values.emplace(field.column, *std::move(value));
  return out;
}

const std::vector<const Entity*>& entities() {
  static const std::vector<const Entity*> all = {&contact_entity(), &tenant_outreach_entity(), &test_mode_entity(),
                                                 &rule_entity(),    &invoice_entity(),         &drip_entity(),
                                                 &step_entity()};
  return all;
}

namespace reads {

Reader line(std::size_t most_bytes) {
  return [=](Fields& f, std::string_view name, Reading&) { return value_of(f.text(name, most_bytes)); };
}

Reader word(std::initializer_list<std::string_view> allowed) {
  return [allowed = std::vector(allowed)](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    auto text = f.text(name);
    if (!text || std::ranges::find(allowed, *text) != allowed.end()) return value_of(std::move(text));
    f.wrong(name, fmt::format("is \"{}\"; it must be one of {}", text::one_line(*text, 80), fmt::join(allowed, ", ")));
    return std::nullopt;
  };
}

Reader whole(std::int64_t least, std::int64_t most) {
  return [=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    const auto number = f.integer(name, least, most);
    return number ? std::optional(db::Value(*number)) : std::nullopt;
  };
}

Reader flag() {
  return [](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    const auto yes = f.boolean(name);
    return yes ? std::optional(db::Value(std::int64_t{*yes ? 1 : 0})) : std::nullopt;
  };
}

Reader instant() {
  return [](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    const auto at = f.instant(name);
    return at ? std::optional(db::Value(to_ms(*at))) : std::nullopt;
  };
}

Reader day() {
  return [](Fields& f, std::string_view name, Reading&) { return value_of(f.date(name)); };
}

Reader clock() {
  return [](Fields& f, std::string_view name, Reading&) { return value_of(f.clock(name)); };
}

Reader span(Millis least, Millis most) {
  return [=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    const auto length = f.duration(name, least, most);
    return length ? std::optional(db::Value(std::int64_t{length->count()})) : std::nullopt;
  };
}

Reader names(std::size_t most_bytes) {
  return [=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    const auto list = f.texts(name, most_bytes);
    return list ? std::optional(list_of(*list)) : std::nullopt;
  };
}

Reader words(std::initializer_list<std::string_view> allowed, bool may_be_empty) {
  return [allowed = std::vector(allowed), may_be_empty](Fields& f, std::string_view name,
                                                        Reading&) -> std::optional<db::Value> {
    const auto list = f.texts(name);
    if (!list) return std::nullopt;
    const std::set<std::string> once(list->begin(), list->end());
    const auto known = [&](const std::string& one) { return std::ranges::find(allowed, one) != allowed.end(); };
    if (std::ranges::all_of(*list, known) && once.size() == list->size() && (may_be_empty || !list->empty()))
      return list_of(*list);
    f.wrong(name, fmt::format("must be a list{} of {}, each once", may_be_empty ? "" : ", not empty,",
                              fmt::join(allowed, ", ")));
    return std::nullopt;
  };
}

Reader days() {
  return [](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
    auto list = f.texts(name);
    if (!list) return std::nullopt;
    if (std::ranges::all_of(*list, [](const std::string& one) { return zone::weekday(one).has_value(); }))
      return list_of(*list);
    f.wrong(name, "must be a list of dates such as \"2026-12-25\"");
    return std::nullopt;
  };
}

Reader or_null(Reader read) {
  return [read = std::move(read)](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
    if (f.null(name)) return db::Value();
    return read(f, name, reading);
  };
}

Reader or_empty(Reader read) {
  return [read = std::move(read)](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
    if (f.empty(name)) return std::string();
    return read(f, name, reading);
  };
}

Reader checked(Reader read, std::string (*check)(std::string_view)) {
  return [read = std::move(read), check](Fields& f, std::string_view name, Reading& reading) {
    auto value = read(f, name, reading);
    if (const auto* text = value ? std::get_if<std::string>(&*value) : nullptr)
      reading.note(f.where(name), check(*text));
    return value;
  };
}

} // namespace reads

} // namespace milkrun::cli
