// What the commands that show rows share: times, reasons, JSON documents, and a list that is cut.
#pragma once

#include "base/reason.hpp"
#include "cli/table.hpp"
#include "db/db.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <initializer_list>
#include <string>

namespace milkrun::cli {

using Json = nlohmann::ordered_json;

std::string when(const db::Row& row, std::string_view column); // UTC, "" for NULL
Json time_or_null(const db::Row& row, std::string_view column);
// The reason a row holds in `reason` and `args`.
Reason reason_of(const db::Row& row);
// "reason: detail", or the one of both that there is.
std::string why(const db::Row& row);

// A document of JSON and its line feed, the schema_version (docs/json.md) first.
void print_json(std::ostream& out, const Json& document);

// Rows of which one more than the limit was asked for: cut to the limit.
struct Listed {
  db::Rows rows;
  bool cut = false;
};
Listed cut_at(db::Rows rows, std::int64_t limit);
// {"NAME": [one for each row], "cut": true or false}
Json listed_json(const char* name, const Listed& listed, const std::function<Json(const db::Row&)>& one);
// The table, or the sentence where it is empty; and that it was cut.
void print_list(std::ostream& out, const Table& table, const Listed& listed, std::int64_t limit, std::size_t width,
                std::string_view when_empty);

// "name  value" lines of one thing; empty values are left out, strangers' text is one line each.
class Facts {
public:
  void add(std::string_view name, std::string value);
  void print(std::ostream& out, std::size_t width) const;

private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

} // namespace milkrun::cli
