// `milkrun items resend|drop|arrived`: an operator's word on held items, of which nobody can know whether their call
// arrived. One by its name; or all that have something in common, once it was said how many they are.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/progress.hpp"
#include "cli/show_items.hpp"
#include "cli/which.hpp"
#include "log/log.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr std::int64_t held_page = 200; // items that are read at once

struct Said {
  const char *word, *done, *all_done, *would;
};

Said said(Word word) {
  switch (word) {
  case Word::resend: return {"resend", "is due again", "are due again", "would be due again"};
  case Word::arrived: return {"arrived", "is done", "are done", "would be done"};
  default: return {"drop", "is dropped", "are dropped", "would be dropped"};
  }
}

std::string items_of(std::int64_t n) { return fmt::format("{} held {}", n, n == 1 ? "item" : "items"); }

class Decider {
public:
  Decider(const ItemsDecideArgs& args, const Context& context, db::Database& database)
      : args_(args), context_(context), database_(database), who_(who(args.by)) {}

  // Whether it was held still.
  std::expected<bool, Refusal> decide(const db::Row& row) {
    const std::string& stage = row.text("stage");
    const Job* job = job_of(args_.jobs, stage);
    if (job == nullptr) return refuse(Exit::usage, fmt::format("this milkrun has no stage {}", text::one_line(stage)));
    if (!vault_) vault_ = TRY(open_vault(context_.settings, database_));
    return milkrun::decide_item(*job, stage, Key::parse(row.text("key")), {row.text("tenant_id")}, args_.word, who_,
                                database_, *vault_, context_.clock,
                                {context_.settings.job, context_.settings.run.budgets});
  }

private:
  const ItemsDecideArgs& args_;
  const Context& context_;
  db::Database& database_;
  std::optional<Vault> vault_;
  const ledger::Operator who_;
};

// The held ones that the options choose, in the order of their keys.
class Held {
public:
  Held(db::Database& database, const Asked& which) : database_(database), which_(which) {}

  std::int64_t count() {
    std::int64_t items = 0;
    database_.read([&](db::Transaction& tx) {
      items = tx.one(sql::cli::held_count, {{"tenant", which_.tenant},
                                            {"stage", which_.stage},
                                            {"reason", which_.reason},
                                            {"since", db::value(which_.since)},
                                            {"until", db::value(which_.until)}})
                  ->integer("items");
    });
    return items;
  }

  db::Rows after(const db::Rows& last, std::int64_t limit) {
    db::Rows rows;
    database_.read([&](db::Transaction& tx) {
      rows = tx.query(sql::cli::held_items, {{"after_stage", last.empty() ? "" : last.back().text("stage")},
                                             {"after_key", last.empty() ? "" : last.back().text("key")},
                                             {"tenant", which_.tenant},
                                             {"stage", which_.stage},
                                             {"reason", which_.reason},
                                             {"since", db::value(which_.since)},
                                             {"until", db::value(which_.until)},
                                             {"limit", limit}});
    });
    return rows;
  }

private:
  db::Database& database_;
  const Asked& which_;
};

void show(Held& held, std::int64_t all, const ItemsDecideArgs& args, const Context& context) {
  const Listed shown = cut_at(held.after({}, args.limit + 1), args.limit);
  if (args.json) {
    Json document = {{"dry_run", true}, {"all", all}};
    document.update(listed_json("items", shown, [](const db::Row& row) {
      return Json{{"stage", row.text("stage")},      {"key", row.text("key")},     {"tenant", row.text("tenant")},
                  {"reason", reason_of(row).text()}, {"code", row.text("reason")}, {"args", reason_of(row).args()}};
    }));
    return print_json(context.out, document);
  }
  using C = Table::Column;
  Table table({{"ITEM"}, {"TENANT"}, {"WHY", C::prose}});
  for (const db::Row& row : shown.rows)
    table.add({row.text("stage") + "/" + row.text("key"), row.text("tenant"), why(row)});
  print_list(context.out, table, shown, args.limit, context.width, "no held items");
  context.out << fmt::format("{} {} (dry run; nothing changed)\n", items_of(all), said(args.word).would);
}

Answer decide_one(const ItemsDecideArgs& args, const Context& context, db::Database& database) {
  const Said word = said(args.word);
  const db::Row row = TRY(find_item(database, args.item, "held"));
  Decider decider(args, context, database);
  if (!TRY(decider.decide(row))) return refuse(Exit::usage, fmt::format("{} is not held any more", item_name(row)));
  log::info("item_decided", {{"stage", row.text("stage")},
                             {"key", row.text("key")},
                             {"tenant", row.text("tenant")},
                             {"by", args.by},
                             {"word", word.word}});
  if (args.json)
    print_json(context.out, {{"dry_run", false}, {"all", 1}});
  else
    context.out << fmt::format("{} {}\n", item_name(row), word.done);
  return Exit::ok;
}

Answer decide_all(const ItemsDecideArgs& args, const Context& context, db::Database& database) {
  const Said word = said(args.word);
  const Asked which = TRY(asked(database, args.which, args.jobs, context.clock.now()));
  Held held(database, which);
  const std::int64_t all = held.count();
  if (args.dry_run) {
    show(held, all, args, context);
    return Exit::ok;
  }
  if (!args.yes && all > 0)
    return refuse(Exit::usage, fmt::format("{} {}: --yes does it, --dry-run shows which", items_of(all), word.would));
  Decider decider(args, context, database);
  ProgressLine progress(context.terminal && !args.json, context.width);
  std::int64_t decided = 0;
  for (db::Rows rows; !(rows = held.after(rows, held_page)).empty();)
    for (const db::Row& row : rows) {
      if (TRY(decider.decide(row))) ++decided;
      progress.show(fmt::format("items {}: {} of {}", word.word, decided, all));
    }
  progress.clear();
  log::info("items_decided", {{"items", decided},
                              {"by", args.by},
                              {"word", word.word},
                              {"tenant", args.which.tenant},
                              {"stage", args.which.stage},
                              {"reason", args.which.reason}});
  if (args.json)
    print_json(context.out, {{"dry_run", false}, {"all", decided}});
  else
    context.out << fmt::format("{} {}\n", items_of(decided), decided == 1 ? word.done : word.all_done);
  return Exit::ok;
}

} // namespace

Answer decide_item(const ItemsDecideArgs& args, const Context& context) {
  if (args.item.empty() && args.which.any())
    return refuse(Exit::usage,
                  "say which item: STAGE/KEY as milkrun items list shows it, or all that have something in "
                  "common: --tenant, --stage, --reason, --since, --until");
  if (!args.item.empty() && !args.which.any())
    return refuse(Exit::usage,
                  "an item is named, or chosen by --tenant, --stage, --reason, --since and --until: not both");
  const auto database = open_database(context.settings, args.dry_run);
  if (!args.item.empty() && args.dry_run) {
    context.out << fmt::format("{} {} (dry run; nothing changed)\n",
                               item_name(TRY(find_item(*database, args.item, "held"))), said(args.word).would);
    return Exit::ok;
  }
  return args.item.empty() ? decide_all(args, context, *database) : decide_one(args, context, *database);
}

} // namespace milkrun::cli
