// A spreadsheet becomes part of an import document: each row an object of one tenant's contacts or invoices.
#pragma once

#include "cli/import/document.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milkrun::cli {

struct CsvOptions {
  std::string list; // "contacts", "invoices"; "people": who stored ones are
  std::vector<std::pair<std::string, std::string>> columns = {}; // --map: column and the field it fills; "" = none
  std::vector<std::pair<std::string, std::string>> fixed = {};   // --set: a field and its value in every row
  std::string date_format = {};                                  // "" = ISO dates only
  std::string decimal = {};                                      // "comma", "point"; "" = as the column tells
  std::string country_code = {};                                 // of phone numbers that start with 0; "" = none
  // Digits of the minor unit of an invoice that is stored, by its number; nullopt: it is not. None: nothing is known.
  std::function<std::optional<int>(const std::string&)> stored_exponent = {};
  // Whether an invoice of that number, or a contact of that ref, is stored. None: nothing is known.
  std::function<bool(const std::string&)> is_stored = {};
};

// Rows ready to be read as entries of the document. `lines` and `rows` run side by side.
struct CsvTable {
  std::vector<nlohmann::json> rows = {};
  std::vector<std::size_t> lines = {};
  std::vector<std::pair<std::string, std::string>> columns = {}; // a field and the column it came from
  std::vector<std::string> unused = {}; // columns that nothing was taken from, and no --map says so
  Problems problems = {};               // rows that could not be converted, which are not among `rows`

  // "line 7, Fällig am": the place of a field of a row.
  std::string place(std::size_t row, std::string_view field) const;
  // Takes the rows, which are in the way twice; take_back() brings them back.
  nlohmann::json document(std::string_view tenant, std::string_view list);
  void take_back(nlohmann::json document, std::string_view list);
};

// Encoding, delimiter and header are found. The error is about the file as a whole: no header, two columns for one
// field, a needed one missing, a --map or --set that names what is not there.
std::expected<CsvTable, std::string> read_csv(std::string_view bytes, const CsvOptions& options);

} // namespace milkrun::cli
