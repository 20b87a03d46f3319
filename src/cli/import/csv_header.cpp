// A header is the row that names the most fields, by their own names, by what spreadsheets call them, or as --map says.
#include "cli/import/csv_header.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

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
  if (!options.stored_exponent && std::ranges::any_of(header.fields, is_money)) needed.emplace_back("currency");
  for (const std::string_view entry : needed)
    if (!entries.contains(entry))
      return fmt::format("no column fills {}; the columns are: {}; say --map COLUMN={} or --set {}=VALUE", entry,
                         text::one_line(fmt::format("{}", fmt::join(header.names, ", ")), 300), entry, entry);
  return "";
}

} // namespace milkrun::cli::csv_table
