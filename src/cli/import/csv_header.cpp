// A header is the row that names the most fields, by their own names, by what spreadsheets call them, or as --map says.
#include "cli/import/csv_header.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

namespace milkrun::cli::csv_table {
namespace {

constexpr std::size_t header_within = 20; // rows; above it stand titles and dates of print

const std::vector<Field>& fields_of(std::string_view entries) {
  using enum Kind;
  static const std::vector<Field> contacts = {
      {"phone",
       "phone",
       phone,
       {"phone_number", "telefon", "telefonnummer", "mobile", "mobil", "handy", "whatsapp", "tel"}},
      {"email", "email", text, {"e_mail", "email_address", "e_mail_adresse", "mail"}},
      {"ref", "ref", text, {"customer_id", "customer_number", "kundennummer", "kunden_nr", "id"}},
      {"name", "name", text, {"full_name", "customer_name", "customer", "kundenname", "kunde"}},
      {"first_name", "name", name_part, {"firstname", "given_name", "vorname"}},
      {"last_name", "name", name_part, {"lastname", "surname", "family_name", "nachname", "familienname"}},
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
       {"customer_number", "customer_no", "customer_id", "kundennummer", "kundennr", "kunden_nr", "phone", "telefon",
        "email", "e_mail", "mail", "customer", "client", "kunde", "debitor"}},
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

} // namespace

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

namespace {

// The place of a --map for this column; nullptr when there is none.
const std::string* mapped(const CsvOptions& options, const std::string& column) {
  const auto by_key = [&](const auto& one) { return column_key(one.first) == column_key(column); };
  const auto found = std::ranges::find_if(options.columns, by_key);
  return found == options.columns.end() ? nullptr : &found->second;
}

// What --map says stands before all else. A contact of an invoice may be called by several of its columns, which are no
// mistake: the surest one is taken.
void name_fields(Header& header, const CsvOptions& options) {
  header.fields.assign(header.names.size(), nullptr);
  std::vector<bool> spoken_for(header.names.size());
  std::vector<std::string> keys;
  std::set<std::string_view> by_map; // entries that the operator has found a column for
  for (std::size_t i = 0; i < header.names.size(); ++i) {
    keys.push_back(column_key(header.names[i]));
    if (const std::string* field = mapped(options, header.names[i])) {
      header.fields[i] = field_named(options.list, *field);
      spoken_for[i] = true;
      if (header.fields[i] != nullptr) by_map.insert(header.fields[i]->entry);
    }
  }
  const auto take = [&](const Field& field, std::string_view name) {
    bool found = false;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (spoken_for[i] || header.fields[i] != nullptr || keys[i] != name) continue;
      header.fields[i] = &field;
      found = true;
    }
    return found;
  };
  std::vector<const Field*> open;
  for (const Field& field : fields_of(options.list))
    if (!by_map.contains(field.entry) && !(take(field, field.name) && field.kind == Kind::person))
      open.push_back(&field);
  for (const Field* field : open)
    for (const std::string_view other : field->also)
      if (take(*field, other) && field->kind == Kind::person) break;
}

std::string columns_of(const Header& header) {
  return text::one_line(fmt::format("{}", fmt::join(header.names, ", ")), 300);
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

} // namespace

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
                         columns_of(header));
  }
  return "";
}

namespace {

// The parts of a name are two columns of one entry; beside a whole one they are not.
bool are_parts(const Field& a, const Field& b) {
  return a.kind == Kind::name_part && b.kind == Kind::name_part && &a != &b;
}

// Entries of the document that a column or --set fills.
std::set<std::string_view> filled(const CsvOptions& options, const Header& header) {
  std::set<std::string_view> out;
  for (const Field* field : header.fields)
    if (field != nullptr) out.insert(field->entry);
  for (const auto& [field, value] : options.fixed) out.insert(field_named(options.list, field)->entry);
  return out;
}

} // namespace

std::string check_header(const CsvOptions& options, const Header& header) {
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const Field *one = header.fields[k], *other = header.fields[i];
      if (one == nullptr || other == nullptr || one->entry != other->entry || are_parts(*one, *other)) continue;
      return fmt::format("two columns fill {}: {} and {}; {}", other->entry, text::one_line(header.names[k], 60),
                         text::one_line(header.names[i], 60),
                         column_key(header.names[k]) == column_key(header.names[i])
                             ? "take one of them out of the file, or give it another name"
                             : "leave one out with --map COLUMN=");
    }
  }
  // What else a new invoice needs is asked of the rows that are new: a list of payments has a number and a state.
  std::vector<std::string_view> needed;
  if (options.list == "invoices") needed.emplace_back("number");
  const auto is_money = [](const Field* field) { return field != nullptr && field->kind == Kind::money; };
  if (!options.stored_exponent && std::ranges::any_of(header.fields, is_money)) needed.emplace_back("currency");
  const auto has = filled(options, header);
  for (const std::string_view entry : needed)
    if (!has.contains(entry))
      return fmt::format("no column fills {}; the columns are: {}; say --map COLUMN={} or --set {}=VALUE", entry,
                         columns_of(header), entry, entry);
  if (options.list == "people" && !std::ranges::any_of(std::array{"contact", "ref", "phone", "email"},
                                                       [&](const char* who) { return has.contains(who); }))
    return fmt::format("no column says who: contact, ref, phone or email; the columns are: {}; say --map COLUMN=ref",
                       columns_of(header));
  return "";
}

std::string check_needed(const CsvOptions& options, const Found& found) {
  if (!options.is_stored) return "";
  const auto has = filled(options, found.header);
  const bool invoices = options.list == "invoices";
  std::vector<std::string_view> missing;
  if (invoices) {
    for (const std::string_view entry : {"contact", "currency", "amount_minor", "due_on"})
      if (!has.contains(entry)) missing.push_back(entry);
  } else if (!has.contains("phone") && !has.contains("email")) {
    missing = {"phone", "email"};
  }
  const auto who = std::ranges::find(found.header.fields, field_named(options.list, invoices ? "number" : "ref"));
  const auto column = static_cast<std::size_t>(who - found.header.fields.begin());
  const auto is_known = [&](const csv::Row& row) {
    return column < row.cells.size() && options.is_stored(std::string(text::trim(row.cells[column])));
  };
  const auto rows = std::span(found.rows).subspan(found.header.row + 1);
  if (missing.empty() || rows.empty() || std::ranges::any_of(rows, is_known)) return "";
  return fmt::format("no column fills {}, which a new {} needs, and none of these is stored; the columns are: {}; say "
                     "--map COLUMN={}",
                     fmt::join(missing, invoices ? ", " : " or "), invoices ? "invoice" : "contact",
                     columns_of(found.header), missing.front());
}

std::vector<std::string> unused(const CsvOptions& options, const Header& header) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (header.fields[i] == nullptr && !header.names[i].empty() && mapped(options, header.names[i]) == nullptr)
      out.push_back(header.names[i]);
  return out;
}

} // namespace milkrun::cli::csv_table
