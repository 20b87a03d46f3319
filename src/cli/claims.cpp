// `milkrun claims`: what people say they did, by its state, and an operator's verdict on what no call can decide.
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

void print_claims(std::ostream& out, const db::Rows& claims) {
  for (const db::Row& row : claims) {
    out << fmt::format("{}  {}  {}/{}  {} {}  {} {}", row.text("id"), row.text("tenant"), row.text("campaign"),
                       row.text("task"), text::one_line(row.text("platform")), text::one_line(row.text("action")),
                       row.text("phone"), text::one_line(row.text("name"), 80));
    if (!row.text("handle").empty()) out << fmt::format(" ({})", text::one_line(row.text("handle"), 80));
    out << fmt::format("  claimed {}", zone::utc(row.time("claimed_at")));
    if (!row.text("why").empty()) out << fmt::format("  {}", text::one_line(row.text("why"), 300));
    out << '\n';
  }
}

Json claims_json(const db::Rows& claims) {
  Json out = {{"schema_version", 1}, {"claims", Json::array()}};
  for (const db::Row& row : claims) {
    const auto decided = row.maybe_time("decided_at");
    Json one = {{"id", row.text("id")}};
    for (const char* name : {"tenant", "campaign", "task", "platform", "action", "object_id", "url", "phone", "name",
                             "handle", "code", "state", "source"})
      one[name] = row.text(name);
    one["reward_spins"] = row.integer("reward_spins");
    one["claimed_at"] = zone::utc(row.time("claimed_at"));
    one["decided_at"] = decided ? Json(zone::utc(*decided)) : Json(nullptr);
    one["reason"] = row.text("why");
    out["claims"].push_back(std::move(one));
  }
  return out;
}

const Job& claims_job(const std::vector<const Job*>& jobs) {
  const auto found = std::ranges::find_if(jobs, [](const Job* job) { return job->decide != nullptr; });
  if (found == jobs.end()) throw std::logic_error("no job has claims");
  return **found;
}

} // namespace

Answer list_claims(const ClaimsListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  db::Rows claims;
  database->read([&](db::Transaction& tx) {
    claims = tx.query(sql::cli::claims, {{"state", args.state}, {"tenant", args.tenant}, {"limit", args.limit}});
  });
  if (args.json)
    context.out << claims_json(claims).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  else
    print_claims(context.out, claims);
  return Exit::ok;
}

Answer decide_claim(const ClaimsDecideArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const std::string name = text::one_line(args.claim, 120);
  const auto find = [&] {
    std::optional<db::Row> row;
    database->read(
        [&](db::Transaction& tx) { row = tx.one(sql::cli::claim, {{"claim", args.claim}, {"tenant", args.tenant}}); });
    return row;
  };
  const auto row = find();
  if (!row)
    return refuse(Exit::usage, fmt::format("there is no claim {}{}{}; see: milkrun claims list", name,
                                           args.tenant.empty() ? "" : " of tenant ", text::one_line(args.tenant, 80)));
  const Vault vault = TRY(open_vault(context.settings));
  const OperatorWord word{.tenant = {row->text("tenant_id")},
                          .claim = args.claim,
                          .yes = args.verify,
                          .by = text::one_line(args.by, 120),
                          .reason = text::one_line(args.reason, 300)};
  if (!milkrun::decide_claim(claims_job(args.jobs), word, *database, vault, context.clock))
    return refuse(Exit::usage,
                  fmt::format("claim {} is {} already and stays so", name, find().value_or(*row).text("state")));
  log::info("claim_decided", {{"claim", args.claim},
                              {"by", word.by.empty() ? "operator" : "operator: " + word.by},
                              {"word", args.verify ? "verify" : "reject"}});
  if (context.terminal) context.out << fmt::format("{} is {}\n", name, args.verify ? "verified" : "rejected");
  return Exit::ok;
}

} // namespace milkrun::cli
