// `milkrun JOB`: one run of one job. Holds the job's lock while it works, stops cleanly on a signal, and is silent when
// nobody looks: cron mails what it prints.
#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/run_lock.hpp"
#include "cli/signals.hpp"
#include "db/group_commit.hpp"
#include "log/log.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace milkrun::cli {
namespace {

std::expected<RunOptions, Refusal> options_of(const JobArgs& args, const Settings& settings, db::Database& database) {
  RunOptions options = settings.run;
  if (args.workers) options.workers = *args.workers;
  if (args.limit) options.limit = args.limit;
  if (args.max_runtime) options.max_runtime = args.max_runtime;
  options.tenant = TRY(tenant_of_flag(database, args.tenant));
  return options;
}

// Colour as https://no-color.org wants it.
bool colours(const Context& context) {
  const char* off = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return context.terminal && !(off && *off) && term && std::string_view(term) != "dumb";
}

void print(const RunReport& report, const JobArgs& args, const Context& context) {
  if (args.json)
    context.out << report_json(report) << '\n';
  else if (context.terminal || args.verbose || report.dry)
    context.out << report_text(report, colours(context));
}

// What needs a person, also when nobody looks: cron mails it, the journal keeps it.
void warn(const RunReport& report) {
  for (const RunCount& c : report.counts)
    if (c.outcome == "discarded" || c.outcome == "held" || c.outcome == "waiting")
      log::warn("items", {{"job", report.job},
                          {"stage", c.stage},
                          {"outcome", c.outcome},
                          {"items", c.items},
                          {"reason", c.reason},
                          {"next", c.next_at ? zone::utc(*c.next_at) : ""}});
  for (const Note& note : report.notes) log::warn("note", {{"job", report.job}, {"text", note.text}});
  if (report.held > 0) log::warn("held", {{"job", report.job}, {"items", report.held}});
}

Answer rehearse(const JobArgs& args, const Context& context) {
  const auto database = open_database(context.settings, true);
  const Vault vault = TRY(open_vault(context.settings, *database, true));
  const RunOptions options = TRY(options_of(args, context.settings, *database));
  print(dry_run(*args.job, options, *database, vault, context.clock), args, context);
  return Exit::ok;
}

// No lock in the tests that prove the ledger safe without it.
std::expected<std::optional<RunLock>, Refusal> lock_job(const JobArgs& args, const Context& context,
                                                        const std::stop_token& stop) {
  if (test_switch("NO_RUN_LOCK")) return std::nullopt;
  const std::string path = fmt::format("{}.{}.lock", context.settings.database, args.job->name);
  const files::Owner owner = owner_of_database(context.settings);
  auto lock = args.wait ? RunLock::wait(path, args.job->name, context.clock, stop, owner)
                        : RunLock::take(path, args.job->name, context.clock.now(), owner);
  if (lock) return std::optional<RunLock>(std::move(*lock));
  if (!lock.error().held) return refuse(Exit::io, lock.error().sentence);
  return refuse(Exit::locked, lock.error().sentence + "; --wait waits for it");
}

} // namespace

Answer run_job(const JobArgs& args, const Context& context) {
  const Settings& settings = context.settings;
  if (!args.as_root)
    if (const auto allowed = refuse_root(settings); !allowed) return std::unexpected(allowed.error());
  if (args.dry_run) return rehearse(args, context);
  LazyClient http([&] { return context.connect(settings); });
  std::stop_source stop;
  const Signals signals(stop, [&] { http.abort(); });

  const auto database = open_database(settings);
  const Vault vault = TRY(open_vault(settings, *database));
  const RunOptions options = TRY(options_of(args, settings, *database));
  const auto lock = lock_job(args, context, stop.get_token());
  if (!lock) return stop.stop_requested() ? Answer(Exit::stopped) : std::unexpected(lock.error());

  const std::string runs_file = settings.database + ".runs";
  if (const auto ready = prepare_runs_file(settings, runs_file); !ready) return std::unexpected(ready.error());

  db::GroupCommit grouped(*database);
  const Rooms rooms{.db = grouped,
                    .vault = vault,
                    .http = http,
                    .clock = context.clock,
                    .settings = settings.job,
                    .runs_file = runs_file};
  const RunReport report = run(*args.job, options, rooms, stop.get_token());
  print(report, args, context);
  warn(report);
  return report.ended_by == "stopped" ? Exit::stopped : Exit::ok;
}

} // namespace milkrun::cli
