// `milkrun import`: one JSON document, checked whole, then stored, a big one in steps. Every mistake is a line.
#include "base/csv.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/import/problems.hpp"
#include "cli/import/read.hpp"
#include "cli/import/reference.hpp"
#include "cli/import/rehearse.hpp"
#include "cli/import/store.hpp"
#include "cli/import/stored.hpp"
#include "cli/import_counts.hpp"
#include "cli/input.hpp"
#include "cli/open.hpp"
#include "log/log.hpp"

#include <fmt/format.h>

#include <array>

namespace milkrun::cli {
namespace {

std::unexpected<Refusal> refuse_document(const std::string& file, const Problems& problems) {
  const std::string name = file == "-" ? "standard input" : text::one_line(file, 120);
  Refusal refusal{Exit::data, told(name, problems)};
  refusal.lines.push_back(fmt::format("{}: {} {}; nothing was stored", name, problems.size(),
                                      problems.size() == 1 ? "mistake" : "mistakes"));
  return std::unexpected(std::move(refusal));
}

std::array<std::pair<const char*, Tally>, 15> named(const Counts& c) {
  return {{{"plans", c.plans},
           {"portals", c.portals},
           {"tenants", c.tenants},
           {"credentials", c.credentials},
           {"feeds", c.feeds},
           {"campaigns", c.campaigns},
           {"tasks", c.tasks},
           {"steps", c.steps},
           {"contacts", c.contacts},
           {"completions", c.completions},
           {"suppressions", c.suppressions},
           {"reminder_rules", c.reminder_rules},
           {"invoices", c.invoices},
           {"enrollments", c.enrollments},
           {"receipts", c.receipts}}};
}

} // namespace

Json counts_json(const Counts& counts) {
  Json out;
  for (const auto& [name, t] : named(counts))
    out[name] = {{"added", t.added}, {"changed", t.changed}, {"same", t.same}};
  return out;
}

std::string counts_text(const Counts& counts) {
  std::string text;
  for (const auto& [name, t] : named(counts))
    text += fmt::format("{:<14} {} added, {} changed, {} the same\n", name, t.added, t.changed, t.same);
  return text;
}

Known known_to(const std::vector<const Job*>& jobs) {
  for (const Job* job : jobs)
    if (!job->actions.empty()) return {.platforms = job->platforms, .actions = job->actions};
  return {};
}

namespace {

Answer check_only(const ImportArgs& args, const Document& document, const Context& context) {
  const auto database = open_database(context.settings, true);
  const Vault vault = TRY(open_vault(context.settings, *database, true));
  const auto counts = rehearse_import(*database, document, vault, context.clock.now());
  if (!counts) return refuse_document(args.file, counts.error());
  if (args.json) {
    Json out = {{"dry_run", true}, {"valid", true}};
    out.update(counts_json(*counts));
    print_json(context.out, out);
  } else {
    context.out << counts_text(*counts) << "the document is good; nothing was stored (dry run)\n";
  }
  return Exit::ok;
}

} // namespace

Answer import_file(const ImportArgs& args, const Context& context) {
  if (!args.reference.empty()) {
    context.out << (args.reference == "man" ? reference_man() : reference_markdown(known_to(args.jobs)));
    return Exit::ok;
  }
  if (args.example) {
    context.out << example_document();
    return Exit::ok;
  }
  std::string text = TRY(read_input(args.file, largest_document));
  // UTF-16, as some editors save it; no JSON holds a zero byte.
  if (text.find('\0') != std::string::npos) text = csv::to_utf8(text);
  Known known = known_to(args.jobs);
  known.now = context.clock.now();
  const auto document = read_document(text, context.settings.allow, known);
  if (!document) return refuse_document(args.file, document.error());
  if (args.dry_run) return check_only(args, *document, context);

  const auto database = open_database(context.settings);
  const Vault vault = TRY(open_vault(context.settings, *database));
  Problems problems;
  database->read([&](db::Transaction& tx) { problems = check_stored(tx, *document); });
  if (!problems.empty()) return refuse_document(args.file, problems);
  const Counts counts = store_in_steps(*database, *document, vault, context.clock.now());
  if (args.json)
    print_json(context.out, counts_json(counts));
  else
    context.out << counts_text(counts);
  if (const std::string warning = key_beside_database(context.settings); !warning.empty())
    log::warn("key_beside_database", {{"text", warning}});
  return Exit::ok;
}

} // namespace milkrun::cli
