// `milkrun items`: items of work by their state, and an operator's word on those that are held because nobody can know
// whether their call arrived.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "log/log.hpp"
#include "run/runner.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

Json item_json(const db::Row& row) {
  return {{"stage", row.text("stage")},
          {"key", row.text("key")},
          {"tenant", row.text("tenant")},
          {"state", row.text("state")},
          {"due_at", time_or_null(row, "due_at")},
          {"tried_at", time_or_null(row, row.has("tried_at") ? "tried_at" : "begun_at")},
          {"attempts", row.integer("attempts")},
          {"reason", reason_of(row).text()},
          {"code", row.text("reason")},
          {"detail", row.text("detail")}};
}

Json attempt_json(const db::Row& row) {
  return {{"turn", row.integer("turn")},
          {"kind", row.text("kind")},
          {"begun_at", time_or_null(row, "begun_at")},
          {"armed_at", time_or_null(row, "armed_at")},
          {"finished_at", time_or_null(row, "finished_at")},
          {"outcome", row.text("outcome")},
          {"reason", reason_of(row).text()},
          {"code", row.text("reason")},
          {"detail", row.text("detail")},
          {"reference", row.text("reference")},
          {"http_status", row.integer("http_status")},
          {"owner", row.text_or_empty("owner")},
          {"host", row.text_or_empty("host")}};
}

void print(std::ostream& out, const Listed& items, const ItemsListArgs& args, std::size_t width) {
  using C = Table::Column;
  Table table({{"ITEM"}, {"TENANT"}, {"DUE"}, {"TRIES", C::right}, {"WHY", C::prose}});
  for (const db::Row& row : items.rows)
    table.add({row.text("stage") + "/" + row.text("key"), row.text("tenant"), when(row, "due_at"),
               std::to_string(row.integer("attempts")), why(row)});
  print_list(out, table, items, args.limit, width, fmt::format("no {} items", args.state));
}

// The one item that is meant; `state` "" = whatever state it is in.
std::expected<db::Row, Refusal> find_item(db::Database& database, const std::string& item, std::string_view state) {
  db::Rows found;
  database.read([&](db::Transaction& tx) { found = tx.query(sql::cli::item, {{"item", item}, {"state", state}}); });
  const std::string name = text::one_line(item, 120), kind(state.empty() ? "" : fmt::format("{} ", state));
  if (found.empty())
    return refuse(Exit::usage, fmt::format("there is no {}item {}; see: milkrun items list", kind, name));
  if (found.size() > 1)
    return refuse(Exit::usage, fmt::format("{} is not one item; give STAGE/KEY as milkrun items list shows it", name));
  return found.front();
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
                       fmt::format("{} of {} {} at {}{}{}", row->text("service"), row->text("scope"),
                                   row->text("owner_key"), row->text("base_url"),
                                   row->text("account").empty() ? "" : ", account ", row->text("account")));
  return out;
}

const Job* job_of(const std::vector<const Job*>& jobs, const std::string& stage) {
  const auto has = [&](const Job* job) {
    return std::ranges::find(job->stages, stage, &Stage::name) != job->stages.end();
  };
  const auto found = std::ranges::find_if(jobs, has);
  return found == jobs.end() ? nullptr : *found;
}

} // namespace

Answer list_items(const ItemsListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  Listed items;
  database->read([&](db::Transaction& tx) {
    items =
        cut_at(tx.query(sql::cli::items, {{"state", args.state}, {"tenant", args.tenant}, {"limit", args.limit + 1}}),
               args.limit);
  });
  if (args.json)
    print_json(context.out, listed_json("items", items, item_json));
  else
    print(context.out, items, args, context.width);
  return Exit::ok;
}

Answer show_item(const ItemsShowArgs& args, const Context& context) {
  constexpr std::int64_t most = 100;
  const auto database = open_database(context.settings);
  const db::Row item = TRY(find_item(*database, args.item, ""));
  Listed attempts;
  std::vector<std::pair<std::string, std::string>> what;
  database->read([&](db::Transaction& tx) {
    what = about(tx, item);
    attempts = cut_at(
        tx.query(sql::cli::attempts, {{"stage", item.text("stage")}, {"key", item.text("key")}, {"limit", most + 1}}),
        most);
  });
  if (args.json) {
    Json out = item_json(item);
    out["waits_for"] = item.text("waits_for");
    out["host"] = item.text_or_empty("host");
    out["owner"] = item.text_or_empty("owner");
    out["crashes"] = item.integer("crashes");
    for (const char* name : {"armed_at", "created_at", "finished_at"}) out[name] = time_or_null(item, name);
    out["about"] = Json::object();
    for (const auto& [name, value] : what) out["about"][name] = value;
    out.update(listed_json("tries", attempts, attempt_json));
    print_json(context.out, out);
    return Exit::ok;
  }
  Facts facts;
  facts.add("item", item.text("stage") + "/" + item.text("key"));
  facts.add("tenant", item.text("tenant"));
  facts.add("state", item.text("state"));
  for (const auto& [name, value] : what) facts.add(name, value);
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
  for (const db::Row& row : attempts.rows)
    table.add({std::to_string(row.integer("turn")), when(row, "begun_at"), row.text("kind"), row.text("outcome"),
               row.integer("http_status") == 0 ? "" : std::to_string(row.integer("http_status")),
               row.text_or_empty("host"), why(row)});
  context.out << '\n';
  print_list(context.out, table, attempts, most, context.width, "no attempt has ended yet");
  return Exit::ok;
}

namespace {

struct Said {
  const char* word;
  const char* state; // that the item must be in; "" = its stage's rules say
  const char* done;
};

Said said(Word word) {
  switch (word) {
  case Word::resend: return {"resend", "held", "is due again"};
  case Word::drop: return {"drop", "held", "is dropped"};
  case Word::arrived: return {"arrived", "held", "is done"};
  case Word::retry: break;
  }
  return {"retry", "", "is due now"};
}

} // namespace

Answer decide_item(const ItemsDecideArgs& args, const Context& context) {
  const Said word = said(args.word);
  const auto database = open_database(context.settings);
  const db::Row row = TRY(find_item(*database, args.item, word.state));
  const std::string &stage = row.text("stage"), &key = row.text("key");
  const Job* job = job_of(args.jobs, stage);
  if (job == nullptr) return refuse(Exit::usage, fmt::format("this milkrun has no stage {}", stage));
  const Vault vault = TRY(open_vault(context.settings, *database));
  if (!milkrun::decide_item(*job, stage, Key::parse(key), {row.text("tenant_id")}, args.word, *database, vault,
                            context.clock))
    return refuse(Exit::usage, *word.state != '\0'
                                   ? fmt::format("{}/{} is not held any more", stage, text::one_line(key))
                                   : fmt::format("{}/{} is {}: {} does not fit it", stage, text::one_line(key),
                                                 row.text("state"), word.word));
  log::info("item_decided", {{"stage", stage}, {"key", key}, {"by", "operator"}, {"word", word.word}});
  if (context.terminal) context.out << fmt::format("{}/{} {}\n", stage, text::one_line(key), word.done);
  return Exit::ok;
}

} // namespace milkrun::cli
