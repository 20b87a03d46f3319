// The tenants of an import document, with their credentials and feeds.
#include "cli/import/checks.hpp"
#include "cli/import/entries.hpp"
#include "cli/import/fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

FeedEntry read_feed(const nlohmann::json& json, const std::string& where, std::string_view tenant, Reading& reading) {
  Fields fields(json, where, reading.problems);
  FeedEntry entry{.where = where,
                  .url = fields.text("url", 2048).value_or(""),
                  .first_poll = fields.word("first_poll", {"newest", "none"}),
                  .active = fields.boolean("active")};
  fields.finish();
  if (!fields.given("url"))
    fields.wrong("url", "is missing; give the feed's address");
  else if (!entry.url.empty())
    reading.note(fields.where("url"), check_url(entry.url, tenant, "feed", reading.allow));
  return entry;
}

void read_plan_of(Fields& fields, TenantEntry& entry, Reading& reading) {
  entry.plan_given = fields.given("plan");
  if (fields.null("plan")) return;
  entry.plan = fields.text("plan");
  if (entry.plan) reading.note(fields.where("plan"), check_slug(*entry.plan));
}

void read_children(Fields& fields, TenantEntry& entry, Reading& reading) {
  Once services(reading), urls(reading);
  fields.objects("credentials", [&](const nlohmann::json& json, const std::string& at) {
    entry.credentials.push_back(read_credential(json, at, entry.slug.empty() ? "?" : entry.slug, reading));
    services.add(entry.credentials.back().service, at + ".service");
  });
  fields.objects("feeds", [&](const nlohmann::json& json, const std::string& at) {
    entry.feeds.push_back(read_feed(json, at, entry.slug, reading));
    urls.add(entry.feeds.back().url, at + ".url");
  });
}

} // namespace

TenantEntry read_tenant(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  TenantEntry entry;
  entry.where = where;
  entry.slug = fields.text("slug").value_or("");
  reading.note(fields.where("slug"), check_slug(entry.slug));
  entry.name = fields.text("name");
  entry.timezone = fields.text("timezone");
  if (entry.timezone) reading.note(fields.where("timezone"), check_zone(*entry.timezone));
  entry.language = fields.text("language", 80);
  entry.tone = fields.text("tone");
  read_plan_of(fields, entry, reading);
  entry.publish_mode = fields.word("publish_mode", {"publish", "draft"});
  entry.frequency = fields.word("frequency", {"daily", "3x_week", "weekly"});
  entry.writer = fields.word("writer", {"ai", "passthrough"});
  entry.max_items = fields.integer("max_items", 1, 100);
  entry.categories = fields.texts("categories");
  entry.active = fields.boolean("active");
  entry.grants = fields.texts("grants");
  if (entry.grants && std::ranges::any_of(*entry.grants, [](const std::string& s) { return s != "ai"; }))
    fields.wrong("grants", "may name the service \"ai\" only: no other is shared by the platform");
  read_children(fields, entry, reading);
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
