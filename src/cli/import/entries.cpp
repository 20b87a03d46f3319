// Plans and portals of an import document, and what the readers of all entries share.
#include "cli/import/entries.hpp"

#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/fields.hpp"

#include <fmt/format.h>
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

PlanEntry read_plan(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  PlanEntry entry{.where = where, .slug = fields.text("slug").value_or("")};
  reading.note(fields.where("slug"), check_slug(entry.slug));
  const auto limit = [&](std::string_view name) {
    return fields.nullable(name, [&] { return fields.integer(name, 0, 1'000'000); });
  };
  entry.posts_per_month = limit("posts_per_month");
  entry.messages_per_month = limit("messages_per_month");
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
                    .max_tenants = fields.integer("max_tenants", 1, 50'000),
                    .sync_interval = fields.duration("sync_interval", Millis(1000), Millis(86'400'000)),
                    .grants = read_grants(fields),
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
  return entry;
}

} // namespace milkrun::cli
