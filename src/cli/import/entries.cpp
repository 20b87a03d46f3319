// Plans and portals of an import document, and what the readers of all entries share.
#include "cli/import/entries.hpp"

#include "cli/import/checks.hpp"
#include "cli/import/typed_tables.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {

void Reading::note(const std::string& where, std::string what) {
  if (!what.empty()) problems.push_back({where, std::move(what)});
}

void Once::add(const std::string& name, const std::string& where) {
  if (name.empty()) return; // noted already
  const auto [found, fresh] = first_.try_emplace(name, where);
  if (!fresh)
    reading_.note(where,
                  fmt::format("\"{}\" is given already at {}; keep one", text::one_line(name, 120), found->second));
}

const TypedEntity<PlanEntry>& plan_table() {
  using namespace typed;
  using E = PlanEntry;
  static const TypedEntity<E> table{
      .name = "plans",
      .table = "plans",
      .fields = {
          line("slug", &E::slug, "what the plan is known by").in("slug"),
          whole_or_null("posts_per_month", &E::posts_per_month, 0, 1'000'000, "null: no limit").in("posts_per_month"),
          whole_or_null("messages_per_month", &E::messages_per_month, 0, 1'000'000, "null: no limit")
              .in("messages_per_month")}};
  return table;
}

PlanEntry read_plan(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  PlanEntry entry{.where = where, .slug = {}};
  read_typed(plan_table(), entry, fields, reading);
  reading.note(fields.where("slug"), check_slug(entry.slug));
  fields.finish();
  return entry;
}

const TypedEntity<PortalEntry>& portal_table() {
  using namespace typed;
  using E = PortalEntry;
  static const TypedEntity<E> table{
      .name = "portals",
      .table = "portals",
      .fields = {
          line("slug", &E::slug, "what the portal is known by").in("slug"),
          line("base_url", &E::base_url,
               "of its WordPress; tokens are bound to its host: with a new host they are given again", 2048)
              .in("base_url"),
          line("timezone", &E::timezone, "of its new tenants; an IANA name", 200, check_zone).in("timezone"),
          word("writer", &E::writer, {"ai", "passthrough"}, "of its new tenants: who writes posts").in("writer"),
          whole("max_items", &E::max_items, 1, 100, "of its new tenants: posts a slot").in("max_items"),
          whole("max_tenants", &E::max_tenants, 1, 50'000,
                "so many of its tenants are taken in, those that left its list included; more are left out and told")
              .in("max_tenants"),
          span("sync_interval", &E::sync_interval, Millis(1000), Millis(86'400'000), "how often its list is read")
              .in("sync_interval_ms"),
          other<E>("grants", "a list of services of the platform",
                   "of its new tenants: whose platform credential they may use, within the budgets of [platform.*]",
                   [](E& e, Fields& f, std::string_view, Reading&) { e.grants = read_grants(f); })
              .in("grants"),
          secret("token", &E::token, "of its tenant list").or_else("needed for a new one"),
          secret("api_key", &E::api_key, "of its callback; without one it is told nothing").or_else("none"),
          flag("active", &E::active, "false: it is not read").in("active")}};
  return table;
}

PortalEntry read_portal(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  PortalEntry entry{};
  entry.where = where;
  read_typed(portal_table(), entry, fields, reading);
  fields.finish();
  reading.note(fields.where("slug"), check_slug(entry.slug));
  if (entry.base_url) {
    const std::string secret = check_no_secret(*entry.base_url, "token");
    reading.note(fields.where("base_url"),
                 secret.empty() ? check_url(*entry.base_url, "operator", "portal", reading.allow) : secret);
  }
  for (const auto& [name, value] : {std::pair("token", &entry.token), std::pair("api_key", &entry.api_key)})
    if (*value && (*value)->empty()) reading.note(fields.where(name), "is empty; leave it out to keep the stored one");
  return entry;
}

} // namespace milkrun::cli
