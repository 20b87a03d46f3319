// `milkrun import contacts|invoices`: a spreadsheet of one tenant, checked whole, then stored, a big one in steps.
// Every bad row is told with its line; nothing is stored while there is one, unless the operator would rather skip
// them.
#include "base/csv.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/import/csv_table.hpp"
#include "cli/import/csv_values.hpp"
#include "cli/import/problems.hpp"
#include "cli/import/read.hpp"
#include "cli/import/rehearse.hpp"
#include "cli/import/store.hpp"
#include "cli/import/stored.hpp"
#include "cli/import_counts.hpp"
#include "cli/input.hpp"
#include "cli/open.hpp"
#include "sql/import_outreach.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace milkrun::cli {
namespace {

using Pair = std::pair<std::string, std::string>;

std::expected<std::vector<Pair>, Refusal> pairs_of(const std::vector<std::string>& words, std::string_view flag) {
  std::vector<Pair> out;
  for (const std::string& word : words) {
    const std::size_t at = word.rfind('=');
    if (at == std::string::npos || at == 0)
      return refuse(Exit::usage, fmt::format("{} {}: must have a = in it, such as \"Due date=due_on\"", flag,
                                             text::one_line(word, 80)));
    out.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  return out;
}

std::expected<CsvOptions, Refusal> options_of(const ImportCsvArgs& args) {
  CsvOptions out{
      .list = args.list, .date_format = args.date_format, .decimal = args.decimal, .country_code = args.country_code};
  out.columns = TRY(pairs_of(args.map, "--map"));
  out.fixed = TRY(pairs_of(args.fixed, "--set"));
  if (!args.date_format.empty())
    if (const std::string wrong = csv_value::check_date_format(args.date_format); !wrong.empty())
      return refuse(Exit::usage, fmt::format("--date-format {} {}", text::one_line(args.date_format, 40), wrong));
  return out;
}

// Rows and cells become values of many times their size: counted before any is made. What stands between cells is not
// known yet, so that it is whatever there is most of.
std::string too_much(std::string_view bytes) {
  constexpr std::ptrdiff_t most_lines = 125'000, most_cells = 500'000;
  const auto lines = std::max(std::ranges::count(bytes, '\n'), std::ranges::count(bytes, '\r'));
  std::ptrdiff_t most = 0;
  for (const char delimiter : csv::delimiters) most = std::max(most, std::ranges::count(bytes, delimiter));
  const std::ptrdiff_t cells = lines + most;
  if (lines > most_lines) return fmt::format("has more than {} lines; split it", most_lines);
  return cells > most_cells ? fmt::format("has more than {} cells; split it", most_cells) : std::string();
}

// The rows that are still good, and what is wrong with the others.
class Sheet {
public:
  Sheet(CsvTable table, const ImportCsvArgs& args, std::span<const http::AllowEntry> allow, Time now)
      : table_(std::move(table)), args_(args), allow_(allow), now_(now), bad_(std::move(table_.problems)) {}

  const Problems& bad() const { return bad_; }
  const std::vector<std::string>& unused() const { return table_.unused; }
  std::size_t good() const { return table_.rows.size(); }

  // The document of the good rows: what is wrong with one is noted, and the row is good no more.
  std::expected<Document, Problems> read() {
    while (true) {
      nlohmann::json rows = table_.document(args_.tenant, args_.list);
      auto document = document_of(rows, allow_, {.now = now_});
      table_.take_back(std::move(rows), args_.list);
      if (document) return document;
      if (!drop(document.error())) return std::unexpected(std::move(document).error());
      if (bad_.full()) return std::unexpected(bad_); // hardly the right file: each pass would find as many more
    }
  }

  // False: some of it is not about a row.
  bool drop(const Problems& problems) {
    std::set<std::size_t> rows;
    for (const Problem& p : problems) {
      const auto [row, field] = place_of(p.where);
      if (row >= table_.rows.size()) return false;
      rows.insert(row);
    }
    for (const Problem& p : problems) {
      const auto [row, field] = place_of(p.where);
      bad_.push_back({table_.place(row, field), in_lines(p.what)});
    }
    std::size_t kept = 0; // in one pass, however many they are
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      if (rows.contains(row)) continue;
      if (kept != row) table_.rows[kept] = std::move(table_.rows[row]);
      table_.lines[kept++] = table_.lines[row];
    }
    table_.rows.resize(kept);
    table_.lines.resize(kept);
    return !problems.empty();
  }

private:
  std::string entries() const { return fmt::format("tenants[0].{}[", args_.list); }

  // "is given already at tenants[0].contacts[12].phone" -> "... at line 14, Telefon": nobody has seen the document.
  std::string in_lines(const std::string& what) const {
    const std::size_t at = what.find(entries());
    if (at == what.npos) return what;
    const std::size_t end = std::min(what.find_first_of(" ;,", at), what.size());
    const auto [row, field] = place_of(std::string_view(what).substr(at, end - at));
    return row < table_.rows.size() ? what.substr(0, at) + table_.place(row, field) + what.substr(end) : what;
  }

  // "tenants[0].contacts[12].phone" -> 12 and "phone".
  std::pair<std::size_t, std::string> place_of(std::string_view where) const {
    const std::string start = entries();
    const std::size_t end = where.find(']', start.size());
    const auto row = where.starts_with(start) && end != where.npos
                         ? text::to_int(where.substr(start.size(), end - start.size()))
                         : std::nullopt;
    if (!row || *row < 0) return {table_.rows.size(), ""};
    const std::string_view field = where.substr(std::min(end + 2, where.size()));
    return {static_cast<std::size_t>(*row), std::string(field.substr(0, field.find_first_of("[.")))};
  }

  CsvTable table_;
  const ImportCsvArgs& args_;
  std::span<const http::AllowEntry> allow_;
  Time now_;
  Problems bad_;
};

std::optional<int> exponent_stored(db::Database& database, const TenantId& tenant, const std::string& number) {
  std::optional<int> out;
  database.read([&](db::Transaction& tx) {
    const auto row = tx.one(sql::import_outreach::invoice_row, {{"tenant", tenant.value}, {"number", number}});
    out = row ? std::optional(static_cast<int>(row->integer("exponent"))) : std::nullopt;
  });
  return out;
}

bool is_stored(db::Database& database, const TenantId& tenant, std::string_view list, const std::string& key) {
  namespace q = sql::import_outreach;
  bool out = false;
  database.read([&](db::Transaction& tx) {
    out = list == "invoices" ? tx.one(q::invoice_row, {{"tenant", tenant.value}, {"number", key}}).has_value()
                             : tx.one(q::contact_called, {{"tenant", tenant.value}, {"key", key}}).has_value();
  });
  return out;
}

// What was meant to be imported and was not understood would be missed much later, in the texts. "": nothing.
std::string left_out(const std::vector<std::string>& columns, std::string_view list) {
  if (columns.empty()) return "";
  return fmt::format("left out, as no field of {} is called so: {}; take one in with --map COLUMN=FIELD", list,
                     text::one_line(fmt::format("{}", fmt::join(columns, ", ")), 300));
}

std::unexpected<Refusal> refuse_rows(const std::string& name, const Problems& problems, const std::string& left_out) {
  Refusal refusal{Exit::data, told(name, problems)};
  if (!left_out.empty()) refusal.lines.push_back(fmt::format("{}: {}", name, left_out));
  refusal.lines.push_back(fmt::format("{}: {} {}; nothing was stored", name, problems.size(),
                                      problems.size() == 1 ? "mistake" : "mistakes"));
  return std::unexpected(std::move(refusal));
}

void print(const Context& context, const std::string& name, const Sheet& sheet, const Counts& counts,
           const ImportCsvArgs& args) {
  if (args.json) {
    Json out = {{"rows", sheet.good()}};
    if (args.dry_run) out.update({{"dry_run", true}, {"valid", true}});
    out.update(counts_json(counts));
    out["columns_left_out"] = sheet.unused();
    out["skipped"] = Json::array();
    for (const Problem& p : sheet.bad()) out["skipped"].push_back({{"where", p.where}, {"what", p.what}});
    return print_json(context.out, out);
  }
  for (const std::string& line : told(name, sheet.bad())) context.out << "skipped: " << line << '\n';
  context.out << counts_text(counts);
  if (const std::string more = left_out(sheet.unused(), args.list); !more.empty()) context.out << more << '\n';
  if (args.dry_run) context.out << fmt::format("{} good rows; nothing was stored (dry run)\n", sheet.good());
}

} // namespace

Answer import_csv(const ImportCsvArgs& args, const Context& context) {
  CsvOptions options = TRY(options_of(args));
  const std::string name = args.file == "-" ? "standard input" : text::one_line(args.file, 120);
  const std::string bytes = TRY(read_input(args.file, largest_document));
  if (const std::string wrong = too_much(bytes); !wrong.empty())
    return refuse(Exit::data, fmt::format("{} {}; nothing was stored", name, wrong));
  const auto database = open_database(context.settings, args.dry_run);
  const std::optional<TenantId> tenant = TRY(tenant_of_flag(*database, args.tenant));
  if (!tenant) return refuse(Exit::usage, "--tenant: give the slug of the tenant whose they are");
  options.stored_exponent = [&](const std::string& number) { return exponent_stored(*database, *tenant, number); };
  options.is_stored = [&](const std::string& key) { return is_stored(*database, *tenant, args.list, key); };
  auto table = read_csv(bytes, options);
  if (!table) return refuse(Exit::data, fmt::format("{}: {}; nothing was stored", name, table.error()));

  Sheet sheet(*std::move(table), args, context.settings.allow, context.clock.now());
  const Vault vault = TRY(open_vault(context.settings, *database, args.dry_run));
  Problems wrong;
  Counts counts;
  const auto store = [&](const Document& document) {
    wrong.clear();
    // What is wrong with some rows is told together with what is wrong with the others: no mistake waits for another.
    if (!sheet.bad().empty() && !args.skip_bad) {
      database->read([&](db::Transaction& tx) { wrong = check_stored(tx, document); });
      return;
    }
    if (args.dry_run) {
      if (auto would = rehearse_import(*database, document, vault, context.clock.now()))
        counts = *would;
      else
        wrong = std::move(would).error();
      return;
    }
    database->read([&](db::Transaction& tx) { wrong = check_stored(tx, document); });
    if (wrong.empty()) counts = store_in_steps(*database, document, vault, context.clock.now());
  };
  do {
    const auto document = sheet.read();
    if (!document) return refuse_rows(name, document.error(), left_out(sheet.unused(), args.list));
    store(*document);
    if (!wrong.empty() && !sheet.drop(wrong)) {
      Problems all = sheet.bad();
      for (const Problem& p : wrong) all.push_back(p);
      return refuse_rows(name, all, left_out(sheet.unused(), args.list));
    }
    if (!sheet.bad().empty() && !args.skip_bad)
      return refuse_rows(name, sheet.bad(), left_out(sheet.unused(), args.list));
  } while (!wrong.empty());
  print(context, name, sheet, counts, args);
  return Exit::ok;
}

} // namespace milkrun::cli
