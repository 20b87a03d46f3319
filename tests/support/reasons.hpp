// Why something waits, failed or ended, as tests read it: its text, and whether a database holds a code of the list
// wherever it holds a reason.
#pragma once

#include "base/reason.hpp"
#include "db/db.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::test {

// What people read of a row with `reason` and `args`.
inline std::string reason_text(const db::Row& row) {
  return Reason::stored(row.text("reason"), row.text("args")).text();
}

// A column holds reasons by its name; the last two are called otherwise.
inline bool is_of_reasons(std::string_view column) {
  return column.ends_with("reason") || column.ends_with("error") || column == "portal_says" || column == "dropped";
}

// "articles.reason: bad luck" for each text that stands where a code belongs. `ask`: the first column of what a SELECT
// finds.
inline std::vector<std::string>
prose_for_reasons(const std::function<std::vector<std::string>(const std::string& select)>& ask) {
  std::vector<std::string> out;
  for (const std::string& name : ask("SELECT m.name || '.' || c.name AS one FROM sqlite_master m "
                                     "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1")) {
    const std::size_t dot = name.find('.');
    const std::string table = name.substr(0, dot), column = name.substr(dot + 1);
    if (!is_of_reasons(column)) continue;
    for (const std::string& code :
         ask("SELECT DISTINCT " + column + " AS one FROM " + table + " WHERE " + column + " <> ''"))
      if (std::ranges::find(reasons::list, std::string_view(code), &reasons::Entry::code) == std::end(reasons::list))
        out.push_back(name + ": " + code);
  }
  return out;
}

inline std::vector<std::string> prose_for_reasons(db::Database& database) {
  std::vector<std::string> out;
  database.read([&](db::Transaction& tx) {
    out = prose_for_reasons([&](const std::string& select) {
      std::vector<std::string> found;
      for (const db::Row& row : tx.query({"test", select})) found.push_back(row.text("one"));
      return found;
    });
  });
  return out;
}

} // namespace milkrun::test
