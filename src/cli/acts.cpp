// `milkrun acts list`: what operators did by hand. Nothing else writes these rows, and nothing changes them.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show_items.hpp"
#include "cli/which.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

std::string behind(const db::Row& row) {
  const std::string &user = row.text("os_user"), &name = row.text("said_by");
  return name.empty() ? user : fmt::format("{}, as {}", name, user);
}

std::string subject(const db::Row& row) {
  const std::string &stage = row.text("stage"), &key = row.text("key");
  return stage.empty() ? key : stage + "/" + key;
}

} // namespace

std::string item_name(const db::Row& row) { return row.text("stage") + "/" + text::one_line(row.text("key"), 200); }

Json item_json(const db::Row& row) {
  return {{"stage", row.text("stage")},
          {"key", row.text("key")},
          {"tenant", row.text("tenant")},
          {"state", row.text("state")},
          {"due_at", time_or_null(row, "due_at")},
          {"tried_at", time_or_null(row, row.has("tried_at") ? "tried_at" : "begun_at")},
          {"finished_at", time_or_null(row, "finished_at")},
          {"attempts", row.integer("attempts")},
          {"reason", reason_of(row).text()},
          {"code", row.text("reason")},
          {"args", reason_of(row).args()},
          {"detail", row.text("detail")}};
}

Json act_json(const db::Row& row) {
  return {{"at", time_or_null(row, "at")}, {"user", row.text("os_user")},    {"by", row.text("said_by")},
          {"verb", row.text("verb")},      {"stage", row.text("stage")},     {"key", row.text("key")},
          {"tenant", row.text("tenant")},  {"from", row.text("from_state")}, {"to", row.text("to_state")},
          {"note", row.text("note")}};
}

void print_acts(std::ostream& out, const Listed& acts, std::int64_t limit, std::size_t width,
                std::string_view when_empty) {
  using C = Table::Column;
  Table table(
      {{"WHEN"}, {"WHO", C::prose}, {"ACT"}, {"ON", C::prose}, {"TENANT"}, {"FROM, TO", C::prose}, {"NOTE", C::prose}});
  for (const db::Row& row : acts.rows)
    table.add({when(row, "at"), behind(row), row.text("verb"), subject(row), row.text("tenant"),
               fmt::format("{} → {}", row.text("from_state"), row.text("to_state")), row.text("note")});
  print_list(out, table, acts, limit, width, when_empty);
}

Answer list_acts(const ActsListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const Asked which = TRY(asked(*database, args.which, {}, context.clock.now()));
  Listed acts;
  database->read([&](db::Transaction& tx) {
    acts = cut_at(tx.query(sql::cli::acts, {{"tenant", which.tenant},
                                            {"item", args.item},
                                            {"since", db::value(which.since)},
                                            {"until", db::value(which.until)},
                                            {"limit", args.limit + 1}}),
                  args.limit);
  });
  if (args.json)
    print_json(context.out, listed_json("acts", acts, act_json));
  else
    print_acts(context.out, acts, args.limit, context.width, "no act of an operator");
  return Exit::ok;
}

} // namespace milkrun::cli
