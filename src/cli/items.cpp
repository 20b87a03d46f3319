// `milkrun items`: items of work by their state, and an operator's word on those that are held because nobody can know
// whether their call arrived.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "log/log.hpp"
#include "run/runner.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string when(const db::Row& row, std::string_view column) {
  const auto t = row.maybe_time(column);
  return t ? zone::utc(*t) : "-";
}

Reason reason_of(const db::Row& row) { return Reason::stored(row.text("reason"), row.text("args")); }

void print(std::ostream& out, const db::Rows& items) {
  for (const db::Row& row : items) {
    out << fmt::format("{}/{}  {}  due {}  tried {} ({}x)  {}", row.text("stage"), text::one_line(row.text("key")),
                       row.text("tenant"), when(row, "due_at"), when(row, "tried_at"), row.integer("attempts"),
                       text::one_line(reason_of(row).text()));
    if (!row.text("detail").empty()) out << ": " << text::one_line(row.text("detail"), 300);
    out << '\n';
  }
}

Json as_json(const db::Rows& items) {
  Json out = {{"schema_version", 1}, {"items", Json::array()}};
  for (const db::Row& row : items) {
    const auto tried = row.maybe_time("tried_at");
    out["items"].push_back({{"stage", row.text("stage")},
                            {"key", row.text("key")},
                            {"tenant", row.text("tenant")},
                            {"state", row.text("state")},
                            {"due_at", zone::utc(row.time("due_at"))},
                            {"tried_at", tried ? Json(zone::utc(*tried)) : Json(nullptr)},
                            {"attempts", row.integer("attempts")},
                            {"reason", reason_of(row).text()},
                            {"code", row.text("reason")},
                            {"detail", row.text("detail")}});
  }
  return out;
}

// The one held item that is meant.
std::expected<db::Row, Refusal> find_held(db::Database& database, const std::string& item) {
  db::Rows found;
  database.read([&](db::Transaction& tx) { found = tx.query(sql::cli::held, {{"item", item}}); });
  const std::string name = text::one_line(item, 120);
  if (found.empty()) return refuse(Exit::usage, fmt::format("there is no held item {}; see: milkrun items list", name));
  if (found.size() > 1)
    return refuse(Exit::usage, fmt::format("{} is not one item; give STAGE/KEY as milkrun items list shows it", name));
  return found.front();
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
  db::Rows items;
  database->read([&](db::Transaction& tx) {
    items = tx.query(sql::cli::items, {{"state", args.state}, {"tenant", args.tenant}, {"limit", args.limit}});
  });
  if (args.json)
    context.out << as_json(items).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  else
    print(context.out, items);
  return Exit::ok;
}

Answer decide_item(const ItemsDecideArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const db::Row row = TRY(find_held(*database, args.item));
  const std::string &stage = row.text("stage"), &key = row.text("key");
  const Job* job = job_of(args.jobs, stage);
  if (job == nullptr) return refuse(Exit::usage, fmt::format("this milkrun has no stage {}", stage));
  const Vault vault = TRY(open_vault(context.settings));
  const bool decided = milkrun::decide_item(*job, stage, Key::parse(key), {row.text("tenant_id")},
                                            args.resend ? Word::resend : Word::drop, *database, vault, context.clock);
  if (!decided) return refuse(Exit::usage, fmt::format("{}/{} is not held any more", stage, text::one_line(key)));
  log::info("item_decided",
            {{"stage", stage}, {"key", key}, {"by", "operator"}, {"word", args.resend ? "resend" : "drop"}});
  if (context.terminal)
    context.out << fmt::format("{}/{} {}\n", stage, text::one_line(key), args.resend ? "is due again" : "is dropped");
  return Exit::ok;
}

} // namespace milkrun::cli
