// The columns of a spreadsheet: which fields there are, which row names them, and what is wrong with that. Private to
// csv_table.
#pragma once

#include "base/csv.hpp"
#include "cli/import/csv_table.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli::csv_table {

enum class Kind { text, name_part, phone, person, status, list, flag, date, instant, whole, money };

struct Field {
  std::string_view name, entry; // in the file, in the document
  Kind kind;
  std::vector<std::string_view> also = {}; // as column_key() writes them, the likelier first
};

// "Fällig am:" -> "fällig_am".
std::string column_key(std::string_view name);
// Of a list of CsvOptions; nullptr: it has none of that name.
const Field* field_named(std::string_view list, std::string_view name);

// Each cell of a header row and the field it names; nullptr: none. Several may name one: that is a mistake to be told.
struct Header {
  std::vector<const Field*> fields = {};
  std::vector<std::string> names = {};
  std::size_t row = 0;
  std::size_t named() const { return fields.size() - static_cast<std::size_t>(std::ranges::count(fields, nullptr)); }
};

struct Found {
  std::vector<csv::Row> rows;
  Header header;
};

// The rows, parted as most columns are known by. The error: no delimiter makes a table of it, or no row is a header.
std::expected<Found, std::string> find_table(std::string_view text, const CsvOptions& options);

// What is wrong; "": nothing. What --map and --set name must be there; columns of --map; a header that fills each field
// once, and those that are needed.
std::string check_fields(const CsvOptions& options);
std::string check_columns(const CsvOptions& options, const Header& header);
std::string check_header(const CsvOptions& options, const Header& header);
// What no column fills though every row needs it, as none of the table is stored; "": nothing.
std::string check_needed(const CsvOptions& options, const Found& found);
// Columns that nothing is taken from, without those that --map leaves out.
std::vector<std::string> unused(const CsvOptions& options, const Header& header);

} // namespace milkrun::cli::csv_table
