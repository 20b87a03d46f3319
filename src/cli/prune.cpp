// `milkrun prune`: retention now, and not at the end of the day's first run. In small transactions, so that runs go on
// beside it; said in the acts.
#include "ledger/prune.hpp"

#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/progress.hpp"
#include "cli/show.hpp"
#include "cli/signals.hpp"
#include "cli/which.hpp"

#include <fmt/format.h>

#include <array>

namespace milkrun::cli {
namespace {

std::array<std::pair<const char*, std::int64_t>, 6> named(const ledger::Pruned& p) {
  return {{{"items", p.items},
           {"attempts", p.attempts},
           {"runs", p.runs},
           {"counts", p.counts},
           {"counters", p.counters},
           {"acts", p.acts}}};
}

std::string words(const ledger::Pruned& p) {
  std::string out;
  for (const auto& [name, rows] : named(p)) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", rows, name);
  return out;
}

void tell(const ledger::Pruned& p, const PruneArgs& args, const Context& context, bool stopped) {
  if (!args.json) {
    context.out << fmt::format("{}{}{}\n", args.dry_run ? "would delete " : "deleted ", words(p),
                               stopped ? "; stopped, more is left" : "");
    return;
  }
  Json out = {{"dry_run", args.dry_run}, {"stopped", stopped}};
  for (const auto& [name, rows] : named(p)) out[name] = rows;
  print_json(context.out, out);
}

} // namespace

Answer prune(const PruneArgs& args, const Context& context) {
  const auto database = open_database(context.settings, args.dry_run);
  const Time now = context.clock.now();
  const ledger::Ages ages = args.older_than ? ledger::Ages::all(*args.older_than) : ledger::Ages();
  if (args.dry_run) {
    ledger::Pruned would;
    database->read([&](db::Transaction& tx) { would = ledger::prunable(tx, now, ages); });
    tell(would, args, context, false);
    return Exit::ok;
  }
  std::stop_source stop;
  const Signals signals(stop, [] {});
  ProgressLine progress(context.terminal && !args.json, context.width);
  const ledger::Pruned done =
      ledger::prune(*database, now, ages, stop.get_token(), 1'000'000, [&](const ledger::Pruned& so_far) {
        progress.show(fmt::format("prune: deleted {}", words(so_far)));
      });
  progress.clear();
  const bool stopped = stop.stop_requested();
  if (done.rows() > 0)
    database->transact([&](db::Transaction& tx) {
      ledger::record(tx, who(""),
                     {.verb = "prune",
                      .from = "",
                      .to = "deleted",
                      .note = args.older_than ? fmt::format("{}; older than {} days", words(done),
                                                            *args.older_than / Millis(86'400'000))
                                              : words(done)},
                     now);
    });
  tell(done, args, context, stopped);
  return stopped ? Answer(Exit::stopped) : Answer(Exit::ok);
}

} // namespace milkrun::cli
