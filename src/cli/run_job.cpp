// `milkrun JOB`: one run of one job. Holds the job's lock while it works, stops cleanly on a signal, and is silent when
// nobody looks: cron mails what it prints.
#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/progress.hpp"
#include "cli/show.hpp"
#include "cli/signals.hpp"
#include "log/log.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace milkrun::cli {
namespace {

std::expected<RunOptions, Refusal> options_of(const JobArgs& args, const Settings& settings, db::Database& database) {
  RunOptions options = settings.run;
  if (args.in_flight) options.in_flight = *args.in_flight;
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

constexpr std::int64_t most_lines = 20; // of a kind

// Items that need a person, by tenant; the rest in one line.
void warn_of_items(const RunReport& report, db::Database& database) {
  std::int64_t all = 0;
  for (const RunCount& c : report.counts)
    if (c.outcome == "discarded" || c.outcome == "held") all += c.items;
  if (all == 0) return;
  db::Rows rows;
  database.read([&](db::Transaction& tx) {
    rows = tx.query(sql::cli::run_troubles, {{"run", report.run.value}, {"limit", most_lines}});
  });
  for (const db::Row& r : rows) {
    all -= r.integer("items");
    const auto next = r.maybe_time("next_at");
    log::warn("items", {{"job", report.job},
                        {"tenant", r.text("tenant")},
                        {"stage", r.text("stage")},
                        {"outcome", r.text("outcome")},
                        {"items", r.integer("items")},
                        {"reason", reason_of(r).text()},
                        {"detail", r.text("sample")},
                        {"next", next ? zone::utc(*next) : ""}});
  }
  if (all > 0)
    log::warn("items", {{"job", report.job}, {"more", all}, {"of", "further tenants; see: milkrun runs show"}});
}

void warn_of_held(const RunReport& report) {
  for (const HeldNews& h : report.held_news)
    log::warn("held",
              {{"job", report.job},
               {"tenant", h.tenant},
               {"stage", h.stage},
               {"items", h.items},
               {"reason", h.reason.text()},
               {"first", h.first},
               {"do", fmt::format("look with milkrun items list --tenant {}, decide with milkrun items resend, drop "
                                  "or arrived",
                                  h.tenant)}});
}

// What needs a person, also when nobody looks: cron mails it, the journal keeps it. What rests or is held is told once
// a day.
void warn(const RunReport& report, db::Database& database) {
  warn_of_items(report, database);
  for (const Resting& r : report.resting)
    if (r.news)
      log::warn("waits", {{"job", report.job},
                          {"for", r.what},
                          {"tenant", r.tenant},
                          {"items", r.items},
                          {"reason", r.reason.text()},
                          {"detail", r.detail},
                          {"since", zone::utc(r.since)},
                          {"until", r.until ? zone::utc(*r.until) : ""}});
  for (const std::string& well : report.recovered) log::warn("recovered", {{"job", report.job}, {"what", well}});
  // Of a run with nothing to do only its report says them: cron would mail them every five minutes.
  for (const Note& note : report.idle ? std::vector<Note>() : report.notes)
    log::warn("note", {{"job", report.job}, {"text", note.text}});
  warn_of_held(report);
}

Answer rehearse(const JobArgs& args, const Context& context) {
  const auto database = open_database(context.settings, true);
  const Vault vault = TRY(open_vault(context.settings, *database, true));
  const RunOptions options = TRY(options_of(args, context.settings, *database));
  print(dry_run(*args.job, options, *database, vault, context.clock), args, context);
  return Exit::ok;
}

constexpr Millis lock_wait{250}; // then the run itself waits, and says so
constexpr Millis lock_look{300};

Answer exit_of(const RunReport& report) {
  if (report.ended_by == "stopped") return Exit::stopped;
  if (report.ended_by != "rescued") return Exit::ok;
  return refuse(Exit::locked, fmt::format("{} was taken over by another run: this one had stood still for longer than "
                                          "run.lease (stopped, frozen, or a machine that slept); what it had begun is "
                                          "the other's, see: milkrun runs list",
                                          report.job));
}

} // namespace

Answer run_job(const JobArgs& args, const Context& context) {
  const Settings& settings = context.settings;
  // A dry run calls nobody, and what SQLite makes beside the file it gives to the file's owner.
  if (!args.as_root && !args.dry_run)
    if (const auto allowed = refuse_root(settings); !allowed) return std::unexpected(allowed.error());
  if (args.dry_run) return rehearse(args, context);
  LazyNet net([&] {
    Settings with = settings;
    if (args.in_flight) with.run.in_flight = *args.in_flight;
    return context.connect(with);
  });
  std::stop_source stop;
  const Signals signals(stop, [&] { net.abort(); });

  const auto database = open_database(settings);
  database->wait_for_lock(lock_wait);
  const Vault vault = TRY(open_vault(settings, *database));
  warn_of_arrangement(settings, *database, args, context.clock.now());
  RunOptions options = TRY(options_of(args, settings, *database));
  options.alone = test_switch("NO_RUN_LOCK") == nullptr;
  const std::string runs_file = settings.database + ".runs";
  if (const auto ready = prepare_runs_file(settings, runs_file); !ready) return std::unexpected(ready.error());
  const Rooms rooms{.db = *database,
                    .vault = vault,
                    .net = net,
                    .clock = context.clock,
                    .settings = settings.job,
                    .runs_file = runs_file};
  ProgressLine progress(context.terminal && !args.json, context.width);
  if (progress.on()) options.progress = [&](const Progress& p) { progress.show(args.job->name, p); };
  for (;;) {
    const RunReport report = run(*args.job, options, rooms, stop.get_token());
    if (report.locked_by.empty()) {
      progress.clear();
      print(report, args, context);
      warn(report, *database);
      return exit_of(report);
    }
    if (!args.wait)
      return refuse(Exit::locked,
                    fmt::format("{} runs already: {}; --wait waits for it", args.job->name, report.locked_by));
    if (stop.stop_requested()) return Exit::stopped;
    progress.show(fmt::format("{}: waits for {}", args.job->name, report.locked_by));
    net.wait(lock_look);
    if (stop.stop_requested()) return Exit::stopped;
  }
}

} // namespace milkrun::cli
