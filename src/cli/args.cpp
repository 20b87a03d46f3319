// Describes the command line to CLI11 and turns what it finds into values.
#include "cli/args.hpp"

#include "base/text.hpp"
#include "cli/version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

constexpr auto footer =
    "Exit codes: 0 done, 64 usage, 65 unreadable input, 70 bug, 74 database or disk, 75 another run "
    "of this job, 78 configuration, 143 stopped by SIGTERM. See milkrun(1).";

// "" or why the word is no duration; the shape CLI11 wants.
std::string check_duration(const std::string& word) {
  const auto value = text::to_millis(word);
  return value && *value > 0 ? "" : "must be a duration such as 30s, 10m or 2h";
}

std::string check_country_code(const std::string& word) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = !word.empty() && word.size() <= 3 && word[0] != '0' && std::ranges::all_of(word, is_digit);
  return good ? "" : "must be the digits of a country such as 49";
}

template <class Args>
CLI::App* command(CLI::App& parent, Arguments& out, const char* name, const char* help, Args& args) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&out, &args] { out.command = args; });
  return sub;
}

void add_global(CLI::App& app, Overrides& flags) {
  app.add_option("--config", flags.config, "Configuration (default /etc/milkrun/milkrun.toml; $MILKRUN_CONFIG)")
      ->type_name("FILE");
  app.add_option("--db", flags.database, "Database ($MILKRUN_DB)")->type_name("FILE");
  app.add_option("--key-file", flags.key_file, "Master key, 0600 ($MILKRUN_KEY_FILE)")->type_name("FILE");
  app.add_option("--log-level", flags.log_level, "debug, info, warn or error ($MILKRUN_LOG_LEVEL)")
      ->type_name("WORD")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log-format", flags.log_format, "auto, keyvalue, json or journald ($MILKRUN_LOG_FORMAT)")
      ->type_name("WORD")
      ->check(CLI::IsMember({"auto", "keyvalue", "json", "journald"}));
  app.set_version_flag("--version", [] { return version_text(); }); // only when asked: it is not for free
}

// CLI11 misses a subcommand before it looks at the word that is none.
std::string complaint_of(const CLI::App& app, const CLI::ParseError& e) {
  const std::vector<std::string> unknown = app.remaining();
  if (e.get_exit_code() != static_cast<int>(CLI::ExitCodes::RequiredError) || unknown.empty())
    return text::one_line(e.what(), 300);
  return fmt::format("there is no command {}", text::one_line(unknown.front(), 80));
}

// The arguments of every command, at addresses that stay.
struct Store {
  InitArgs init;
  MigrateArgs migrate;
  VersionArgs version;
  ImportArgs import;
  ImportCsvArgs contacts, invoices;
  FeedCheckArgs feed;
  RunsListArgs list;
  RunsShowArgs show;
  ItemsListArgs items;
  ItemsDecideArgs resend, drop;
  ClaimsListArgs claims;
  ClaimsDecideArgs verify, reject;
  std::vector<JobArgs> jobs;
  std::vector<std::string> runtimes; // --max-runtime of each job, as typed
};

void add_job(CLI::App& app, Arguments& out, JobArgs& args, std::string& runtime) {
  const std::string name(args.job->name), help(args.job->help);
  CLI::App* sub = app.add_subcommand(name, help);
  sub->fallthrough();
  sub->add_option("--in-flight", args.in_flight, "Items on their way at the same time (256)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  sub->add_option("--limit", args.limit, "Begin at most N items")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N");
  sub->add_option("--tenant", args.tenant, "Only this tenant")->type_name("SLUG");
  sub->add_option("--max-runtime", runtime, "Begin nothing new after this long, such as 10m")
      ->check(CLI::Validator(check_duration, "DURATION"));
  sub->add_flag("--wait", args.wait, "Wait for another run of this job instead of leaving with 75");
  sub->add_flag("--dry-run", args.dry_run, "Say what would be done; change nothing, call nobody");
  sub->add_flag("--json", args.json, "Report as one line of JSON");
  sub->add_flag("-v,--verbose", args.verbose, "Report also when not on a terminal");
  sub->callback([&out, &args, &runtime] {
    if (const auto value = text::to_millis(runtime)) args.max_runtime = Millis(*value);
    out.command = args;
  });
}

void add_claims(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* claims =
      app.add_subcommand("claims", "Look at people's claims, decide open ones")->require_subcommand(1)->fallthrough();
  CLI::App* list =
      command(*claims, out, "list", "Claims in a state, those for a person unless told otherwise", store.claims);
  list->add_option("--state", store.claims.state, "manual (default), pending, unsupported, verified, failed or expired")
      ->check(CLI::IsMember({"manual", "pending", "unsupported", "verified", "failed", "expired"}))
      ->type_name("WORD");
  list->add_option("--tenant", store.claims.tenant, "Only this tenant")->type_name("SLUG");
  list->add_option("--limit", store.claims.limit, "At most N claims (default 100)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->type_name("N");
  list->add_flag("--json", store.claims.json, "As JSON");
  const auto decide = [&](const char* name, const char* help, ClaimsDecideArgs& args) {
    CLI::App* sub = command(*claims, out, name, help, args);
    sub->add_option("claim", args.claim, "Its id, as claims list shows it")->required()->type_name("ID");
    sub->add_option("--tenant", args.tenant, "Only if it is this tenant's")->type_name("SLUG");
    sub->add_option("--by", args.by, "Who decides; kept with the claim")->type_name("NAME");
    return sub;
  };
  decide("verify", "Take a claim for done: reward it and tell the person", store.verify);
  decide("reject", "Refuse a claim", store.reject)
      ->add_option("--reason", store.reject.reason, "Why; kept with the claim")
      ->type_name("TEXT");
}

void add_csv(CLI::App& import, Arguments& out, ImportCsvArgs& args, const char* list, const char* help) {
  args.list = list;
  CLI::App* sub = command(import, out, list, help, args);
  sub->add_option("file", args.file, "CSV; - = standard input")->required()->type_name("FILE");
  sub->add_option("--tenant", args.tenant, "Whose they are")->required()->type_name("SLUG");
  sub->add_option("--map", args.map, "A column and the field it fills; COLUMN= leaves it out")
      ->allow_extra_args(false)
      ->type_name("COLUMN=FIELD");
  sub->add_option("--set", args.fixed, "A field and its value where a row has none")
      ->allow_extra_args(false)
      ->type_name("FIELD=VALUE");
  sub->add_option("--date-format", args.date_format, "Of dates that are not ISO, such as DD.MM.YYYY")
      ->type_name("FORMAT");
  sub->add_option("--decimal", args.decimal, "comma or point, where amounts do not tell")
      ->check(CLI::IsMember({"comma", "point"}))
      ->type_name("WORD");
  sub->add_option("--country-code", args.country_code, "Of phone numbers that begin with 0, such as 49")
      ->check(CLI::Validator(check_country_code, "DIGITS"));
  sub->add_flag("--skip-bad", args.skip_bad, "Store the good rows; without it one bad row stops all");
  sub->add_flag("--dry-run", args.dry_run, "Check only; change nothing");
  sub->add_flag("--json", args.json, "Counts as one line of JSON");
}

// A document, or one of the tables that people have in spreadsheets.
void add_import(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* import = app.add_subcommand(
      "import", "Take plans, portals, tenants and all that is theirs from JSON, or a table from CSV");
  import->fallthrough()->require_subcommand(0, 1);
  import->add_option("file", store.import.file, "JSON document; - = standard input")->type_name("FILE");
  import->add_flag("--dry-run", store.import.dry_run, "Check only; change nothing");
  import->add_flag("--json", store.import.json, "Counts as one line of JSON");
  add_csv(*import, out, store.contacts, "contacts", "Take the contacts of a tenant from a CSV file");
  add_csv(*import, out, store.invoices, "invoices", "Take the invoices of a tenant from a CSV file");
  import->callback([import, &out, &store] {
    if (!import->get_subcommands().empty()) return; // its own callback spoke
    if (store.import.file.empty()) throw CLI::RequiredError("file");
    out.command = store.import;
  });
}

void add_commands(CLI::App& app, Arguments& out, Store& store) {
  command(app, out, "init", "Make the database and, where none exists, the key file", store.init);
  command(app, out, "migrate", "Bring the database up to this version's schema", store.migrate);
  command(app, out, "version", "Version of this program and its libraries", store.version);

  add_import(app, out, store);

  CLI::App* feed = app.add_subcommand("feed", "Look at feeds")->require_subcommand(1)->fallthrough();
  CLI::App* check = command(*feed, out, "check", "Show what the feed reader sees", store.feed);
  check->add_option("target", store.feed.target, "URL or file; - = standard input")->required()->type_name("URL|FILE");
  check->add_flag("--json", store.feed.json, "As JSON");

  CLI::App* runs = app.add_subcommand("runs", "Look at past runs")->require_subcommand(1)->fallthrough();
  CLI::App* list = command(*runs, out, "list", "Latest runs first", store.list);
  list->add_option("--job", store.list.job, "Only this job")->type_name("JOB");
  list->add_option("--limit", store.list.limit, "At most N runs (default 20)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}))
      ->type_name("N");
  list->add_flag("--json", store.list.json, "As JSON");
  CLI::App* show = command(*runs, out, "show", "What one run did, and for whom", store.show);
  show->add_option("run", store.show.run, "Its id or number")->required()->type_name("ID");
  show->add_flag("--json", store.show.json, "As JSON");

  CLI::App* items =
      app.add_subcommand("items", "Look at items of work, decide held ones")->require_subcommand(1)->fallthrough();
  CLI::App* held = command(*items, out, "list", "Items in a state, held ones unless told otherwise", store.items);
  held->add_option("--state", store.items.state, "held (default), due, uncertain, running, discarded or cancelled")
      ->check(CLI::IsMember({"held", "due", "uncertain", "running", "discarded", "cancelled"}))
      ->type_name("WORD");
  held->add_option("--tenant", store.items.tenant, "Only this tenant")->type_name("SLUG");
  held->add_option("--limit", store.items.limit, "At most N items (default 100)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->type_name("N");
  held->add_flag("--json", store.items.json, "As JSON");
  constexpr auto which = "STAGE/KEY, or the id in it";
  command(*items, out, "resend", "Do a held item again, although it may have happened", store.resend)
      ->add_option("item", store.resend.item, which)
      ->required()
      ->type_name("ITEM");
  command(*items, out, "drop", "Give a held item up", store.drop)
      ->add_option("item", store.drop.item, which)
      ->required()
      ->type_name("ITEM");

  add_claims(app, out, store);
  for (std::size_t i = 0; i < store.jobs.size(); ++i) add_job(app, out, store.jobs[i], store.runtimes[i]);
}

} // namespace

std::expected<Arguments, NoArguments> parse_arguments(std::span<const std::string> arguments,
                                                      std::span<const Job* const> jobs) {
  CLI::App app("milkrun: one trip that stops at many doors. Works through the due items of all tenants, once.",
               "milkrun");
  app.require_subcommand(1);
  app.footer(footer);
  Arguments out;
  Store store;
  for (const Job* job : jobs) store.jobs.push_back({.job = job});
  store.runtimes.resize(jobs.size());
  store.resend.resend = true;
  store.resend.jobs.assign(jobs.begin(), jobs.end());
  store.drop.jobs = store.show.jobs = store.resend.jobs;
  store.verify.verify = true;
  store.verify.jobs = store.reject.jobs = store.resend.jobs;
  add_global(app, out.flags);
  add_commands(app, out, store);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 takes them from the back
  } catch (const CLI::ParseError& e) {
    std::ostringstream help, complaint;
    if (app.exit(e, help, complaint) == 0) return std::unexpected(NoArguments{help.str(), ""});
    return std::unexpected(NoArguments{"", fmt::format("{}; see: milkrun --help", complaint_of(app, e))});
  }
  return out;
}

} // namespace milkrun::cli
