// Rows as people and as machines want them.
#include "cli/show.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {

std::string when(const db::Row& row, std::string_view column) {
  const auto t = row.maybe_time(column);
  return t ? zone::utc(*t) : "";
}

Json time_or_null(const db::Row& row, std::string_view column) {
  const auto t = row.maybe_time(column);
  return t ? Json(zone::utc(*t)) : Json(nullptr);
}

Reason reason_of(const db::Row& row) { return Reason::stored(row.text("reason"), row.text("args")); }

std::string why(const db::Row& row) {
  const std::string reason = reason_of(row).text(), detail = row.has("detail") ? row.text_or_empty("detail") : "";
  return reason.empty() || detail.empty() ? reason + detail : fmt::format("{}: {}", reason, detail);
}

void print_json(std::ostream& out, const Json& document) {
  Json whole = {{"schema_version", 1}};
  whole.update(document);
  out << whole.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

Listed cut_at(db::Rows rows, std::int64_t limit) {
  const bool cut = static_cast<std::int64_t>(rows.size()) > limit;
  if (cut) rows.resize(static_cast<std::size_t>(limit));
  return {std::move(rows), cut};
}

Json listed_json(const char* name, const Listed& listed, const std::function<Json(const db::Row&)>& one) {
  Json out = {{name, Json::array()}, {"cut", listed.cut}};
  for (const db::Row& row : listed.rows) out[name].push_back(one(row));
  return out;
}

void print_list(std::ostream& out, const Table& table, const Listed& listed, std::int64_t limit, std::size_t width,
                std::string_view when_empty) {
  if (table.empty())
    out << when_empty << '\n';
  else
    table.print(out, width);
  print_cut(out, listed.cut, limit);
}

void Facts::add(std::string_view name, std::string value) {
  if (!value.empty()) facts_.emplace_back(name, std::move(value));
}

void Facts::print(std::ostream& out, std::size_t width) const {
  std::size_t widest = 0;
  for (const auto& [name, value] : facts_) widest = std::max(widest, name.size());
  for (const auto& [name, value] : facts_) {
    const std::string clean = text::one_line(value, 2000);
    bool first = true;
    for (const std::string& line :
         wrapped(clean, std::max<std::size_t>(width > widest + 2 ? width - widest - 2 : 0, 40))) {
      out << fmt::format("{:<{}}  {}\n", first ? name : "", widest, line);
      first = false;
    }
  }
}

} // namespace milkrun::cli
