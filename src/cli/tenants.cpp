// `milkrun tenants`: who is served, by which rules, with whose credentials, and what waits for what.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

// What stands in the way of the tenant as a whole.
Reason trouble_of(const db::Row& row) {
  if (row.flag("stopped")) return "tenant.switched_off";
  if (!row.flag("active")) return row.null("portal") ? Reason("tenant.inactive") : Reason("portal.left_list");
  return Reason::stored(row.text("portal_says"), row.text("portal_args"));
}

Json tenant_json(const db::Row& row) {
  Json out = {{"tenant", row.text("slug")},         {"name", row.text("name")},
              {"active", row.flag("active")},       {"portal", row.text_or_empty("portal")},
              {"plan", row.text_or_empty("plan")},  {"publish_mode", row.text("publish_mode")},
              {"frequency", row.text("frequency")}, {"trouble", trouble_of(row).text()},
              {"code", trouble_of(row).code()},     {"args", trouble_of(row).args()}};
  if (row.has("feeds")) out["feeds"] = row.integer("feeds");
  return out;
}

struct Tenant {
  std::optional<db::Row> row;
  db::Rows credentials, usage, waiting;
};

Json as_json(const Tenant& tenant) {
  Json out = tenant_json(*tenant.row);
  out["test_mode"] = !tenant.row->text("test_mode").empty();
  for (const char* name : {"timezone", "language", "writer"}) out[name] = tenant.row->text(name);
  out["max_items"] = tenant.row->integer("max_items");
  out["created_at"] = time_or_null(*tenant.row, "created_at");
  for (const char* list : {"credentials", "usage", "waiting"}) out[list] = Json::array();
  for (const db::Row& row : tenant.credentials)
    out["credentials"].push_back({{"service", row.text("service")},
                                  {"scope", row.text("scope")},
                                  {"base_url", row.text("base_url")},
                                  {"account", row.text("account")},
                                  {"updated_at", time_or_null(row, "updated_at")}});
  for (const db::Row& row : tenant.usage)
    out["usage"].push_back({{"meter", row.text("meter")},
                            {"period", row.text("period")},
                            {"used", row.integer("used")},
                            {"reserved", row.integer("reserved")}});
  for (const db::Row& row : tenant.waiting)
    out["waiting"].push_back({{"stage", row.text("stage")},
                              {"state", row.text("state")},
                              {"items", row.integer("items")},
                              {"next_at", time_or_null(row, "next_at")},
                              {"reason", reason_of(row).text()},
                              {"code", row.text("reason")},
                              {"args", reason_of(row).args()}});
  return out;
}

void print(std::ostream& out, const Tenant& tenant, std::size_t width) {
  using C = Table::Column;
  const db::Row& row = *tenant.row;
  Facts facts;
  facts.add("tenant", row.text("slug"));
  facts.add("name", row.text("name"));
  facts.add("trouble", trouble_of(row).text());
  if (const std::string& whose = row.text("test_mode"); !whose.empty())
    facts.add("test mode", fmt::format("only {} safe_recipients are written to", whose));
  facts.add("portal", row.text_or_empty("portal"));
  facts.add("its id there", row.text_or_empty("portal_ref"));
  facts.add("plan", row.text_or_empty("plan"));
  facts.add("zone, language", fmt::format("{} {}", row.text("timezone"), row.text("language")));
  facts.add("publishes", fmt::format("{}, {}, at most {} a slot, written by {}", row.text("publish_mode"),
                                     row.text("frequency"), row.integer("max_items"), row.text("writer")));
  facts.print(out, width);
  Table credentials({{"SERVICE"}, {"SCOPE"}, {"ADDRESS", C::prose}, {"ACCOUNT", C::prose}, {"CHANGED"}});
  for (const db::Row& c : tenant.credentials)
    credentials.add({c.text("service"), c.text("scope"), c.text("base_url"), c.text("account"), when(c, "updated_at")});
  if (!credentials.empty()) credentials.print(out << '\n', width);
  Table usage({{"METER"}, {"PERIOD"}, {"USED", C::right}, {"RESERVED", C::right}});
  for (const db::Row& u : tenant.usage)
    usage.add(
        {u.text("meter"), u.text("period"), std::to_string(u.integer("used")), std::to_string(u.integer("reserved"))});
  if (!usage.empty()) usage.print(out << '\n', width);
  Table waiting({{"STAGE"}, {"STATE"}, {"ITEMS", C::right}, {"NEXT"}, {"WHY", C::prose}});
  for (const db::Row& w : tenant.waiting)
    waiting.add({w.text("stage"), w.text("state"), std::to_string(w.integer("items")), when(w, "next_at"),
                 reason_of(w).text()});
  if (!waiting.empty()) waiting.print(out << '\n', width);
}

} // namespace

Answer list_tenants(const TenantsListArgs& args, const Context& context) {
  using C = Table::Column;
  Listed tenants;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    tenants = cut_at(tx.query(sql::cli::tenants_listed, {{"limit", args.limit + 1}}), args.limit);
  });
  if (args.json) {
    print_json(context.out, listed_json("tenants", tenants, tenant_json));
    return Exit::ok;
  }
  Table table(
      {{"TENANT"}, {"NAME", C::prose}, {"PORTAL"}, {"PLAN"}, {"MODE"}, {"FEEDS", C::right}, {"TROUBLE", C::prose}});
  for (const db::Row& row : tenants.rows)
    table.add({row.text("slug"), row.text("name"), row.text_or_empty("portal"), row.text_or_empty("plan"),
               row.text("publish_mode"), std::to_string(row.integer("feeds")), trouble_of(row).text()});
  print_list(context.out, table, tenants, args.limit, context.width, "no tenants yet; see: milkrun import");
  return Exit::ok;
}

Answer show_tenant(const TenantsShowArgs& args, const Context& context) {
  Tenant tenant;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    tenant.row = tx.one(sql::cli::tenant, {{"slug", args.tenant}});
    if (!tenant.row) return;
    const std::string& id = tenant.row->text("id");
    tenant.credentials = tx.query(sql::cli::tenant_credentials, {{"tenant", id}});
    tenant.usage = tx.query(sql::cli::tenant_usage, {{"tenant", id}});
    tenant.waiting = tx.query(sql::cli::tenant_waiting, {{"tenant", id}});
  });
  if (!tenant.row)
    return refuse(Exit::usage,
                  fmt::format("there is no tenant {}; see: milkrun tenants list", text::one_line(args.tenant, 80)));
  if (args.json)
    print_json(context.out, as_json(tenant));
  else
    print(context.out, tenant, context.width);
  return Exit::ok;
}

} // namespace milkrun::cli
