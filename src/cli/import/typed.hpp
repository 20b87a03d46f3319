// A list of the document whose entries are structs: each field's name, how it is read into its member, and its line of
// the reference. What a reader takes and what the reference tells come from one row. Private to the import.
#pragma once

#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

template <class Entry> struct TypedField {
  std::string name;
  std::string holds, means;
  std::function<void(Entry&, Fields&, std::string_view name, Reading&)> read;
  std::string column = {};    // of the entity's table: its default is the field's
  std::string otherwise = {}; // what holds where it is left out, when the schema does not say

  TypedField in(std::string its) && { return column = std::move(its), std::move(*this); }
  TypedField or_else(std::string what) && { return otherwise = std::move(what), std::move(*this); }
};

template <class Entry> struct TypedEntity {
  std::string_view name;  // of the list it stands in
  std::string_view table; // "" = it is stored in several, or in none
  std::vector<TypedField<Entry>> fields;
};

template <class Entry>
void read_typed(const TypedEntity<Entry>& entity, Entry& entry, Fields& fields, Reading& reading) {
  for (const TypedField<Entry>& field : entity.fields) field.read(entry, fields, field.name, reading);
}

namespace typed {

using Check = std::string (*)(std::string_view); // "", or what is wrong and the mend

// An optional member takes what was given or wrong as nullopt; a plain one keeps its default then.
template <class Entry, class Member, class Value>
void assign(Entry& entry, Member Entry::* member, std::optional<Value> value) {
  if constexpr (requires { (entry.*member).has_value(); })
    entry.*member = std::move(value);
  else if (value)
    entry.*member = *std::move(value);
}

template <class Entry, class Member>
TypedField<Entry> line(std::string name, Member Entry::* member, std::string means, std::size_t most_bytes = 200,
                       Check check = nullptr, std::string holds = "text") {
  return {.name = std::move(name),
          .holds = std::move(holds),
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading& reading) {
            auto value = fields.text(field, most_bytes);
            if (value && check != nullptr) reading.note(fields.where(field), check(*value));
            assign(entry, member, std::move(value));
          }};
}

template <class Entry, class Member>
TypedField<Entry> word(std::string name, Member Entry::* member, std::initializer_list<std::string_view> allowed,
                       std::string means) {
  return {.name = std::move(name),
          .holds = fmt::format("one of {}", fmt::join(allowed, ", ")),
          .means = std::move(means),
          .read = [=, words = std::vector(allowed)](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.word(field, words));
          }};
}

template <class Entry, class Member>
TypedField<Entry> whole(std::string name, Member Entry::* member, std::int64_t least, std::int64_t most,
                        std::string means) {
  return {.name = std::move(name),
          .holds = fmt::format("a whole number from {} to {}", least, most),
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.integer(field, least, most));
          }};
}

template <class Entry>
TypedField<Entry> whole_or_null(std::string name, Nullable<std::int64_t> Entry::* member, std::int64_t least,
                                std::int64_t most, std::string means) {
  return {.name = std::move(name),
          .holds = fmt::format("a whole number from {} to {}, or null", least, most),
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            entry.*member = fields.nullable(field, [&] { return fields.integer(field, least, most); });
          }};
}

template <class Entry, class Member>
TypedField<Entry> number(std::string name, Member Entry::* member, double least, double most, std::string means) {
  return {.name = std::move(name),
          .holds = fmt::format("a number from {} to {}", least, most),
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.number(field, least, most));
          }};
}

template <class Entry, class Member>
TypedField<Entry> flag(std::string name, Member Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "true or false",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.boolean(field));
          }};
}

template <class Entry, class Member>
TypedField<Entry> span(std::string name, Member Entry::* member, Millis least, Millis most, std::string means) {
  return {.name = std::move(name),
          .holds = fmt::format("a duration from {} to {}", duration_words(least), duration_words(most)),
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.duration(field, least, most));
          }};
}

template <class Entry, class Member>
TypedField<Entry> clock(std::string name, Member Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a time of day such as \"09:00\"",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.clock(field));
          }};
}

template <class Entry, class Member>
TypedField<Entry> day(std::string name, Member Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a date",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.date(field));
          }};
}

template <class Entry, class Member>
TypedField<Entry> instant(std::string name, Member Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a time",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.instant(field));
          }};
}

// Of something that has happened.
template <class Entry>
TypedField<Entry> passed(std::string name, std::optional<Time> Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a past time",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading& reading) {
            entry.*member = fields.instant(field);
            if (entry.*member) reading.note(fields.where(field), check_passed(*(entry.*member), reading.known.now));
          }};
}

template <class Entry>
TypedField<Entry> instant_or_null(std::string name, Nullable<Time> Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a time, or null",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            entry.*member = fields.nullable(field, [&] { return fields.instant(field); });
          }};
}

template <class Entry, class Member>
TypedField<Entry> texts(std::string name, Member Entry::* member, std::string means, std::size_t most_bytes = 200) {
  return {.name = std::move(name),
          .holds = "a list of texts",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.texts(field, most_bytes));
          }};
}

template <class Entry, class Member>
TypedField<Entry> secret(std::string name, Member Entry::* member, std::string means) {
  return {.name = std::move(name),
          .holds = "a secret: text in one line",
          .means = std::move(means),
          .read = [=](Entry& entry, Fields& fields, std::string_view field, Reading&) {
            assign(entry, member, fields.secret(field));
          }};
}

// Whatever is no single value: read by `body`.
template <class Entry>
TypedField<Entry> other(std::string name, std::string holds, std::string means,
                        std::function<void(Entry&, Fields&, std::string_view, Reading&)> body) {
  return {.name = std::move(name), .holds = std::move(holds), .means = std::move(means), .read = std::move(body)};
}

// A list of objects, each read by `each` at its place.
template <class Entry>
TypedField<Entry> list(std::string name, std::string_view things, std::string means,
                       std::function<void(Entry&, const nlohmann::json&, const std::string& at, Reading&)> each) {
  return {.name = std::move(name),
          .holds = fmt::format("a list of {}", things),
          .means = std::move(means),
          .read = [each = std::move(each)](Entry& entry, Fields& fields, std::string_view field, Reading& reading) {
            fields.objects(field,
                           [&](const nlohmann::json& json, const std::string& at) { each(entry, json, at, reading); });
          }};
}

} // namespace typed

} // namespace milkrun::cli
