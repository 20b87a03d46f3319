// A header is the row that names the most fields, by their own names, by what spreadsheets call them, or as --map says.
#include "cli/import/csv_table.hpp"

#include "base/csv.hpp"
#include "base/text.hpp"
#include "cli/import/csv_values.hpp"
#include "outreach/format.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

namespace milkrun::cli {
namespace {

using csv_value::Decimal;
using nlohmann::json;

constexpr std::size_t header_within = 20; // rows; above it stand titles and dates of print

constexpr std::ptrdiff_t least_digits = 10; // of what is taken for a phone without being said to be one

enum class Kind { text, phone, person, status, list, flag, date, instant, whole, money };

struct Field {
  std::string_view name, entry; // in the file, in the document
  Kind kind;
  std::vector<std::string_view> also = {}; // as column_key() writes them, the likelier first
};

const std::vector<Field>& fields_of(std::string_view entries) {
  using enum Kind;
  static const std::vector<Field> contacts = {
      {"phone",
       "phone",
       phone,
       {"phone_number", "telefon", "telefonnummer", "mobile", "mobil", "handy", "whatsapp", "tel"}},
      {"email", "email", text, {"e_mail", "email_address", "e_mail_adresse", "mail"}},
      {"ref", "ref", text, {"customer_id", "customer_number", "kundennummer", "kunden_nr", "id"}},
      {"name", "name", text, {"full_name", "customer", "kunde"}},
      {"language", "language", text, {"sprache", "lang"}},
      {"timezone", "timezone", text, {"time_zone", "zeitzone"}},
      {"tags", "tags", list, {"labels", "groups", "gruppen"}},
      {"consent", "consent", flag, {"whatsapp_consent", "opt_in", "einwilligung"}},
      {"email_consent", "email_consent", flag, {"newsletter"}},
      {"invoice_channels", "invoice_channels", list},
      {"hold_until", "hold_until", date},
      {"instagram", "instagram", text},
      {"facebook", "facebook", text},
      {"igsid", "igsid", text},
      {"wrote_at", "wrote_at", instant},
  };
  static const std::vector<Field> invoices = {
      {"number",
       "number",
       text,
       {"invoice_number", "invoice_no", "invoice", "rechnungsnummer", "rechnungsnr", "rechnungs_nr", "rechnung",
        "belegnummer"}},
      {"contact",
       "contact",
       person,
       {"customer_number", "kundennummer", "phone", "telefon", "email", "e_mail", "mail"}},
      {"currency", "currency", text, {"währung", "waehrung"}},
      {"exponent", "exponent", whole},
      {"amount_minor", "amount_minor", whole},
      {"amount",
       "amount_minor",
       money,
       {"total", "gross", "betrag", "rechnungsbetrag", "gesamtbetrag", "summe", "brutto"}},
      {"paid_minor", "paid_minor", whole},
      {"paid", "paid_minor", money, {"amount_paid", "bezahlt", "gezahlt"}},
      {"issued_on", "issued_on", date, {"invoice_date", "date", "rechnungsdatum", "belegdatum", "datum"}},
      {"due_on",
       "due_on",
       date,
       {"due_date", "due", "fällig_am", "faellig_am", "fälligkeit", "fälligkeitsdatum", "fällig"}},
      {"status", "status", Kind::status},
      {"paid_at", "paid_at", instant, {"bezahlt_am"}},
      {"payment_link", "payment_link", text, {"zahlungslink"}},
      {"hold_until", "hold_until", date},
      {"version_at", "version_at", instant, {"updated_at"}},
  };
  // Whoever is meant, called as an invoice calls its contact.
  static const std::vector<Field> people = [] {
    std::vector<Field> all = contacts;
    all.push_back({"contact", "contact", person});
    return all;
  }();
  return entries == "invoices" ? invoices : entries == "people" ? people : contacts;
}

// "Fällig am:" -> "fällig_am".
std::string column_key(std::string_view name) {
  std::string s = text::lower(text::collapse_space(name));
  for (const auto& [upper, lower] : {std::pair("Ä", "ä"), std::pair("Ö", "ö"), std::pair("Ü", "ü")})
    s = text::replace_all(std::move(s), upper, lower);
  std::string out;
  for (const char c : s) {
    const bool kept = text::is_letter(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (kept)
      out += c;
    else if (!out.empty() && !out.ends_with('_'))
      out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

const Field* field_named(std::string_view list, std::string_view name) {
  const auto& all = fields_of(list);
  const auto found = std::ranges::find(all, name, &Field::name);
  return found == all.end() ? nullptr : &*found;
}

// Each cell of a header row and the field it names; nullptr: none.
struct Header {
  std::vector<const Field*> fields = {};
  std::vector<std::string> names = {};
  std::size_t row = 0;
  std::size_t named() const { return fields.size() - static_cast<std::size_t>(std::ranges::count(fields, nullptr)); }
};

// The place of a --map for this column; nullptr when there is none.
const std::string* mapped(const CsvOptions& options, const std::string& column) {
  const auto by_key = [&](const auto& one) { return column_key(one.first) == column_key(column); };
  const auto found = std::ranges::find_if(options.columns, by_key);
  return found == options.columns.end() ? nullptr : &found->second;
}

// A field's own name before any other name for it, and an earlier other name before a later one.
void name_fields(Header& header, const CsvOptions& options) {
  header.fields.assign(header.names.size(), nullptr);
  std::vector<bool> spoken_for(header.names.size());
  for (std::size_t i = 0; i < header.names.size(); ++i) {
    if (const std::string* field = mapped(options, header.names[i])) {
      header.fields[i] = field_named(options.list, *field);
      spoken_for[i] = true;
    }
  }
  const auto taken = [&](const Field& field) {
    return std::ranges::find(header.fields, &field) != header.fields.end();
  };
  const auto take = [&](const Field& field, std::string_view name) {
    for (std::size_t i = 0; i < header.names.size() && !taken(field); ++i)
      if (!spoken_for[i] && header.fields[i] == nullptr && column_key(header.names[i]) == name)
        header.fields[i] = &field;
  };
  for (const Field& field : fields_of(options.list)) take(field, field.name);
  for (const Field& field : fields_of(options.list))
    for (const std::string_view other : field.also) take(field, other);
}

std::optional<Header> header_in(const std::vector<csv::Row>& rows, const CsvOptions& options) {
  std::optional<Header> best;
  constexpr std::size_t most_columns = 1'000, longest_name = 200; // each is compared with every field's names
  for (std::size_t i = 0; i < std::min(rows.size(), header_within); ++i) {
    if (rows[i].cells.size() > most_columns) continue;
    Header one{.row = i};
    for (const std::string& cell : rows[i].cells) one.names.push_back(text::clip(text::trim(cell), longest_name));
    name_fields(one, options);
    if (one.named() > 0 && (!best || one.named() > best->named())) best = std::move(one);
  }
  return best;
}

struct Found {
  std::vector<csv::Row> rows;
  Header header;
};

std::expected<Found, std::string> find_table(std::string_view text, const CsvOptions& options) {
  std::string delimiters(csv::delimiters);
  if (text.starts_with("sep=") && text.size() > 4) delimiters = text[4]; // Excel's own way of saying it
  std::optional<Found> best;
  std::string broken;
  for (const char delimiter : delimiters) {
    auto rows = csv::parse(text, delimiter);
    if (!rows) {
      broken = std::move(rows).error();
      continue;
    }
    auto header = header_in(*rows, options);
    if (header && (!best || header->named() > best->header.named())) best = Found{*std::move(rows), *std::move(header)};
  }
  if (best) return *std::move(best);
  if (!broken.empty()) return std::unexpected(broken);
  std::vector<std::string_view> names;
  for (const Field& field : fields_of(options.list)) names.push_back(field.name);
  return std::unexpected(
      fmt::format("no header was found: name the columns after {}, or say --map COLUMN=FIELD", fmt::join(names, ", ")));
}

// What --map and --set name must be there.
std::string check_fields(const CsvOptions& options) {
  for (const auto& [column, field] : options.columns)
    if (!field.empty() && field_named(options.list, field) == nullptr)
      return fmt::format("--map {}={}: {} have no field {}", column, field, options.list, text::one_line(field, 60));
  for (const auto& [field, value] : options.fixed)
    if (field_named(options.list, field) == nullptr)
      return fmt::format("--set {}={}: {} have no field {}", field, value, options.list, text::one_line(field, 60));
  return "";
}

std::string check_columns(const CsvOptions& options, const Header& header) {
  for (const auto& [column, field] : options.columns) {
    const auto same = [&](const std::string& name) { return column_key(name) == column_key(column); };
    if (std::ranges::none_of(header.names, same))
      return fmt::format("--map {}={}: there is no column {}; there are: {}", column, field, column,
                         text::one_line(fmt::format("{}", fmt::join(header.names, ", ")), 300));
  }
  return "";
}

std::string check_header(const CsvOptions& options, const Header& header) {
  std::map<std::string_view, std::string_view> entries;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    if (header.fields[i] == nullptr) continue;
    const auto [at, fresh] = entries.emplace(header.fields[i]->entry, header.names[i]);
    if (!fresh)
      return fmt::format("two columns fill {}: {} and {}; leave one out with --map COLUMN=", header.fields[i]->entry,
                         text::one_line(at->second, 60), text::one_line(header.names[i], 60));
  }
  for (const auto& [field, value] : options.fixed) entries.emplace(field_named(options.list, field)->entry, value);
  // What else a new invoice needs is asked of the rows that are new: a list of payments has a number and a state.
  std::vector<std::string_view> needed;
  if (options.list == "invoices") needed.emplace_back("number");
  const auto is_money = [](const Field* field) { return field != nullptr && field->kind == Kind::money; };
  if (std::ranges::any_of(header.fields, is_money)) needed.emplace_back("currency");
  for (const std::string_view entry : needed)
    if (!entries.contains(entry))
      return fmt::format("no column fills {}; the columns are: {}; say --map COLUMN={} or --set {}=VALUE", entry,
                         text::one_line(fmt::format("{}", fmt::join(header.names, ", ")), 300), entry, entry);
  return "";
}

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
    for (std::size_t i = 0; i < found_.header.fields.size(); ++i) {
      if (const Field* field = found_.header.fields[i])
        table_.columns.emplace_back(field->entry, found_.header.names[i]);
      else if (!found_.header.names[i].empty())
        table_.unused.push_back(found_.header.names[i]);
    }
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
    const int exponent = exponent_of(cells);
    for (const auto& [field, cell] : cells) {
      if (field->kind == Kind::money && !says_units(cells)) {
        table_.problems.push_back(
            {fmt::format("line {}, {}", row.line, column_of(*field)), "has no currency beside it; give the row one"});
        continue;
      }
      auto value = convert(*field, cell, exponent);
      if (value)
        out[std::string(field->entry)] = *std::move(value);
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

  // Else "1500" yen would be fifteen: what is stored of the invoice is not known here.
  bool says_units(const Cells& cells) const {
    return !cell_of(cells, "currency").empty() || !cell_of(cells, "exponent").empty();
  }

  int exponent_of(const Cells& cells) const {
    if (const auto given = text::to_int(cell_of(cells, "exponent")); given && *given >= 0 && *given <= 4)
      return static_cast<int>(*given);
    return outreach::exponent_of(cell_of(cells, "currency"));
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
  return Converter(options, *found).run();
}

} // namespace milkrun::cli
