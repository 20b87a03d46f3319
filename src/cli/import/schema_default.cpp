// Reads one column of our own schema.sql: a line for each, "name TYPE [NOT NULL] [DEFAULT value] ...".
#include "base/text.hpp"
#include "cli/import/reference.hpp"
#include "sql/schema.hpp"

namespace milkrun::cli {
namespace {

// The word that the text begins with, a quoted one whole.
std::string_view first_word(std::string_view s) {
  s = text::trim(s);
  if (s.starts_with('\'')) return s.substr(0, s.find('\'', 1) + 1);
  return s.substr(0, s.find_first_of(" ,)\n"));
}

} // namespace

std::optional<std::string> schema_default(std::string_view table, std::string_view column) {
  const std::string_view schema = sql::schema;
  const std::string head = "TABLE " + std::string(table) + " (";
  const std::size_t begin = schema.find(head);
  if (begin == schema.npos) throw std::logic_error("the schema has no table " + std::string(table));
  const std::size_t end = schema.find(") STRICT;", begin);
  for (const std::string_view line : text::split(schema.substr(begin, end - begin), '\n')) {
    const std::string_view text = line.substr(0, line.find("--"));
    if (first_word(text) != column) continue;
    if (const std::size_t at = text.find(" DEFAULT "); at != text.npos)
      return std::string(first_word(text.substr(at + 9)));
    if (text.find("NOT NULL") != text.npos || text.find("PRIMARY KEY") != text.npos) return std::nullopt;
    return "NULL";
  }
  throw std::logic_error("the table " + std::string(table) + " has no column " + std::string(column));
}

} // namespace milkrun::cli
