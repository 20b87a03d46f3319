// Plans, portals and credentials of an import document: types, words and ranges as the schema has them.
#include "cli/import/entries.hpp"

#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/fields.hpp"
#include "providers/ai/ai.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

// Services that a platform credential may serve; a grant names one of them.
void check_grants(const std::optional<std::vector<std::string>>& grants, const std::string& where, Reading& reading) {
  for (const std::string& service : grants.value_or(std::vector<std::string>()))
    if (service != "ai")
      reading.note(
          where, fmt::format("names \"{}\"; the platform shares the service \"ai\" only", text::one_line(service, 80)));
}

void check_wordpress(const CredentialEntry& entry, Reading& reading) {
  if (entry.account.empty()) reading.note(entry.where + ".account", "is missing; give the WordPress user name");
  if (entry.secret.empty())
    reading.note(entry.where + ".secret", "is missing; give an application password of that user");
  if (entry.settings != "{}")
    reading.note(entry.where + ".settings", "must be left out: the service wordpress has none");
}

} // namespace

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

PlanEntry read_plan(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  PlanEntry entry{.where = where, .slug = fields.text("slug").value_or("")};
  reading.note(fields.where("slug"), check_slug(entry.slug));
  entry.limit_given = fields.given("posts_per_month");
  if (!fields.null("posts_per_month")) entry.posts_per_month = fields.integer("posts_per_month", 0, 1'000'000);
  fields.finish();
  return entry;
}

PortalEntry read_portal(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  PortalEntry entry{.where = where,
                    .slug = fields.text("slug").value_or(""),
                    .base_url = fields.text("base_url", 2048),
                    .timezone = fields.text("timezone"),
                    .writer = fields.word("writer", {"ai", "passthrough"}),
                    .max_items = fields.integer("max_items", 1, 100),
                    .sync_interval = fields.duration("sync_interval", Millis(1000), Millis(86'400'000)),
                    .grants = fields.texts("grants"),
                    .token = fields.secret("token"),
                    .api_key = fields.secret("api_key"),
                    .active = fields.boolean("active")};
  fields.finish();
  reading.note(fields.where("slug"), check_slug(entry.slug));
  if (entry.base_url)
    reading.note(fields.where("base_url"), check_url(*entry.base_url, "operator", "portal", reading.allow));
  if (entry.timezone) reading.note(fields.where("timezone"), check_zone(*entry.timezone));
  for (const auto& [name, value] : {std::pair("token", &entry.token), std::pair("api_key", &entry.api_key)})
    if (*value && (*value)->empty()) reading.note(fields.where(name), "is empty; leave it out to keep the stored one");
  check_grants(entry.grants, fields.where("grants"), reading);
  return entry;
}

CredentialEntry read_credential(const nlohmann::json& json, const std::string& where, std::string_view tenant,
                                Reading& reading) {
  Fields fields(json, where, reading.problems);
  const auto service = tenant.empty() ? fields.word("service", {"ai"}) : fields.word("service", {"wordpress", "ai"});
  CredentialEntry entry{.where = where,
                        .service = service.value_or(""),
                        .base_url = fields.text("base_url", 2048).value_or(""),
                        .account = fields.text("account").value_or(""),
                        .settings = fields.object_text("settings").value_or("{}"),
                        .secret = fields.secret("secret").value_or(Secret())};
  fields.finish();
  if (!fields.given("service")) fields.wrong("service", "is missing; it must be wordpress or ai");
  if (!fields.given("base_url")) fields.wrong("base_url", "is missing; give the URL where the service lives");
  if (!service) return entry;
  // A platform credential is used in the name of every tenant that has a grant.
  if (!entry.base_url.empty())
    reading.note(fields.where("base_url"), check_url(entry.base_url, tenant, entry.service, reading.allow));
  if (entry.service == "wordpress") check_wordpress(entry, reading);
  if (entry.service == "ai")
    if (const auto good = ai::check_settings(entry.settings); !good)
      fields.wrong("settings", text::one_line(good.error().detail, 300));
  return entry;
}

} // namespace milkrun::cli
