// `milkrun items retry`: an operator's word on what ended or waits, one or many at once.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/progress.hpp"
#include "cli/show_items.hpp"
#include "cli/which.hpp"
#include "log/log.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace milkrun::cli {
namespace {

constexpr std::int64_t page = 200; // items of a transaction: nobody waits long for it

Named named(const db::Row& row) { return {row.text("stage"), Key::parse(row.text("key")), {row.text("tenant_id")}}; }

// Why the item cannot be brought back, with what can be done instead; "" when it can.
std::string misfit(const db::Row& item) {
  const std::string& state = item.text("state");
  if (state == "held")
    return fmt::format("{} is held: nobody can know whether it arrived; decide it with items resend, items drop or "
                       "items arrived",
                       item_name(item));
  if (state == "running") return fmt::format("{} is in flight; wait for its end", item_name(item));
  if (state == "done") return fmt::format("{} is done; retry does not fit it", item_name(item));
  if (state == "uncertain" && item.integer("absent") > 0)
    return fmt::format("{} was not found once and is looked up again at {}: two look-ups some minutes apart decide",
                       item_name(item), when(item, "due_at"));
  return {};
}

// What the options say, of an item that was named.
std::expected<void, Refusal> check_asked(const db::Row& item, const Asked& which, const ItemsRetryArgs& args) {
  const auto unlike = [&](const char* flag, const std::string& wanted, const std::string& is) {
    return refuse(Exit::usage, fmt::format("{} is not of {} {}, but of {}", item_name(item), flag, wanted, is));
  };
  if (!which.tenant.empty() && item.text("tenant_id") != which.tenant)
    return unlike("--tenant", args.which.tenant, item.text("tenant"));
  if (!which.stage.empty() && item.text("stage") != which.stage)
    return unlike("--stage", which.stage, item.text("stage"));
  if (!args.state.empty() && item.text("state") != args.state) return unlike("--state", args.state, item.text("state"));
  const bool about = item.text("args").find('"' + which.reason + '"') != std::string::npos; // parked for it
  if (!which.reason.empty() && item.text("reason") != which.reason && !about)
    return unlike("--reason", which.reason, item.text("reason").empty() ? "none" : item.text("reason"));
  const Time at =
      item.maybe_time("finished_at").value_or(item.maybe_time("begun_at").value_or(item.time("created_at")));
  if ((which.since && at < *which.since) || (which.until && at > *which.until))
    return refuse(Exit::usage, fmt::format("{} ended or was tried at {}, outside --since and --until", item_name(item),
                                           zone::utc(at)));
  return {};
}

// Items that were brought back, counted all and kept some.
struct Brought {
  struct One {
    db::Row row;
    Retried retried;
  };
  std::vector<One> shown;
  std::map<std::string, std::int64_t> by_state; // as they were
  std::int64_t all = 0, unfit = 0;

  void add(const db::Row& row, Retried retried, std::int64_t limit) {
    ++all;
    ++by_state[row.text("state")];
    if (static_cast<std::int64_t>(shown.size()) < limit) shown.push_back({row, std::move(retried)});
  }
  bool cut() const { return all > static_cast<std::int64_t>(shown.size()); }
};

class Retrier {
public:
  Retrier(const ItemsRetryArgs& args, const Context& context, db::Database& database, const Vault* vault)
      : args_(args), context_(context), database_(database), vault_(vault), who_(who(args.by)) {}

  std::expected<void, Refusal> page_of(const db::Rows& rows, Brought& out) {
    std::map<const Job*, std::vector<std::size_t>> by_job;
    for (std::size_t i = 0; i < rows.size(); ++i) by_job[job_of(args_.jobs, rows[i].text("stage"))].push_back(i);
    std::vector<Retried> retried(rows.size());
    for (const auto& [job, places] : by_job) {
      if (job == nullptr)
        return refuse(Exit::usage,
                      fmt::format("this milkrun has no stage {}", text::one_line(rows[places.front()].text("stage"))));
      std::vector<Named> items;
      for (const std::size_t i : places) items.push_back(named(rows[i]));
      if (vault_ == nullptr) continue;
      std::vector<Retried> some = milkrun::retry_items(*job, items, who_, database_, *vault_, context_.clock,
                                                       {context_.settings.job, context_.settings.run.budgets});
      for (std::size_t i = 0; i < places.size(); ++i) retried[places[i]] = std::move(some[i]);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (vault_ == nullptr || retried[i].done)
        out.add(rows[i], std::move(retried[i]), args_.limit);
      else
        ++out.unfit; // another word came first
    return {};
  }

private:
  const ItemsRetryArgs& args_;
  const Context& context_;
  db::Database& database_;
  const Vault* vault_; // null: a dry run
  const ledger::Operator who_;
};

std::expected<db::Rows, Refusal> named_items(const ItemsRetryArgs& args, const Asked& which, db::Database& database) {
  db::Rows rows;
  for (const std::string& item : args.items) {
    db::Row row = TRY(find_item(database, item, ""));
    if (const std::string why = misfit(row); !why.empty()) return refuse(Exit::usage, why);
    TRY(check_asked(row, which, args));
    rows.push_back(std::move(row));
  }
  return rows;
}

db::Rows next_page(db::Database& database, const ItemsRetryArgs& args, const Asked& which, Time now,
                   const db::Rows& last) {
  db::Rows rows;
  database.read([&](db::Transaction& tx) {
    rows = tx.query(sql::cli::retriable, {{"after_stage", last.empty() ? "" : last.back().text("stage")},
                                          {"after_key", last.empty() ? "" : last.back().text("key")},
                                          {"now", now},
                                          {"state", args.state},
                                          {"tenant", which.tenant},
                                          {"stage", which.stage},
                                          {"reason", which.reason},
                                          {"since", db::value(which.since)},
                                          {"until", db::value(which.until)},
                                          {"limit", page}});
  });
  return rows;
}

std::string what_next(const Retried& r, bool dry) {
  if (dry) return {};
  if (r.next.empty()) return "is tried at the next run";
  return r.next_at ? fmt::format("waits until {}: {}", zone::utc(*r.next_at), r.next.text())
                   : fmt::format("will end again: {}", r.next.text());
}

Json one_json(const Brought::One& one, bool dry) {
  Json out = {{"stage", one.row.text("stage")},       {"key", one.row.text("key")},
              {"tenant", one.row.text("tenant")},     {"from", one.row.text("state")},
              {"reason", reason_of(one.row).text()},  {"code", one.row.text("reason")},
              {"args", reason_of(one.row).args()},    {"next", what_next(one.retried, dry)},
              {"next_code", one.retried.next.code()}, {"next_args", one.retried.next.args()}};
  out["next_at"] = one.retried.next_at ? Json(zone::utc(*one.retried.next_at)) : Json(nullptr);
  return out;
}

void tell(const Brought& out, const ItemsRetryArgs& args, const Context& context) {
  if (args.json) {
    Json document = {{"dry_run", args.dry_run}, {"items", Json::array()}, {"cut", out.cut()}, {"all", out.all}};
    for (const char* state : {"discarded", "cancelled", "due", "uncertain"})
      document[state] = out.by_state.contains(state) ? out.by_state.at(state) : 0;
    for (const Brought::One& one : out.shown) document["items"].push_back(one_json(one, args.dry_run));
    return print_json(context.out, document);
  }
  using C = Table::Column;
  Table table({{"ITEM"}, {"TENANT"}, {"WAS"}, {"WHY", C::prose}, {"NOW", C::prose}});
  for (const Brought::One& one : out.shown)
    table.add({one.row.text("stage") + "/" + one.row.text("key"), one.row.text("tenant"), one.row.text("state"),
               why(one.row), what_next(one.retried, args.dry_run)});
  if (!table.empty()) table.print(context.out, context.width);
  print_cut(context.out, out.cut(), args.limit);
  std::string parts;
  for (const auto& [state, items] : out.by_state)
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", items,
                         state == "due"         ? "waiting"
                         : state == "uncertain" ? "to be looked up"
                                                : state);
  context.out << fmt::format("{} {} {}{}{}\n", out.all, out.all == 1 ? "item" : "items",
                             args.dry_run   ? "would be due now (dry run; nothing changed)"
                             : out.all == 1 ? "is due now"
                                            : "are due now",
                             parts.empty() ? "" : ": ", parts);
}

} // namespace

Answer retry_items(const ItemsRetryArgs& args, const Context& context) {
  if (args.items.empty() && args.which.any() && args.state.empty())
    return refuse(Exit::usage, "say which items: STAGE/KEY as milkrun items list shows it, or --tenant, --stage, "
                               "--reason, --state, --since, --until");
  const auto database = open_database(context.settings, args.dry_run);
  const Time now = context.clock.now();
  const Asked which = TRY(asked(*database, args.which, args.jobs, now));
  std::optional<Vault> vault;
  if (!args.dry_run) vault = TRY(open_vault(context.settings, *database));
  Retrier retrier(args, context, *database, vault ? &*vault : nullptr);
  ProgressLine progress(context.terminal && !args.json, context.width);
  Brought brought;
  if (!args.items.empty()) {
    const db::Rows rows = TRY(named_items(args, which, *database));
    TRY(retrier.page_of(rows, brought));
  } else {
    for (db::Rows rows; !(rows = next_page(*database, args, which, now, rows)).empty();) {
      TRY(retrier.page_of(rows, brought));
      progress.show(fmt::format("items retry: {} items", brought.all));
    }
  }
  progress.clear();
  if (!args.items.empty() && brought.unfit > 0)
    return refuse(Exit::usage, "it is not in that state any more; see: milkrun items show");
  if (!args.dry_run)
    log::info("items_retried", {{"items", brought.all},
                                {"by", args.by},
                                {"tenant", args.which.tenant},
                                {"stage", args.which.stage},
                                {"reason", args.which.reason}});
  tell(brought, args, context);
  return Exit::ok;
}

} // namespace milkrun::cli
