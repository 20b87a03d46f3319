// The cells of a spreadsheet become the entries of a document.
#include "cli/import/csv_table.hpp"

#include "base/text.hpp"
#include "cli/import/csv_header.hpp"
#include "cli/import/csv_values.hpp"
#include "outreach/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace milkrun::cli {
namespace {

using namespace csv_table;
using csv_value::Decimal;
using nlohmann::json;

constexpr std::ptrdiff_t least_digits = 10; // of what is taken for a phone without being said to be one

class Converter {
public:
  Converter(const CsvOptions& options, Found& found) : options_(options), found_(found) {
    decimal_ = options.decimal == "comma"   ? Decimal::comma
               : options.decimal == "point" ? Decimal::point
                                            : Decimal::unknown;
    if (!options.decimal.empty()) return;
    std::vector<std::string> amounts;
    for (std::size_t i = 0; i < found.header.fields.size(); ++i) {
      if (found.header.fields[i] == nullptr || found.header.fields[i]->kind != Kind::money) continue;
      for (std::size_t r = found.header.row + 1; r < found.rows.size(); ++r)
        if (i < found.rows[r].cells.size()) amounts.push_back(found.rows[r].cells[i]);
    }
    decimal_ = csv_value::decimal_of(amounts);
  }

  CsvTable run() {
    for (std::size_t i = 0; i < found_.header.fields.size(); ++i)
      if (const Field* field = found_.header.fields[i])
        table_.columns.emplace_back(field->entry, found_.header.names[i]);
    table_.unused = unused(options_, found_.header);
    for (std::size_t r = found_.header.row + 1; r < found_.rows.size(); ++r) {
      add(found_.rows[r]);
      found_.rows[r] = {};
    }
    return std::move(table_);
  }

private:
  using Cells = std::map<const Field*, std::string>;

  void add(const csv::Row& row) {
    if (const std::string_view cell = beyond(row); !cell.empty())
      return table_.problems.push_back(
          {fmt::format("line {}", row.line),
           fmt::format("has a cell \"{}\" behind the last column that has a name; put quotes around a value that holds "
                       "what parts the cells, such as \"12,50\"",
                       text::one_line(cell, 60))});
    Cells cells;
    for (const auto& [field, value] : options_.fixed) cells[field_named(options_.list, field)] = value;
    for (std::size_t i = 0; i < row.cells.size() && i < found_.header.fields.size(); ++i)
      if (const Field* field = found_.header.fields[i]; field != nullptr && !text::trim(row.cells[i]).empty())
        cells[field] = std::string(text::trim(row.cells[i]));
    json out = json::object();
    const std::size_t before = table_.problems.size();
    const std::optional<int> exponent = exponent_of(cells);
    for (const auto& [field, cell] : cells) {
      if (field->kind == Kind::money && !exponent) {
        table_.problems.push_back(
            {fmt::format("line {}, {}", row.line, column_of(*field)),
             "has no currency beside it, and no invoice of that number is stored; give the row one"});
        continue;
      }
      auto value = convert(*field, cell, exponent.value_or(2));
      const std::string entry(field->entry);
      if (field->kind == Kind::name_part && out.contains(entry)) // the first name stands before the last in the list
        out[entry] = out[entry].get<std::string>() + " " + cell;
      else if (value)
        out[entry] = *std::move(value);
      else
        table_.problems.push_back({fmt::format("line {}, {}", row.line, column_of(*field)), std::move(value).error()});
    }
    if (table_.problems.size() > before) return;
    table_.rows.push_back(std::move(out));
    table_.lines.push_back(row.line);
  }

  // What stands where the header has nothing any more. "12,50" without quotes between commas is two cells: the amount
  // would be another one, and nobody would see it.
  std::string_view beyond(const csv::Row& row) const {
    std::size_t columns = found_.header.names.size();
    while (columns > 0 && found_.header.names[columns - 1].empty()) --columns;
    for (std::size_t i = columns; i < row.cells.size(); ++i)
      if (const auto cell = text::trim(row.cells[i]); !cell.empty()) return cell;
    return {};
  }

  std::string cell_of(const Cells& cells, std::string_view name) const {
    const auto found = cells.find(field_named(options_.list, name));
    return found == cells.end() ? std::string() : found->second;
  }

  // Of the row's amounts, by what it says or by what is stored of its invoice: else "1500" yen would be fifteen.
  std::optional<int> exponent_of(const Cells& cells) const {
    if (const auto given = text::to_int(cell_of(cells, "exponent")); given && *given >= 0 && *given <= 4)
      return static_cast<int>(*given);
    if (const std::string currency = cell_of(cells, "currency"); !currency.empty())
      return outreach::exponent_of(currency);
    return options_.stored_exponent ? options_.stored_exponent(cell_of(cells, "number")) : std::nullopt;
  }

  std::string column_of(const Field& field) const {
    for (std::size_t i = 0; i < found_.header.fields.size(); ++i)
      if (found_.header.fields[i] == &field) return text::one_line(found_.header.names[i], 60);
    return std::string(field.name);
  }

  csv_value::Read<json> convert(const Field& field, const std::string& cell, int exponent) const {
    const auto as_json = [](auto read) -> csv_value::Read<json> {
      if (!read) return std::unexpected(std::move(read).error());
      return json(*std::move(read));
    };
    switch (field.kind) {
    case Kind::phone: return json(csv_value::phone(cell, options_.country_code));
    case Kind::person: return json(person(column_key(column_of(field)), cell));
    case Kind::status: return json(csv_value::status(cell));
    case Kind::list: return list_of(cell);
    case Kind::flag: return as_json(csv_value::flag(cell));
    case Kind::date: return as_json(csv_value::date(cell, options_.date_format));
    case Kind::instant: return instant(cell);
    case Kind::whole: return whole(cell);
    case Kind::money: return as_json(csv_value::money(cell, exponent, decimal_));
    case Kind::name_part:
    case Kind::text: break;
    }
    return json(cell);
  }

  // A phone, an e-mail address or a ref. Refs may begin with 0 too: they are phones where the column says so, or where
  // nothing does and they are as long as one.
  std::string person(std::string_view column, const std::string& cell) const {
    const bool of_phones = column == "phone" || column == "telefon";
    const bool of_refs = column == "customer_number" || column == "kundennummer" || column == "ref";
    if (cell.contains('@') || !(cell.starts_with('+') || (cell.starts_with('0') && !of_refs))) return cell;
    const auto digits = std::ranges::count_if(cell, [](char c) { return c >= '0' && c <= '9'; });
    return cell.starts_with('+') || of_phones || digits >= least_digits ? csv_value::phone(cell, options_.country_code)
                                                                        : cell;
  }

  // With a semicolon between cells, lists have commas, and the other way round.
  static json list_of(const std::string& cell) {
    json out = json::array();
    const std::string words = text::replace_all(cell, ";", ","); // split() only looks into it
    for (const std::string_view word : text::split(words, ','))
      if (!text::trim(word).empty()) out.push_back(std::string(text::trim(word)));
    return out;
  }

  static csv_value::Read<json> whole(const std::string& cell) {
    const auto number = text::to_int(cell);
    if (!number) return std::unexpected(fmt::format("is \"{}\"; must be a whole number", text::one_line(cell, 60)));
    return json(*number);
  }

  // A moment as the document has it, or the start of a day.
  csv_value::Read<json> instant(const std::string& cell) const {
    if (cell.contains('T')) return json(cell);
    auto day = csv_value::date(cell, options_.date_format);
    if (!day) return std::unexpected(std::move(day).error());
    return json(*day + "T00:00:00Z");
  }

  const CsvOptions& options_;
  Found& found_;
  Decimal decimal_ = Decimal::unknown;
  CsvTable table_;
};

} // namespace

std::string CsvTable::place(std::size_t row, std::string_view field) const {
  std::string out = fmt::format("line {}", row < lines.size() ? lines[row] : 0);
  if (field.empty()) return out;
  const auto column = std::ranges::find(columns, field, &std::pair<std::string, std::string>::first);
  return out + ", " + (column == columns.end() ? std::string(field) : text::one_line(column->second, 60));
}

json CsvTable::document(std::string_view tenant, std::string_view list) {
  json one = json::object();
  one["slug"] = tenant;
  one[std::string(list)] = std::move(rows);
  rows.clear();
  json out = json::object();
  out["tenants"] = json::array({std::move(one)});
  return out;
}

void CsvTable::take_back(json document, std::string_view list) {
  rows = std::move(document["tenants"][0][std::string(list)].get_ref<json::array_t&>());
}

std::expected<CsvTable, std::string> read_csv(std::string_view bytes, const CsvOptions& options) {
  if (std::string wrong = check_fields(options); !wrong.empty()) return std::unexpected(std::move(wrong));
  const std::string text = csv::to_utf8(bytes);
  auto found = find_table(text, options);
  if (!found) return std::unexpected(std::move(found).error());
  if (std::string wrong = check_columns(options, found->header); !wrong.empty())
    return std::unexpected(std::move(wrong));
  if (std::string wrong = check_header(options, found->header); !wrong.empty())
    return std::unexpected(std::move(wrong));
  if (std::string wrong = check_needed(options, *found); !wrong.empty()) return std::unexpected(std::move(wrong));
  return Converter(options, *found).run();
}

} // namespace milkrun::cli
