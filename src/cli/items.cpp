// `milkrun items list` and `items show`: items of work by their state, and one of them with all that is known of it.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/life.hpp"
#include "cli/open.hpp"
#include "cli/show_items.hpp"
#include "cli/which.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr std::int64_t most_history = 100; // attempts and acts shown with an item

Json attempt_json(const db::Row& row) {
  return {{"turn", row.integer("turn")},
          {"kind", row.text("kind")},
          {"begun_at", time_or_null(row, "begun_at")},
          {"armed_at", time_or_null(row, "armed_at")},
          {"finished_at", time_or_null(row, "finished_at")},
          {"outcome", row.text("outcome")},
          {"reason", reason_of(row).text()},
          {"code", row.text("reason")},
          {"args", reason_of(row).args()},
          {"detail", row.text("detail")},
          {"reference", row.text("reference")},
          {"http_status", row.integer("http_status")},
          {"owner", row.text_or_empty("owner")},
          {"host", row.text_or_empty("host")}};
}

bool of_a_dead_run(const db::Row& row, const Life& life) {
  return !row.null("run_id") && life.died(row.text("run_id"));
}

void print(std::ostream& out, const Listed& items, const Life& life, const ItemsListArgs& args, std::size_t width) {
  using C = Table::Column;
  Table table({{"ITEM"}, {"TENANT"}, {"DUE"}, {"TRIES", C::right}, {"WHY", C::prose}});
  for (const db::Row& row : items.rows)
    table.add({row.text("stage") + "/" + row.text("key"), row.text("tenant"),
               when(row, row.null("finished_at") ? "due_at" : "finished_at"), std::to_string(row.integer("attempts")),
               of_a_dead_run(row, life) ? std::string("its run died; the next one takes it over") : why(row)});
  print_list(out, table, items, args.limit, width, fmt::format("no {} items", args.state));
}

// What the item's key leads to: whom it is for and what it says.
std::vector<std::pair<std::string, std::string>> about(db::Transaction& tx, const db::Row& item) {
  const Key key = Key::parse(item.text("key"));
  const std::string& tenant = item.text("tenant_id");
  std::vector<std::pair<std::string, std::string>> out;
  const auto take = [&](const db::Statement& statement, std::initializer_list<const char*> columns) {
    if (const auto row = tx.one(statement, {{"tenant", tenant}, {"id", key.id}}))
      for (const char* column : columns) out.emplace_back(column, row->text_or_empty(column));
  };
  if (key.kind == "message")
    take(sql::cli::about_message, {"channel", "phone", "email", "name", "subject", "text", "provider_id"});
  if (key.kind == "article" || key.kind == "item")
    take(sql::cli::about_article, {"title", "url", "feed", "slug", "post_link"});
  if (key.kind == "feed") take(sql::cli::about_feed, {"url"});
  if (key.kind == "completion") take(sql::cli::about_claim, {"task", "platform", "action", "phone", "name"});
  if (!item.null("credential_id"))
    if (const auto row = tx.one(sql::cli::about_credential, {{"id", item.text("credential_id")}}))
      out.emplace_back("credential",
                       fmt::format("{} of {}{}{} at {}{}{}", row->text("service"), row->text("scope"),
                                   row->text_or_empty("owner").empty() ? "" : " ", row->text_or_empty("owner"),
                                   row->text("base_url"), row->text("account").empty() ? "" : ", account ",
                                   row->text("account")));
  return out;
}

struct Shown {
  db::Row item;
  std::vector<std::pair<std::string, std::string>> about;
  Listed attempts, acts;
};

Json as_json(const Shown& shown) {
  Json out = item_json(shown.item);
  out["waits_for"] = shown.item.text("waits_for");
  out["host"] = shown.item.text_or_empty("host");
  out["owner"] = shown.item.text_or_empty("owner");
  out["crashes"] = shown.item.integer("crashes");
  for (const char* name : {"armed_at", "created_at"}) out[name] = time_or_null(shown.item, name);
  out["about"] = Json::object();
  for (const auto& [name, value] : shown.about) out["about"][name] = value;
  out.update(listed_json("tries", shown.attempts, attempt_json));
  out["acts"] = listed_json("acts", shown.acts, act_json)["acts"];
  return out;
}

void print(const Shown& shown, const Context& context) {
  const db::Row& item = shown.item;
  Facts facts;
  facts.add("item", item.text("stage") + "/" + item.text("key"));
  facts.add("tenant", item.text("tenant"));
  facts.add("state", item.text("state"));
  for (const auto& [name, value] : shown.about) facts.add(name, value);
  facts.add("why", why(item));
  facts.add("waits for", item.text("waits_for"));
  if (item.null("finished_at")) facts.add("due", when(item, "due_at"));
  facts.add("began", when(item, "begun_at"));
  facts.add("may have left", when(item, "armed_at"));
  facts.add("host", item.text_or_empty("host"));
  facts.add("finished", when(item, "finished_at"));
  facts.print(context.out, context.width);
  using C = Table::Column;
  Table table({{"TURN", C::right}, {"BEGUN"}, {"KIND"}, {"OUTCOME"}, {"HTTP", C::right}, {"HOST"}, {"WHY", C::prose}});
  for (const db::Row& row : shown.attempts.rows)
    table.add({std::to_string(row.integer("turn")), when(row, "begun_at"), row.text("kind"), row.text("outcome"),
               row.integer("http_status") == 0 ? "" : std::to_string(row.integer("http_status")),
               row.text_or_empty("host"), why(row)});
  context.out << '\n';
  print_list(context.out, table, shown.attempts, most_history, context.width, "no attempt has ended yet");
  if (!shown.acts.rows.empty()) print_acts(context.out << '\n', shown.acts, most_history, context.width, "");
}

} // namespace

Answer list_items(const ItemsListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const Asked which = TRY(asked(*database, args.which, args.jobs, context.clock.now()));
  Listed items;
  std::optional<Life> life;
  database->read([&](db::Transaction& tx) {
    life.emplace(tx, context.settings, context.clock.now());
    items = cut_at(tx.query(sql::cli::items, {{"state", args.state},
                                              {"tenant", which.tenant},
                                              {"stage", which.stage},
                                              {"reason", which.reason},
                                              {"since", db::value(which.since)},
                                              {"until", db::value(which.until)},
                                              {"limit", args.limit + 1}}),
                   args.limit);
  });
  if (args.json)
    print_json(context.out, listed_json("items", items, [&](const db::Row& row) {
                 Json out = item_json(row);
                 if (args.state == "running") out["run_died"] = of_a_dead_run(row, *life);
                 return out;
               }));
  else
    print(context.out, items, *life, args, context.width);
  return Exit::ok;
}

Answer show_item(const ItemsShowArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  Shown shown{.item = TRY(find_item(*database, args.item, "")), .about = {}, .attempts = {}, .acts = {}};
  const db::Param stage("stage", shown.item.text("stage")), key("key", shown.item.text("key")),
      limit("limit", most_history + 1);
  database->read([&](db::Transaction& tx) {
    shown.about = about(tx, shown.item);
    shown.attempts = cut_at(tx.query(sql::cli::attempts, {stage, key, limit}), most_history);
    shown.acts = cut_at(tx.query(sql::cli::acts_on, {stage, key, limit}), most_history);
  });
  if (args.json)
    print_json(context.out, as_json(shown));
  else
    print(shown, context);
  return Exit::ok;
}

} // namespace milkrun::cli
