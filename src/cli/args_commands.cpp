// One function a group of commands; each option says what it is in the words of the manual.
#include "cli/args_commands.hpp"

#include "base/text.hpp"
#include "cli/version.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

// "" or why the word is no duration; the shape CLI11 wants.
std::string check_duration(const std::string& word) {
  const auto value = text::to_millis(word);
  return value && *value > 0 ? "" : "must be a duration such as 30s, 10m or 2h";
}

// What began yesterday must still be known tomorrow: slots are weeks at most.
std::string check_age(const std::string& word) {
  const auto value = text::to_millis(word);
  return value && *value >= 7LL * 86'400'000 ? "" : "must be a duration of at least 7d, such as 30d";
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

// An option that takes one of some words.
CLI::Option* choice(CLI::Option* option, std::vector<std::string> words, Store& store) {
  option->check(CLI::IsMember(words))->type_name("WORD");
  store.choices[option] = std::move(words);
  return option;
}

CLI::App* group(CLI::App& app, const char* name, const char* help) {
  return app.add_subcommand(name, help)->require_subcommand(1)->fallthrough();
}

void add_tenant(CLI::App* sub, std::string& tenant, const char* help = "Only this tenant") {
  sub->add_option("--tenant", tenant, help)->type_name("SLUG");
}

void add_by(CLI::App* sub, std::string& by, const char* help = "Who says it; kept with the act") {
  sub->add_option("--by", by, help)->type_name("NAME");
}

void add_times(CLI::App* sub, Which& which) {
  sub->add_option("--since", which.since, "Not before this: a time, a date, or how long ago, such as 2h")
      ->type_name("TIME");
  sub->add_option("--until", which.until, "Not after this")->type_name("TIME");
}

// By which items are chosen.
void add_which(CLI::App* sub, Which& which, const std::vector<std::string>& stages, Store& store) {
  add_tenant(sub, which.tenant, "Only this tenant's");
  CLI::Option* stage = sub->add_option("--stage", which.stage, "Only this stage's")->type_name("STAGE");
  store.choices[stage] = stages; // offered; what is no stage is said with the database open
  sub->add_option("--reason", which.reason, "Only those that ended or wait for this reason, such as feed.gone")
      ->type_name("CODE");
  add_times(sub, which);
}

// What every list has.
template <class Args> void add_list(CLI::App* sub, Args& args, const char* things) {
  sub->add_option("--limit", args.limit, fmt::format("At most N {} (default {})", things, args.limit))
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->type_name("N");
  sub->add_flag("--json", args.json, "As JSON");
}

// A command that shows one thing.
template <class Args> void add_one(CLI::App* sub, Args& args, std::string& which, const char* name, const char* help) {
  std::string type(name);
  for (char& c : type) c = static_cast<char>(c - 'a' + 'A');
  sub->add_option(name, which, help)->required()->type_name(type);
  sub->add_flag("--json", args.json, "As JSON");
}

void add_global(CLI::App& app, Overrides& flags, Store& store) {
  app.add_option("--config", flags.config, "Configuration (default /etc/milkrun/milkrun.toml; $MILKRUN_CONFIG)")
      ->type_name("FILE");
  app.add_option("--db", flags.database, "Database ($MILKRUN_DB)")->type_name("FILE");
  app.add_option("--key-file", flags.key_file, "Master key, 0600 ($MILKRUN_KEY_FILE)")->type_name("FILE");
  choice(app.add_option("--log-level", flags.log_level, "debug, info, warn or error ($MILKRUN_LOG_LEVEL)"),
         {"debug", "info", "warn", "error"}, store);
  choice(app.add_option("--log-format", flags.log_format, "auto, keyvalue, json or journald ($MILKRUN_LOG_FORMAT)"),
         {"auto", "keyvalue", "json", "journald"}, store);
  app.set_version_flag("--version", [] { return version_text(); }); // only when asked: it is not for free
}

// An empty value is a mistake everywhere: a script's empty variable must not mean "all tenants".
void refuse_empty(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (option->get_items_expected_max() > 0)
      option->check([](const std::string& word) {
        return text::trim(word).empty() ? "is empty; give a value, or leave the option out" : std::string();
      });
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) refuse_empty(*sub);
}

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
  sub->add_flag("--as-root", args.as_root, "Run as root although the database belongs to another user");
  sub->add_flag("--dry-run", args.dry_run, "Say what would be done; change nothing, call nobody");
  sub->add_flag("--json", args.json, "Report as one line of JSON");
  sub->add_flag("-v,--verbose", args.verbose, "Report also when not on a terminal");
  sub->callback([&out, &args, &runtime] {
    if (const auto value = text::to_millis(runtime)) args.max_runtime = Millis(*value);
    out.command = args;
  });
}

void add_claims(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* claims = group(app, "claims", "Look at people's claims, decide open ones");
  CLI::App* list =
      command(*claims, out, "list", "Claims in a state, those for a person unless told otherwise", store.claims);
  const CLI::Option* state =
      choice(list->add_option("--state", store.claims.state,
                              "manual (default), pending, unsupported, verified, failed, expired or all"),
             {"manual", "pending", "unsupported", "verified", "failed", "expired", "all"}, store);
  add_tenant(list, store.claims.tenant);
  list->add_option("--phone", store.claims.phone, "Only this person's, in every state unless --state is given")
      ->type_name("NUMBER");
  add_list(list, store.claims, "claims");
  list->callback([&out, &store, state] {
    if (state->count() == 0 && !store.claims.phone.empty()) store.claims.state = "all";
    out.command = store.claims;
  });
  add_one(command(*claims, out, "show", "All that is known of a claim", store.claim), store.claim, store.claim.claim,
          "claim", "Its id, as claims list shows it");
  const auto decide = [&](const char* name, const char* help, ClaimsDecideArgs& args) {
    CLI::App* sub = command(*claims, out, name, help, args);
    sub->add_option("claim", args.claim, "Its id, as claims list shows it")->required()->type_name("ID");
    add_tenant(sub, args.tenant, "Only if it is this tenant's");
    add_by(sub, args.by, "Who decides; kept with the claim");
    return sub;
  };
  decide("verify", "Take a claim for done: reward it and tell the person", store.verify);
  decide("reject", "Refuse a claim", store.reject)
      ->add_option("--reason", store.reject.reason, "Why; kept with the claim")
      ->type_name("TEXT");
}

void add_items(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& stages) {
  CLI::App* items = group(app, "items", "Look at items of work, decide held ones, bring back what ended");
  CLI::App* list = command(*items, out, "list", "Items in a state, held ones unless told otherwise", store.items);
  choice(list->add_option("--state", store.items.state,
                          "held (default), due, uncertain, running, discarded, cancelled or done"),
         {"held", "due", "uncertain", "running", "discarded", "cancelled", "done"}, store);
  add_which(list, store.items.which, stages, store);
  add_list(list, store.items, "items");
  add_one(
      command(*items, out, "show", "What an item is about, every attempt at it, and what operators did", store.item),
      store.item, store.item.item, "item", "STAGE/KEY, or the id in it");
  const auto decide = [&](const char* name, const char* help, ItemsDecideArgs& args) {
    CLI::App* sub = command(*items, out, name, help, args);
    sub->add_option("item", args.item, "STAGE/KEY, or the id in it")->required()->type_name("ITEM");
    add_by(sub, args.by);
  };
  decide("resend", "Do a held item again, although it may have happened", store.resend);
  decide("drop", "Give a held item up", store.drop);
  decide("arrived", "Take a held item for done: its call did arrive", store.arrived);
  CLI::App* retry =
      command(*items, out, "retry",
              "Bring back what was discarded or cancelled, and look now at what waits or is parked", store.retry);
  retry->add_option("item", store.retry.items, "STAGE/KEY, or the id in it; none: all that the options say")
      ->type_name("ITEM");
  add_which(retry, store.retry.which, stages, store);
  choice(
      retry->add_option("--state", store.retry.state, "Only discarded, cancelled, due (they wait) or uncertain ones"),
      {"discarded", "cancelled", "due", "uncertain"}, store);
  retry->add_flag("--dry-run", store.retry.dry_run, "Say which; change nothing");
  add_by(retry, store.retry.by);
  retry->add_option("--limit", store.retry.limit, "Show at most N of them (20); all are brought back")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}))
      ->type_name("N");
  retry->add_flag("--json", store.retry.json, "As JSON");

  CLI::App* acts = group(app, "acts", "Look at what operators did by hand");
  CLI::App* done = command(*acts, out, "list", "Acts of operators, latest first", store.acts);
  add_tenant(done, store.acts.which.tenant);
  done->add_option("--item", store.acts.item, "Only on this: STAGE/KEY, or the id in it")->type_name("ITEM");
  add_times(done, store.acts.which);
  add_list(done, store.acts, "acts");
}

void add_prune(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* prune = app.add_subcommand("prune", "Delete now what is over for long enough; runs do it once a day");
  prune->fallthrough();
  prune
      ->add_option("--older-than", store.older_than,
                   "Over for this long, such as 30d, at least 7d (items 90d, history 400d)")
      ->check(CLI::Validator(check_age, "DURATION"));
  prune->add_flag("--dry-run", store.prune.dry_run, "Say how much; delete nothing");
  prune->add_flag("--json", store.prune.json, "As JSON");
  prune->callback([&out, &store] {
    if (const auto value = text::to_millis(store.older_than)) store.prune.older_than = Millis(*value);
    out.command = store.prune;
  });
}

void add_looks(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* tenants = group(app, "tenants", "Look at tenants");
  add_list(command(*tenants, out, "list", "All tenants by name", store.tenants), store.tenants, "tenants");
  add_one(command(*tenants, out, "show", "One tenant: plan, credentials, usage, and what waits for what", store.tenant),
          store.tenant, store.tenant.tenant, "tenant", "Its slug");

  CLI::App* feeds = group(app, "feeds", "Look at tenants' feeds and what became of their items");
  CLI::App* list = command(*feeds, out, "list", "Feeds with their last reading, last error and next one", store.feeds);
  add_tenant(list, store.feeds.tenant);
  add_list(list, store.feeds, "feeds");
  CLI::App* of =
      command(*feeds, out, "items", "Items of a feed: published, waiting, passed over, and why", store.feed_items);
  of->add_option("feed", store.feed_items.feed, "Its id or URL, as feeds list shows it")->required()->type_name("FEED");
  add_list(of, store.feed_items, "items");
  CLI::App* publish =
      command(*feeds, out, "publish",
              "Make an item that was passed over, or waits, an article now, beside its slot's own", store.publish);
  publish->add_option("item", store.publish.item, "Its id or URL, as feeds items shows it")
      ->required()
      ->type_name("ITEM");
  add_by(publish, store.publish.by);
  publish->add_flag("--json", store.publish.json, "As JSON");

  CLI::App* campaigns = group(app, "campaigns", "Look at drips and those who walk through them");
  CLI::App* drips = command(*campaigns, out, "list", "Drips and how many are in them", store.campaigns);
  add_tenant(drips, store.campaigns.tenant);
  add_list(drips, store.campaigns, "campaigns");
  CLI::App* drip =
      command(*campaigns, out, "show", "Who stands at which step, why others left, what it is worth", store.campaign);
  add_one(drip, store.campaign, store.campaign.campaign, "campaign", "Its slug");
  drip->add_option("--tenant", store.campaign.tenant, "Whose it is")->required()->type_name("SLUG");

  CLI::App* messages = group(app, "messages", "Look at the outbox");
  CLI::App* box = command(*messages, out, "list", "Messages, latest first", store.messages);
  choice(box->add_option("--state", store.messages.state, "queued, sent, held, cancelled or failed"),
         {"queued", "sent", "held", "cancelled", "failed"}, store);
  add_tenant(box, store.messages.tenant);
  box->add_option("--phone", store.messages.phone, "Only to this number")->type_name("NUMBER");
  add_list(box, store.messages, "messages");
}

void add_runs(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& jobs) {
  CLI::App* runs = group(app, "runs", "Look at past runs");
  CLI::App* list = command(*runs, out, "list", "Latest runs first", store.list);
  choice(list->add_option("--job", store.list.job, "Only this job"), jobs, store)->type_name("JOB");
  add_list(list, store.list, "runs");
  CLI::App* show = command(*runs, out, "show", "What one run did, and for whom", store.show);
  add_one(show, store.show, store.show.run, "run", "Its id or number");
  add_tenant(show, store.show.tenant);
}

void add_csv(CLI::App& import, Arguments& out, Store& store, ImportCsvArgs& args, const char* list, const char* help) {
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
  choice(sub->add_option("--decimal", args.decimal, "comma or point, where amounts do not tell"), {"comma", "point"},
         store);
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
  CLI::Option* reference = import->add_flag("--reference{markdown}", store.import.reference,
                                            "Print every field, setting and action, and read nothing; =man for mdoc");
  choice(reference, {"markdown", "man"}, store);
  import->add_flag("--example", store.import.example, "Print a document to begin with, and read nothing")
      ->excludes(reference);
  add_csv(*import, out, store, store.contacts, "contacts", "Take the contacts of a tenant from a CSV file");
  add_csv(*import, out, store, store.invoices, "invoices", "Take the invoices of a tenant from a CSV file");
  import->callback([import, &out, &store] {
    if (!import->get_subcommands().empty()) return; // its own callback spoke
    if (store.import.file.empty() && store.import.reference.empty() && !store.import.example)
      throw CLI::RequiredError("file");
    out.command = store.import;
  });
}

void add_who(CLI::App* sub, EnrollArgs& args) {
  sub->add_option("campaign", args.campaign, "Slug of the drip")->type_name("SLUG");
  sub->add_option("--tenant", args.tenant, "Whose drip it is")->type_name("SLUG");
  sub->add_option("--contact", args.contacts, "A phone, an e-mail address or a ref; may be given several times")
      ->type_name("CONTACT");
  sub->add_option("--tag", args.tag, "All contacts that have this tag")->type_name("TAG");
  sub->add_option("--file", args.file, "CSV with a column phone, email or ref; - = standard input")->type_name("FILE");
  sub->add_option("--map", args.map, "A column of the file and what it is")
      ->allow_extra_args(false)
      ->type_name("COLUMN=FIELD");
  sub->add_option("--country-code", args.country_code, "Of phone numbers that begin with 0, such as 49")
      ->check(CLI::Validator(check_country_code, "DIGITS"));
  sub->add_flag("--skip-bad", args.skip_bad, "Go on without those who are not found");
  add_by(sub, args.by);
  sub->add_flag("--dry-run", args.dry_run, "Say what would be done; change nothing");
  sub->add_flag("--json", args.json, "Counts as one line of JSON");
}

void finish_who(Arguments& out, const EnrollArgs& args) {
  if (args.campaign.empty()) throw CLI::RequiredError("campaign");
  if (args.tenant.empty()) throw CLI::RequiredError("--tenant");
  out.command = args;
}

void add_enroll(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* enroll =
      app.add_subcommand("enroll", "Bring contacts into a drip; those who are in it stay where they are");
  enroll->fallthrough()->require_subcommand(0, 1);
  add_who(enroll, store.enroll);
  CLI::App* stop = enroll->add_subcommand("stop", "Take contacts out of a drip");
  store.enroll_stop.stop = true;
  add_who(stop, store.enroll_stop);
  stop->callback([&out, &store] { finish_who(out, store.enroll_stop); });
  enroll->callback([enroll, &out, &store] {
    if (enroll->get_subcommands().empty()) finish_who(out, store.enroll); // else its own callback spoke
  });
}

void add_preview(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* sub = command(app, out, "preview", "What a campaign, a rule or a message says to somebody; stores nothing",
                          store.preview);
  sub->add_option("--campaign", store.preview.campaign, "Every step of this drip, or what it tells of a verified claim")
      ->type_name("SLUG");
  sub->add_option("--rule", store.preview.rule, "This reminder rule, with what the contact owes")->type_name("SLUG");
  sub->add_option("--message", store.preview.message, "This message of the outbox")->type_name("ID");
  add_tenant(sub, store.preview.tenant, "Whose campaign or rule it is");
  sub->add_option("--contact", store.preview.contact, "For this phone, e-mail address or ref")->type_name("CONTACT");
  choice(sub->add_option("--channel", store.preview.channel, "Only this one: whatsapp or email"), {"whatsapp", "email"},
         store);
  sub->add_flag("--json", store.preview.json, "As JSON");
}

void add_reminders(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* reminders = group(app, "reminders", "Look at reminders of invoices, have told what lay before a rule");
  CLI::App* list = command(*reminders, out, "list",
                           "Reminders by their moment, latest first: told, planned, skipped and why", store.reminders);
  add_tenant(list, store.reminders.tenant);
  choice(list->add_option("--state", store.reminders.state, "planned, told, skipped or expired"),
         {"planned", "told", "skipped", "expired"}, store);
  list->add_option("--invoice", store.reminders.invoice, "Only of this invoice")->type_name("NUMBER");
  add_list(list, store.reminders, "reminders");
  CLI::App* sub =
      command(*reminders, out, "backfill",
              "Tell the latest step of each open invoice that was due before its rule was there", store.backfill);
  sub->add_option("--tenant", store.backfill.tenant, "Whose invoices")->required()->type_name("SLUG");
  add_by(sub, store.backfill.by);
  sub->add_flag("--dry-run", store.backfill.dry_run, "Say what would be told; change nothing");
  sub->add_flag("--json", store.backfill.json, "As JSON");
}

} // namespace

void describe(CLI::App& app, Arguments& out, Store& store, std::span<const Job* const> jobs) {
  std::vector<std::string> names, stages;
  for (const Job* job : jobs) {
    names.emplace_back(job->name);
    store.jobs.push_back({.job = job});
    for (const Stage& stage : job->stages)
      if (std::ranges::find(stages, stage.name) == stages.end()) stages.emplace_back(stage.name);
  }
  store.runtimes.resize(jobs.size());
  store.show.jobs.assign(jobs.begin(), jobs.end());
  store.resend.word = Word::resend;
  store.arrived.word = Word::arrived;
  for (ItemsDecideArgs* args : {&store.resend, &store.drop, &store.arrived}) args->jobs = store.show.jobs;
  store.items.jobs = store.retry.jobs = store.publish.jobs = store.import.jobs = store.show.jobs;
  store.verify.verify = true;
  store.verify.jobs = store.reject.jobs = store.show.jobs;

  add_global(app, out.flags, store);
  command(app, out, "init", "Make the database and, where none exists, the key file", store.init);
  command(app, out, "migrate", "Bring the database up to this version's schema", store.migrate);
  command(app, out, "version", "Version of this program and its libraries", store.version);
  app.add_subcommand("help", "Explain a command")
      ->add_option("command", store.help, "Such as: items list")
      ->type_name("COMMAND");
  choice(app.add_subcommand("completion", "Print a completion script for a shell")
             ->add_option("shell", store.shell, "bash, zsh or fish")
             ->required(),
         {"bash", "zsh", "fish"}, store)
      ->type_name("SHELL");

  add_import(app, out, store);

  CLI::App* feed = group(app, "feed", "Read a feed");
  CLI::App* check = command(*feed, out, "check", "Show what the feed reader sees", store.feed);
  check->add_option("target", store.feed.target, "URL or file; - = standard input")->required()->type_name("URL|FILE");
  check->add_flag("--json", store.feed.json, "As JSON");

  add_runs(app, out, store, names);
  add_items(app, out, store, stages);
  add_claims(app, out, store);
  add_looks(app, out, store);
  add_prune(app, out, store);
  add_enroll(app, out, store);
  add_preview(app, out, store);
  add_reminders(app, out, store);
  for (std::size_t i = 0; i < store.jobs.size(); ++i) add_job(app, out, store.jobs[i], store.runtimes[i]);
  refuse_empty(app);
}

} // namespace milkrun::cli
