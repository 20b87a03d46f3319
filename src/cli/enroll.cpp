// `milkrun enroll`: contacts begin a drip, or leave it, by an operator's word. Twice is the same as once: who walks
// through it stays where she is. Who is not found is told, and nobody is enrolled while there is one.
#include "outreach/enroll.hpp"

#include "base/text.hpp"
#include "base/words.hpp"
#include "cli/commands.hpp"
#include "cli/import/csv_table.hpp"
#include "cli/import/read.hpp"
#include "cli/input.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "cli/which.hpp"
#include "providers/smtp/smtp.hpp"
#include "sql/cli.hpp"
#include "sql/import_outreach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

namespace milkrun::cli {
namespace {

constexpr std::size_t at_once = 500;   // contacts a transaction: runs get their turn in between
constexpr Millis between{30};          // ... longer than who waits needs to ask for the lock again
constexpr std::size_t most_told = 100; // who is not found; more are counted

// Whom it is about, each once, and who was not found.
struct People {
  std::vector<std::string> ids = {};
  std::vector<std::string> unknown = {}; // "line 7: +49…"
  std::set<std::string> known = {};

  void add(const std::string& id) {
    if (known.insert(id).second) ids.push_back(id);
  }
};

std::optional<std::string> called(db::Transaction& tx, const TenantId& tenant, const std::string& key) {
  for (const std::string& one : {key, smtp::fold_address(key)})
    if (const auto row = tx.one(sql::import_outreach::contact_called, {{"tenant", tenant.value}, {"key", one}}))
      return row->text("id");
  return std::nullopt;
}

void add_named(db::Transaction& tx, const TenantId& tenant, const std::vector<std::string>& called_so, People& out) {
  for (const std::string& key : called_so) {
    if (const auto id = called(tx, tenant, std::string(text::trim(key))))
      out.add(*id);
    else
      out.unknown.push_back(text::one_line(key, 80));
  }
}

void add_tagged(db::Transaction& tx, const TenantId& tenant, const std::string& tag, People& out) {
  std::string after;
  for (;;) {
    const db::Rows page =
        tx.query(sql::cli::people, {{"tenant", tenant.value}, {"after", after}, {"limit", std::int64_t{at_once}}});
    for (const db::Row& row : page) {
      const std::vector<std::string> tags = words_in(row.text("tags"));
      if (std::ranges::find(tags, tag) != tags.end()) out.add(row.text("id"));
    }
    if (page.size() < at_once) return;
    after = page.back().text("id");
  }
}

void add_listed(db::Transaction& tx, const TenantId& tenant, const CsvTable& table, People& out) {
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    std::string key;
    std::optional<std::string> id;
    for (const char* field : {"contact", "ref", "phone", "email"}) {
      const auto found = table.rows[i].find(field);
      if (found == table.rows[i].end() || !found->is_string() || id) continue;
      key = found->get<std::string>();
      id = called(tx, tenant, key);
    }
    if (id)
      out.add(*id);
    else
      out.unknown.push_back(fmt::format("line {}: {}", table.lines[i],
                                        key.empty() ? "no contact, phone, email or ref" : text::one_line(key, 80)));
  }
}

std::expected<CsvTable, Refusal> read_file(const EnrollArgs& args) {
  CsvOptions options{.list = "people", .country_code = args.country_code};
  for (const std::string& word : args.map) {
    const std::size_t at = word.rfind('=');
    if (at == std::string::npos || at == 0)
      return refuse(Exit::usage,
                    fmt::format("--map {}: must have a = in it, such as \"Kunde=ref\"", text::one_line(word, 80)));
    options.columns.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  const std::string bytes = TRY(read_input(args.file, largest_document));
  auto table = read_csv(bytes, options);
  if (!table) return refuse(Exit::data, fmt::format("{}: {}; nobody was enrolled", args.file, table.error()));
  return *std::move(table);
}

struct Outcome {
  std::int64_t enrolled = 0, holdout = 0, already = 0, not_again = 0; // enroll
  std::int64_t stopped = 0, outside = 0;                              // stop
};

// One act a person whose walk changes.
void write_down(db::Transaction& tx, const EnrollArgs& args, const TenantId& tenant, const std::string& contact,
                std::string_view from, std::string_view to, Time now) {
  ledger::record(tx, who(args.by),
                 {.verb = args.stop ? "enroll stop" : "enroll",
                  .key = milkrun::Key{"contact", contact}.text(),
                  .tenant = tenant,
                  .from = std::string(from),
                  .to = std::string(to),
                  .note = args.campaign},
                 now);
}

void one(db::Transaction& tx, const EnrollArgs& args, const TenantId& tenant, const std::string& campaign,
         const std::string& contact, Time now, Outcome& out) {
  if (args.stop) {
    const bool inside =
        args.dry_run ? outreach::is_inside(tx, tenant, campaign, contact)
                     : outreach::leave(tx, tenant, campaign, contact, Reason("walk.stopped", {"an operator"}), now);
    ++(inside ? out.stopped : out.outside);
    if (inside && !args.dry_run) write_down(tx, args, tenant, contact, "inside", "exited", now);
    return;
  }
  const outreach::Enrolled came = args.dry_run ? outreach::would_enroll(tx, tenant, campaign, contact, now, now)
                                               : outreach::enroll(tx, tenant, campaign, contact, now, now);
  if (!args.dry_run && (came == outreach::Enrolled::active || came == outreach::Enrolled::holdout))
    write_down(tx, args, tenant, contact, "outside", came == outreach::Enrolled::active ? "active" : "holdout", now);
  switch (came) {
  case outreach::Enrolled::active: ++out.enrolled; break;
  case outreach::Enrolled::holdout: ++out.holdout; break;
  case outreach::Enrolled::already: ++out.already; break;
  case outreach::Enrolled::not_again: ++out.not_again; break;
  }
}

void print(const Context& context, const EnrollArgs& args, const Outcome& done, const People& people) {
  if (args.json) {
    Json out = args.stop ? Json{{"stopped", done.stopped}, {"outside", done.outside}}
                         : Json{{"enrolled", done.enrolled},
                                {"holdout", done.holdout},
                                {"already", done.already},
                                {"not_again", done.not_again}};
    out["unknown"] = people.unknown;
    out["dry_run"] = args.dry_run;
    print_json(context.out, out);
    return;
  }
  for (std::size_t i = 0; i < std::min(people.unknown.size(), most_told); ++i)
    context.out << "skipped, no such contact: " << people.unknown[i] << '\n';
  if (people.unknown.size() > most_told) context.out << fmt::format("and {} more\n", people.unknown.size() - most_told);
  context.out << (args.stop ? fmt::format("{} stopped, {} were not in it", done.stopped, done.outside)
                            : fmt::format("{} enrolled, {} held out, {} in it already, {} not again", done.enrolled,
                                          done.holdout, done.already, done.not_again))
              << (args.dry_run ? " (dry run: nothing was changed)\n" : "\n");
}

std::unexpected<Refusal> refuse_unknown(const People& people) {
  Refusal refusal{Exit::data, {}};
  for (std::size_t i = 0; i < std::min(people.unknown.size(), most_told); ++i)
    refusal.lines.push_back("no such contact: " + people.unknown[i]);
  refusal.lines.push_back(
      fmt::format("{} not found, nothing was changed; import them first, or say --skip-bad", people.unknown.size()));
  return std::unexpected(std::move(refusal));
}

} // namespace

Answer enroll(const EnrollArgs& args, const Context& context) {
  if (int{!args.contacts.empty()} + int{!args.tag.empty()} + int{!args.file.empty()} != 1)
    return refuse(Exit::usage, "say who: one of --contact, --tag and --file");
  CsvTable table;
  if (!args.file.empty()) table = TRY(read_file(args));
  const auto database = open_database(context.settings, args.dry_run);
  const std::optional<TenantId> tenant = TRY(tenant_of_flag(*database, args.tenant));
  std::optional<db::Row> campaign;
  People people;
  for (const Problem& p : table.problems) people.unknown.push_back(fmt::format("{} {}", p.where, p.what));
  database->read([&](db::Transaction& tx) {
    campaign = tx.one(sql::import_outreach::campaign_row, {{"tenant", tenant->value}, {"slug", args.campaign}});
    if (!args.tag.empty()) add_tagged(tx, *tenant, args.tag, people);
    add_named(tx, *tenant, args.contacts, people);
    add_listed(tx, *tenant, table, people);
  });
  if (!campaign || campaign->text("kind") != "drip")
    return refuse(Exit::usage, fmt::format("{} is no drip of {}; give the slug of a campaign of kind \"drip\"",
                                           text::one_line(args.campaign, 80), args.tenant));
  if (!args.stop && campaign->text("status") == "ended")
    return refuse(Exit::usage,
                  fmt::format("{} has ended, and nobody would get anything; give it the status \"running\" "
                              "by an import, or name another drip",
                              text::one_line(args.campaign, 80)));
  if (!people.unknown.empty() && !args.skip_bad) return refuse_unknown(people);
  Outcome done;
  for (std::size_t from = 0; from < people.ids.size(); from += at_once) {
    const std::size_t until = std::min(from + at_once, people.ids.size());
    Outcome after;
    const auto chunk = [&](db::Transaction& tx) {
      after = done; // the body may be run again
      for (std::size_t i = from; i < until; ++i)
        one(tx, args, *tenant, campaign->text("id"), people.ids[i], context.clock.now(), after);
    };
    if (from > 0 && !args.dry_run) std::this_thread::sleep_for(between);
    if (args.dry_run)
      database->read(chunk);
    else
      database->transact(chunk);
    done = after;
  }
  print(context, args, done, people);
  return Exit::ok;
}

} // namespace milkrun::cli
