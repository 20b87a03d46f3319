// The readers that tables are made of: each is a method of Fields with the column's value as its result.
#include "cli/import/entity.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/import/checks.hpp"
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
  return {[=](Fields& f, std::string_view name, Reading&) { return value_of(f.text(name, most_bytes)); }, "text"};
}

Reader word(std::initializer_list<std::string_view> allowed) {
  return {[allowed = std::vector(allowed)](Fields& f, std::string_view name, Reading&) {
            return value_of(f.word(name, allowed));
          },
          fmt::format("one of {}", fmt::join(allowed, ", "))};
}

Reader whole(std::int64_t least, std::int64_t most) {
  return {[=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            const auto number = f.integer(name, least, most);
            return number ? std::optional(db::Value(*number)) : std::nullopt;
          },
          fmt::format("a whole number from {} to {}", least, most)};
}

Reader flag() {
  return {[](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            const auto yes = f.boolean(name);
            return yes ? std::optional(db::Value(std::int64_t{*yes ? 1 : 0})) : std::nullopt;
          },
          "true or false"};
}

Reader instant() {
  return {[](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            const auto at = f.instant(name);
            return at ? std::optional(db::Value(to_ms(*at))) : std::nullopt;
          },
          "a time"};
}

Reader passed() {
  return {[](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
            const auto at = f.instant(name);
            if (!at) return std::nullopt;
            reading.note(f.where(name), check_passed(*at, reading.known.now));
            return db::Value(to_ms(*at));
          },
          "a past time"};
}

Reader day() {
  return {[](Fields& f, std::string_view name, Reading&) { return value_of(f.date(name)); }, "a date"};
}

Reader clock() {
  return {[](Fields& f, std::string_view name, Reading&) { return value_of(f.clock(name)); },
          "a time of day such as \"09:00\""};
}

Reader span(Millis least, Millis most) {
  return {[=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            const auto length = f.duration(name, least, most);
            return length ? std::optional(db::Value(std::int64_t{length->count()})) : std::nullopt;
          },
          fmt::format("a duration from {} to {}", duration_words(least), duration_words(most))};
}

Reader names(std::size_t most_bytes) {
  return {[=](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            const auto list = f.texts(name, most_bytes);
            return list ? std::optional(list_of(*list)) : std::nullopt;
          },
          "a list of texts"};
}

Reader words(std::initializer_list<std::string_view> allowed, bool may_be_empty) {
  const std::string all =
      fmt::format("a list{} of {}, each once", may_be_empty ? "" : ", not empty,", fmt::join(allowed, ", "));
  return {[allowed = std::vector(allowed), may_be_empty, all](Fields& f, std::string_view name,
                                                              Reading&) -> std::optional<db::Value> {
            const auto list = f.texts(name);
            if (!list) return std::nullopt;
            const std::set<std::string> once(list->begin(), list->end());
            const auto known = [&](const std::string& one) { return std::ranges::find(allowed, one) != allowed.end(); };
            if (std::ranges::all_of(*list, known) && once.size() == list->size() && (may_be_empty || !list->empty()))
              return list_of(*list);
            f.wrong(name, "must be " + all);
            return std::nullopt;
          },
          all};
}

Reader days() {
  return {[](Fields& f, std::string_view name, Reading&) -> std::optional<db::Value> {
            auto list = f.texts(name);
            if (!list) return std::nullopt;
            if (std::ranges::all_of(*list, [](const std::string& one) { return zone::weekday(one).has_value(); }))
              return list_of(*list);
            f.wrong(name, "must be a list of dates such as \"2026-12-25\"");
            return std::nullopt;
          },
          "a list of dates"};
}

Reader or_null(Reader read) {
  std::string holds = read.holds + ", or null";
  return {[read = std::move(read)](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
            if (f.null(name)) return db::Value();
            return read(f, name, reading);
          },
          std::move(holds)};
}

Reader or_empty(Reader read) {
  std::string holds = read.holds + ", or empty";
  return {[read = std::move(read)](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
            if (f.empty(name)) return std::string();
            return read(f, name, reading);
          },
          std::move(holds)};
}

Reader checked(Reader read, std::string (*check)(std::string_view)) {
  std::string holds = read.holds;
  return {[read = std::move(read), check](Fields& f, std::string_view name, Reading& reading) {
            auto value = read(f, name, reading);
            if (const auto* text = value ? std::get_if<std::string>(&*value) : nullptr)
              reading.note(f.where(name), check(*text));
            return value;
          },
          std::move(holds)};
}

Reader holding(std::string holds, Reader read) {
  read.holds = std::move(holds);
  return read;
}

} // namespace reads

} // namespace milkrun::cli
