// `milkrun claims`: what people say they did, by its state, and an operator's verdict on what no call can decide.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show_items.hpp"
#include "cli/which.hpp"
#include "log/log.hpp"
#include "run/runner.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

Json claim_json(const db::Row& row) {
  Json one = {{"id", row.text("id")}};
  for (const char* name : {"tenant", "campaign", "task", "platform", "action", "object_id", "url", "phone", "name",
                           "handle", "code", "state", "source", "evidence"})
    one[name] = row.text(name);
  one["grade"] = row.null("grade") ? Json(nullptr) : Json(row.text("grade"));
  one["reward_spins"] = row.integer("reward_spins");
  one["looks"] = row.integer("looks");
  for (const char* name : {"claimed_at", "decided_at", "look_at", "deadline_at"}) one[name] = time_or_null(row, name);
  one["reason"] = why(row);
  one["code_of_reason"] = row.text("reason");
  one["args_of_reason"] = reason_of(row).args();
  return one;
}

void print(std::ostream& out, const Listed& claims, const ClaimsListArgs& args, std::size_t width) {
  using C = Table::Column;
  Table table({{"ID"}, {"STATE"}, {"TENANT"}, {"WHAT", C::prose}, {"WHO", C::prose}, {"CLAIMED"}, {"WHY", C::prose}});
  for (const db::Row& row : claims.rows) {
    const std::string& handle = row.text("handle");
    table.add(
        {row.text("id"), row.text("state"), row.text("tenant"),
         fmt::format("{}/{} {} {}", row.text("campaign"), row.text("task"), row.text("platform"), row.text("action")),
         fmt::format("{} {}{}", row.text("phone"), row.text("name"), handle.empty() ? "" : " (" + handle + ")"),
         when(row, "claimed_at"), why(row)});
  }
  print_list(out, table, claims, args.limit, width,
             args.state == "all" ? std::string("no claims") : fmt::format("no {} claims", args.state));
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
  const std::string phone = TRY(phone_of_flag(args.phone));
  Listed claims;
  database->read([&](db::Transaction& tx) {
    claims = cut_at(tx.query(sql::cli::claims, {{"state", args.state},
                                                {"tenant", args.tenant},
                                                {"phone", phone},
                                                {"claim", ""},
                                                {"limit", args.limit + 1}}),
                    args.limit);
  });
  if (args.json)
    print_json(context.out, listed_json("claims", claims, claim_json));
  else
    print(context.out, claims, args, context.width);
  return Exit::ok;
}

Answer show_claim(const ClaimsShowArgs& args, const Context& context) {
  constexpr std::int64_t most_acts = 100;
  std::optional<db::Row> row;
  Listed acts;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    row = tx.one(sql::cli::claims,
                 {{"state", "all"}, {"tenant", ""}, {"phone", ""}, {"claim", args.claim}, {"limit", 1}});
    acts = cut_at(tx.query(sql::cli::acts_on,
                           {{"stage", ""}, {"key", Key{"completion", args.claim}.text()}, {"limit", most_acts + 1}}),
                  most_acts);
  });
  if (!row)
    return refuse(Exit::usage,
                  fmt::format("there is no claim {}; see: milkrun claims list", text::one_line(args.claim, 120)));
  if (args.json) {
    Json out = claim_json(*row);
    out["acts"] = listed_json("acts", acts, act_json)["acts"];
    print_json(context.out, out);
    return Exit::ok;
  }
  Facts facts;
  for (const char* name : {"id", "state", "tenant", "campaign", "task", "platform", "action", "object_id", "url",
                           "phone", "name", "handle", "code"})
    facts.add(name, row->text(name));
  facts.add("claimed", when(*row, "claimed_at"));
  facts.add("deadline", when(*row, "deadline_at"));
  facts.add("looks", std::to_string(row->integer("looks")));
  facts.add("next look", when(*row, "look_at"));
  facts.add("decided", when(*row, "decided_at"));
  facts.add("grade", row->text_or_empty("grade"));
  facts.add("source", row->text("source"));
  facts.add("evidence", row->text("evidence"));
  facts.add("why", why(*row));
  facts.print(context.out, context.width);
  if (!acts.rows.empty()) print_acts(context.out << '\n', acts, most_acts, context.width, "");
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
  const Vault vault = TRY(open_vault(context.settings, *database));
  const OperatorWord word{.tenant = {row->text("tenant_id")},
                          .claim = args.claim,
                          .yes = args.verify,
                          .by = text::one_line(args.by, 120),
                          .reason = text::one_line(args.reason, 300)};
  if (!milkrun::decide_claim(claims_job(args.jobs), word, row->text("state"), who(args.by), *database, vault,
                             context.clock, {context.settings.job, context.settings.run.budgets}))
    return refuse(Exit::usage,
                  fmt::format("claim {} is {} already and stays so", name, find().value_or(*row).text("state")));
  log::info("claim_decided", {{"claim", args.claim},
                              {"by", word.by.empty() ? "operator" : "operator: " + word.by},
                              {"word", args.verify ? "verify" : "reject"}});
  if (context.terminal) context.out << fmt::format("{} is {}\n", name, args.verify ? "verified" : "rejected");
  return Exit::ok;
}

} // namespace milkrun::cli
