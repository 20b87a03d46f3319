// From arguments to exit code: settings, one command, and every failure as a line and a code.
#include "cli/cli.hpp"

#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/safe_out.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

int say(const Refusal& refusal, std::ostream& err) {
  for (const std::string& line : refusal.lines) err << "milkrun: " << text::one_line(line, 2000) << '\n';
  err.flush();
  return static_cast<int>(refusal.code);
}

// How far a test sets the clock forward; nothing outside test builds.
std::chrono::seconds clock_ahead() {
  const char* const ahead = test_switch("CLOCK_AHEAD");
  return std::chrono::seconds(ahead != nullptr ? text::to_int(ahead).value_or(0) : 0);
}

Answer dispatch(const CommandArgs& command, const Context& context) {
  return std::visit(
      [&](const auto& args) -> Answer {
        using Args = std::decay_t<decltype(args)>;
        if constexpr (std::is_same_v<Args, InitArgs>)
          return init(args, context);
        else if constexpr (std::is_same_v<Args, MigrateArgs>)
          return migrate(args, context);
        else if constexpr (std::is_same_v<Args, VersionArgs>)
          return show_version(args, context);
        else if constexpr (std::is_same_v<Args, ImportArgs>)
          return import_file(args, context);
        else if constexpr (std::is_same_v<Args, ImportCsvArgs>)
          return import_csv(args, context);
        else if constexpr (std::is_same_v<Args, JobArgs>)
          return run_job(args, context);
        else if constexpr (std::is_same_v<Args, FeedCheckArgs>)
          return check_feed(args, context);
        else if constexpr (std::is_same_v<Args, RunsListArgs>)
          return list_runs(args, context);
        else if constexpr (std::is_same_v<Args, ItemsListArgs>)
          return list_items(args, context);
        else if constexpr (std::is_same_v<Args, ItemsDecideArgs>)
          return decide_item(args, context);
        else if constexpr (std::is_same_v<Args, ItemsRetryArgs>)
          return retry_items(args, context);
        else if constexpr (std::is_same_v<Args, ActsListArgs>)
          return list_acts(args, context);
        else if constexpr (std::is_same_v<Args, PruneArgs>)
          return prune(args, context);
        else if constexpr (std::is_same_v<Args, FeedsPublishArgs>)
          return publish_feed_item(args, context);
        else if constexpr (std::is_same_v<Args, ClaimsListArgs>)
          return list_claims(args, context);
        else if constexpr (std::is_same_v<Args, ItemsShowArgs>)
          return show_item(args, context);
        else if constexpr (std::is_same_v<Args, ClaimsShowArgs>)
          return show_claim(args, context);
        else if constexpr (std::is_same_v<Args, TenantsListArgs>)
          return list_tenants(args, context);
        else if constexpr (std::is_same_v<Args, TenantsShowArgs>)
          return show_tenant(args, context);
        else if constexpr (std::is_same_v<Args, FeedsListArgs>)
          return list_feeds(args, context);
        else if constexpr (std::is_same_v<Args, FeedsItemsArgs>)
          return list_feed_items(args, context);
        else if constexpr (std::is_same_v<Args, MessagesListArgs>)
          return list_messages(args, context);
        else if constexpr (std::is_same_v<Args, ClaimsDecideArgs>)
          return decide_claim(args, context);
        else if constexpr (std::is_same_v<Args, EnrollArgs>)
          return enroll(args, context);
        else if constexpr (std::is_same_v<Args, CampaignsListArgs>)
          return list_campaigns(args, context);
        else if constexpr (std::is_same_v<Args, CampaignsShowArgs>)
          return show_campaign(args, context);
        else if constexpr (std::is_same_v<Args, UnsubscribeArgs>)
          return unsubscribe(args, context);
        else if constexpr (std::is_same_v<Args, BouncedArgs>)
          return take_bounce(args, context);
        else if constexpr (std::is_same_v<Args, PreviewArgs>)
          return preview(args, context);
        else if constexpr (std::is_same_v<Args, RemindersListArgs>)
          return list_reminders(args, context);
        else if constexpr (std::is_same_v<Args, BackfillArgs>)
          return backfill_reminders(args, context);
        else
          return show_run(args, context);
      },
      command);
}

// Commands that change the database; jobs ask for themselves, and know --as-root.
bool writes(const CommandArgs& command) {
  return std::visit(
      [](const auto& args) {
        using Args = std::decay_t<decltype(args)>;
        if constexpr (std::is_same_v<Args, ImportArgs>)
          return !args.dry_run && !args.example && args.reference.empty();
        else if constexpr (std::is_same_v<Args, ImportCsvArgs> || std::is_same_v<Args, ItemsRetryArgs> ||
                           std::is_same_v<Args, ItemsDecideArgs> || std::is_same_v<Args, PruneArgs> ||
                           std::is_same_v<Args, EnrollArgs> || std::is_same_v<Args, BackfillArgs>)
          return !args.dry_run;
        else
          return std::is_same_v<Args, InitArgs> || std::is_same_v<Args, MigrateArgs> ||
                 std::is_same_v<Args, FeedsPublishArgs> || std::is_same_v<Args, ClaimsDecideArgs> ||
                 std::is_same_v<Args, UnsubscribeArgs> || std::is_same_v<Args, BouncedArgs>;
      },
      command);
}

// Whether nobody reads standard output any more: `milkrun ... | head` has all it wanted.
bool reader_is_gone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

// What a command prints is all it is for, often: a file that ends half way is no success.
std::expected<void, Refusal> printed(SafeOut& out) {
  out.flush();
  if (out || out.error() == EPIPE || reader_is_gone()) return {};
  if (out.error() == EBADF) return refuse(Exit::io, "standard output is closed; send it to a file or to /dev/null");
  return refuse(Exit::io,
                fmt::format("cannot write to standard output{}{}; free some space, or send it elsewhere",
                            out.error() != 0 ? ": " : "", out.error() != 0 ? std::strerror(out.error()) : ""));
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : usual_width;
}

// Values are for what outsiders cause; what still arrives as an exception is a broken machine or a bug.
Answer guarded(const CommandArgs& command, const Context& context) {
  try {
    if (writes(command))
      if (auto allowed = refuse_root(context.settings); !allowed) return std::unexpected(std::move(allowed).error());
    return dispatch(command, context);
  } catch (const db::DatabaseError& e) {
    const std::string& path = context.settings.database;
    const std::string_view why = e.what(); // while it works the driver knows no path
    return refuse(Exit::io, why.find(path) != why.npos ? std::string(why) : fmt::format("database {}: {}", path, why));
  } catch (const AnotherKey& e) {
    return refuse(Exit::config, e.what());
  } catch (const std::exception& e) {
    return refuse(Exit::bug,
                  fmt::format("internal error: {}; please report it with the output of: milkrun version", e.what()));
  }
}

} // namespace

int run_program(std::span<const std::string> arguments, const Wiring& wiring, std::ostream& standard,
                std::ostream& errors) {
  SafeOut out(standard, isatty(STDOUT_FILENO) == 1), err(errors, false);
  const auto end = [&](const Answer& answer) {
    const auto all = printed(out);
    if (!answer) return say(answer.error(), err);
    return all ? static_cast<int>(*answer) : say(all.error(), err);
  };
  const auto parsed = parse_arguments(arguments, wiring.jobs);
  if (!parsed && parsed.error().error.empty()) {
    out << parsed.error().text;
    return end(Exit::ok);
  }
  if (!parsed) return say({Exit::usage, {parsed.error().error}}, err);
  const SystemClock clock(clock_ahead());
  Settings none;
  // The version must be told also where the configuration is broken.
  if (std::holds_alternative<VersionArgs>(parsed->command)) return end(show_version({}, {none, clock, {}, out, false}));

  const auto settings = load_settings(parsed->flags, [](const char* name) { return std::getenv(name); });
  if (!settings) return say({Exit::config, settings.error()}, err);
  log::setup(settings->level, settings->format);
  const bool terminal = &standard == &std::cout && isatty(STDOUT_FILENO) == 1;
  return end(guarded(parsed->command,
                     {*settings, clock, wiring.connect, out, terminal, terminal ? terminal_width() : usual_width}));
}

} // namespace milkrun::cli
