// Rows and values, the same for every driver.
#include "db/db.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace milkrun::db {
namespace {

[[noreturn]] void wrong_type(std::string_view column, std::string_view wanted) {
  throw std::logic_error(fmt::format("column \"{}\" is not {}", column, wanted));
}

} // namespace

Value value(const std::optional<std::string>& v) { return v ? Value(*v) : Value(); }
Value value(const std::optional<std::int64_t>& v) { return v ? Value(*v) : Value(); }
Value value(const std::optional<Time>& v) { return v ? Value(to_ms(*v)) : Value(); }

namespace {

// Where a column was the last time it was asked for: a message's row has seventy, and each is asked for by a text of
// the program's own. What is found is compared before it is believed.
std::size_t place_of(const Row::Names& names, std::string_view column) {
  struct Asked {
    const Row::Names* names;
    const char* column;
    std::size_t place;
  };
  thread_local std::array<Asked, 1024> asked{};
  const auto mixed =
      (reinterpret_cast<std::uintptr_t>(&names) >> 4) * 31 + reinterpret_cast<std::uintptr_t>(column.data());
  Asked& last = asked.at((mixed ^ (mixed >> 10)) % asked.size());
  if (last.names == &names && last.column == column.data() && last.place < names.size() && names[last.place] == column)
    return last.place;
  const auto place = static_cast<std::size_t>(std::ranges::find(names, column) - names.begin());
  last = {&names, column.data(), place};
  return place;
}

} // namespace

const Value& Row::at(std::string_view column) const {
  const std::size_t place = names_ ? place_of(*names_, column) : 0;
  if (!names_ || place == names_->size()) throw std::logic_error(fmt::format("no column \"{}\" in the row", column));
  return values_[place];
}

bool Row::has(std::string_view column) const { return names_ && place_of(*names_, column) < names_->size(); }

std::int64_t Row::integer(std::string_view column) const {
  if (const auto* v = std::get_if<std::int64_t>(&at(column))) return *v;
  wrong_type(column, "an integer");
}

std::optional<std::int64_t> Row::as_integer(std::string_view column) const {
  const auto* v = std::get_if<std::int64_t>(&at(column));
  return v ? std::optional(*v) : std::nullopt;
}

double Row::real(std::string_view column) const {
  if (const auto* v = std::get_if<double>(&at(column))) return *v;
  return static_cast<double>(integer(column));
}

const std::string& Row::text(std::string_view column) const {
  if (const auto* v = std::get_if<std::string>(&at(column))) return *v;
  wrong_type(column, "text");
}

bool Row::null(std::string_view column) const { return std::holds_alternative<std::monostate>(at(column)); }

std::optional<std::int64_t> Row::maybe_integer(std::string_view column) const {
  return null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Row::maybe_text(std::string_view column) const {
  return null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<Time> Row::maybe_time(std::string_view column) const {
  return null(column) ? std::nullopt : std::optional(time(column));
}

std::string Row::text_or_empty(std::string_view column) const { return maybe_text(column).value_or(""); }

std::string Row::canonical() const {
  std::string out;
  for (std::size_t i = 0; names_ && i < names_->size(); ++i) {
    std::string v;
    if (const auto* n = std::get_if<std::int64_t>(&values_[i]))
      v = std::to_string(*n);
    else if (const auto* d = std::get_if<double>(&values_[i]))
      v = std::to_string(*d);
    else if (const auto* t = std::get_if<std::string>(&values_[i]))
      v = *t;
    out += fmt::format("{}={}{}:{};", (*names_)[i], values_[i].index(), v.size(), v);
  }
  return out;
}

std::optional<Row> Transaction::one(const Statement& s, std::initializer_list<Param> p) {
  Rows rows = query(s, p);
  if (rows.size() > 1) throw std::logic_error(fmt::format("{}: more than one row", s.name));
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

} // namespace milkrun::db
