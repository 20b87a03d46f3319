// `milkrun campaigns`: the drips, who stands at which step, why others left, and what a drip is worth beside nothing.
#include "sql/campaigns.hpp"
#include "base/text.hpp"
#include "base/words.hpp"
#include "cli/campaign_document.hpp"
#include "cli/commands.hpp"
#include "cli/import/duration.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "outreach/lift.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace milkrun::cli {
namespace {

Json lift_json(const outreach::Lift& lift) {
  Json out = {
      {"got", lift.got}, {"got_replied", lift.got_replied}, {"held", lift.held}, {"held_replied", lift.held_replied}};
  const auto times = lift.hundredths();
  out["times"] = times ? Json(static_cast<double>(*times) / 100) : Json(nullptr);
  return out;
}

Json campaign_json(const db::Row& row) {
  Json out = {{"tenant", row.text("tenant")},
              {"campaign", row.text("slug")},
              {"name", row.text("name")},
              {"status", row.text("status")},
              {"holdout_percent", row.integer("holdout_percent")}};
  for (const char* name : {"active", "completed", "exited", "holdout"}) out[name] = row.integer(name);
  return out;
}

struct Drip {
  std::optional<db::Row> row;
  db::Rows steps, exits;
  outreach::Lift lift;
};

Json as_json(const Drip& drip) {
  Json out = campaign_json(*drip.row);
  out["steps"] = Json::array();
  for (const db::Row& row : drip.steps)
    out["steps"].push_back({{"step", row.text("slug")},
                            {"active", row.flag("active")},
                            {"standing", row.integer("standing")},
                            {"next_at", time_or_null(row, "next_at")}});
  out["exits"] = Json::array();
  for (const db::Row& row : drip.exits)
    out["exits"].push_back({{"reason", reason_of(row).text()},
                            {"code", row.text("reason")},
                            {"args", reason_of(row).args()},
                            {"people", row.integer("people")}});
  out["lift"] = lift_json(drip.lift);
  out["document"] = drip_document(*drip.row, drip.steps);
  return out;
}

std::string listed(const db::Row& row, std::string_view column) {
  return fmt::format("{}", fmt::join(words_in(row.text(column)), ", "));
}

// What was imported of it, but for the texts: those the document and a preview show.
void add_terms(Facts& facts, const db::Row& row) {
  facts.add("zone", row.text("zone"));
  facts.add("window", row.text("window_start") == row.text("window_end")
                          ? "always"
                          : row.text("window_start") + " to " + row.text("window_end"));
  facts.add("weekdays", listed(row, "weekdays"));
  facts.add("message_ttl", duration_words(Millis(row.integer("message_ttl_ms"))));
  facts.add("link", row.text("link"));
  if (!row.flag("notifications")) facts.add("notifications", "off: nothing is sent");
  std::vector<std::string> ends;
  if (row.flag("exit_on_reply")) ends.emplace_back("a reply");
  if (row.flag("exit_on_opt_out")) ends.emplace_back("an opt-out");
  if (!row.text("goal_tag").empty()) ends.push_back("the tag " + row.text("goal_tag"));
  facts.add("ends with", fmt::format("{}", fmt::join(ends, ", ")));
  facts.add("reentry", row.text("reentry") == "never"
                           ? "never"
                           : fmt::format("{} days after completion", row.integer("reentry_days")));
}

void print(std::ostream& out, const Drip& drip, std::size_t width) {
  const db::Row& row = *drip.row;
  Facts facts;
  for (const char* name : {"tenant", "slug", "name", "status"}) facts.add(name, row.text(name));
  for (const char* name : {"active", "completed", "exited"}) facts.add(name, std::to_string(row.integer(name)));
  if (row.integer("holdout_percent") > 0)
    facts.add("held out", fmt::format("{} ({}%)", row.integer("holdout"), row.integer("holdout_percent")));
  facts.add("lift", drip.lift.text());
  add_terms(facts, row);
  facts.print(out, width);
  using C = Table::Column;
  Table steps({{"STEP"}, {"COMES"}, {"BY"}, {"STANDING BEFORE IT", C::right}, {"NEXT"}, {"CONDITION", C::prose}});
  for (const db::Row& step : drip.steps)
    steps.add({step.text("slug") + (step.flag("active") ? "" : " (off)"), delay_words(step), listed(step, "channels"),
               std::to_string(step.integer("standing")), when(step, "next_at"), step.text("condition")});
  if (!steps.empty()) steps.print(out << '\n', width);
  Table exits({{"LEFT BECAUSE", Table::Column::prose}, {"PEOPLE", Table::Column::right}});
  for (const db::Row& exit : drip.exits) exits.add({reason_of(exit).text(), std::to_string(exit.integer("people"))});
  if (!exits.empty()) exits.print(out << '\n', width);
}

} // namespace

Answer list_campaigns(const CampaignsListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  Listed drips;
  database->read([&](db::Transaction& tx) {
    drips = cut_at(tx.query(sql::campaigns::drips, {{"tenant", args.tenant}, {"slug", ""}, {"limit", args.limit + 1}}),
                   args.limit);
  });
  if (args.json) {
    print_json(context.out, listed_json("campaigns", drips, campaign_json));
    return Exit::ok;
  }
  using C = Table::Column;
  Table table({{"TENANT"},
               {"CAMPAIGN"},
               {"STATUS"},
               {"ACTIVE", C::right},
               {"COMPLETED", C::right},
               {"EXITED", C::right},
               {"HELD OUT", C::right}});
  for (const db::Row& row : drips.rows)
    table.add({row.text("tenant"), row.text("slug"), row.text("status"), std::to_string(row.integer("active")),
               std::to_string(row.integer("completed")), std::to_string(row.integer("exited")),
               std::to_string(row.integer("holdout"))});
  print_list(context.out, table, drips, args.limit, context.width, "no drips");
  return Exit::ok;
}

Answer show_campaign(const CampaignsShowArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  Drip drip;
  database->read([&](db::Transaction& tx) {
    drip = {};
    drip.row =
        tx.one(sql::campaigns::drips, {{"tenant", args.tenant}, {"slug", args.campaign}, {"limit", std::int64_t{1}}});
    if (!drip.row) return;
    const db::Param campaign("campaign", drip.row->text("id"));
    drip.steps = tx.query(sql::campaigns::steps, {campaign});
    drip.exits = tx.query(sql::campaigns::exits, {campaign});
    drip.lift = outreach::lift_of(tx, drip.row->text("id"));
  });
  if (!drip.row)
    return refuse(Exit::usage, fmt::format("{} has no drip {}; see: milkrun campaigns list", args.tenant,
                                           text::one_line(args.campaign, 80)));
  if (args.json)
    print_json(context.out, as_json(drip));
  else
    print(context.out, drip, context.width);
  return Exit::ok;
}

} // namespace milkrun::cli
