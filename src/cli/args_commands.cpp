// The whole command line: what all commands share, the jobs, and the groups of the other files. Each option says what
// it is in the words of the manual.
#include "cli/args_parts.hpp"
#include "cli/version.hpp"

#include <algorithm>

namespace milkrun::cli {
namespace {

// "" or why the word is no duration; the shape CLI11 wants.
std::string check_duration(const std::string& word) {
  const auto value = text::to_millis(word);
  return value && *value > 0 ? "" : "must be a duration such as 30s, 10m or 2h";
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
      ->check(whole_to(10'000))
      ->type_name("N");
  sub->add_option("--limit", args.limit, "Begin at most N items")->check(whole_to(1'000'000'000))->type_name("N");
  sub->add_option("--tenant", args.tenant, "Only this tenant")->type_name("SLUG");
  sub->add_option("--max-runtime", runtime, "Begin nothing new after this long, such as 10m")
      ->check(CLI::Validator(check_duration, "DURATION"));
  sub->add_flag("--wait", args.wait, "Wait for another run of this job instead of leaving with 75");
  sub->add_flag("--as-root", args.as_root, "Run as root, also where the database belongs to another user");
  sub->add_flag("--dry-run", args.dry_run, "Say what would be done; change nothing, call nobody");
  sub->add_flag("--json", args.json, "Report as one line of JSON");
  sub->add_flag("-v,--verbose", args.verbose, "Report also when not on a terminal");
  sub->callback([&out, &args, &runtime] {
    if (const auto value = text::to_millis(runtime)) args.max_runtime = Millis(*value);
    out.command = args;
  });
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
  store.list.jobs = store.show.jobs;
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
  CLI::Option* explained =
      app.add_subcommand("help", "Explain a command")->add_option("command", store.help, "Such as: items list");
  explained->type_name("COMMAND");
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

  add_operator(app, out, store, names, stages);
  add_outreach(app, out, store);
  for (std::size_t i = 0; i < store.jobs.size(); ++i) add_job(app, out, store.jobs[i], store.runtimes[i]);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    store.choices[explained].push_back(sub->get_name());
  refuse_empty(app);
}

} // namespace milkrun::cli
