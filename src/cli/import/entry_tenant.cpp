// The tenants of an import document, with all that hangs on them.
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "content/filter.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

std::optional<std::vector<std::string>> read_patterns(Fields& fields, std::string_view name, Reading& reading) {
  std::optional<std::vector<std::string>> patterns = fields.texts_with_empty(name);
  for (std::size_t i = 0; patterns && i < patterns->size(); ++i)
    reading.note(fmt::format("{}[{}]", fields.where(name), i), content::pattern_problem((*patterns)[i]));
  return patterns;
}

FeedEntry read_feed(const nlohmann::json& json, const std::string& where, std::string_view tenant, Reading& reading) {
  Fields fields(json, where, reading.problems);
  FeedEntry entry{.where = where,
                  .url = fields.text("url", 2048).value_or(""),
                  .first_poll = fields.word("first_poll", {"newest", "none"}),
                  .include = read_patterns(fields, "include", reading),
                  .exclude = read_patterns(fields, "exclude", reading),
                  .active = fields.boolean("active")};
  fields.finish();
  if (!fields.given("url"))
    fields.wrong("url", "is missing; give the feed's address");
  else if (!entry.url.empty())
    reading.note(fields.where("url"), check_url(entry.url, tenant, "feed", reading.allow));
  return entry;
}

void read_publishing(Fields& fields, TenantEntry& entry, Reading& reading) {
  entry.publish_mode = fields.word("publish_mode", {"publish", "draft"});
  entry.frequency = fields.word("frequency", {"daily", "3x_week", "weekly"});
  entry.writer = fields.word("writer", {"ai", "passthrough"});
  entry.max_items = fields.integer("max_items", 1, 100);
  entry.categories = fields.texts("categories");
  entry.include = read_patterns(fields, "include", reading);
  entry.exclude = read_patterns(fields, "exclude", reading);
  Once urls(reading);
  fields.objects("feeds", [&](const nlohmann::json& json, const std::string& at) {
    entry.feeds.push_back(read_feed(json, at, entry.slug, reading));
    urls.add(entry.feeds.back().url, at + ".url");
  });
}

void read_messaging(Fields& fields, TenantEntry& entry) {
  entry.sender_interval = fields.duration("sender_interval", Millis(0), Millis(86'400'000));
  const auto cap = [&](std::string_view name, std::int64_t least) {
    return fields.nullable(name, [&] { return fields.integer(name, least, 1'000'000); });
  };
  entry.messages_per_day = cap("messages_per_day", 0);
  entry.contact_daily_cap = cap("contact_daily_cap", 1);
  entry.warmup_start = fields.nullable("warmup_start", [&] { return fields.date("warmup_start"); });
}

// One claim of one person for one task; its code is unique in the task.
void read_completions(Fields& fields, TenantEntry& entry, Reading& reading) {
  Once claims(reading), codes(reading);
  fields.objects("completions", [&](const nlohmann::json& json, const std::string& at) {
    const CompletionEntry& one = entry.completions.emplace_back(read_completion(json, at, reading));
    if (one.campaign.empty() || one.task.empty() || one.contact.empty()) return; // noted already
    const std::string task = fmt::format("{}/{}", one.campaign, one.task);
    claims.add(fmt::format("{} by {}", task, one.contact), at);
    if (one.code && !one.code->empty()) codes.add(fmt::format("{} of {}", text::lower(*one.code), task), at + ".code");
  });
}

void read_people(Fields& fields, TenantEntry& entry, Reading& reading) {
  Once contacts(reading), suppressed(reading);
  fields.objects("contacts", [&](const nlohmann::json& json, const std::string& at) {
    entry.contacts.push_back(read_contact(json, at, reading));
    for (const char* key : {"phone", "email", "ref"})
      contacts.add(entry.contacts.back().given.text(key), fmt::format("{}.{}", at, key));
  });
  read_completions(fields, entry, reading);
  fields.objects("suppressions", [&](const nlohmann::json& json, const std::string& at) {
    const SuppressionEntry& one = entry.suppressions.emplace_back(read_suppression(json, at, reading));
    suppressed.add(one.scope == "all" || one.address.empty() ? one.address : one.scope + " to " + one.address,
                   fmt::format("{}.{}", at, one.channel == "email" ? "email" : "phone"));
  });
}

void read_reminders(Fields& fields, TenantEntry& entry, Reading& reading) {
  Once rules(reading), numbers(reading), walks(reading);
  fields.objects("reminder_rules", [&](const nlohmann::json& json, const std::string& at) {
    entry.reminder_rules.push_back(read_rule(json, at, reading));
    rules.add(entry.reminder_rules.back().slug, at + ".slug");
  });
  fields.objects("invoices", [&](const nlohmann::json& json, const std::string& at) {
    entry.invoices.push_back(read_invoice(json, at, reading));
    numbers.add(entry.invoices.back().number, at + ".number");
  });
  fields.objects("enrollments", [&](const nlohmann::json& json, const std::string& at) {
    const EnrollmentEntry& one = entry.enrollments.emplace_back(read_enrollment(json, at, reading));
    if (!one.campaign.empty() && !one.contact.empty())
      walks.add(fmt::format("{} in {}", one.contact, one.campaign), at);
  });
}

} // namespace

TenantEntry read_tenant(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  TenantEntry entry;
  entry.where = where;
  entry.slug = fields.text("slug").value_or("");
  reading.note(fields.where("slug"), check_tenant_slug(entry.slug));
  entry.name = fields.text("name");
  entry.timezone = fields.text("timezone");
  if (entry.timezone) reading.note(fields.where("timezone"), check_zone(*entry.timezone));
  entry.language = fields.text("language", 80);
  entry.tone = fields.text("tone");
  entry.plan = fields.nullable("plan", [&] { return fields.text("plan"); });
  if (entry.plan.value) reading.note(fields.where("plan"), check_slug(*entry.plan.value));
  entry.active = fields.boolean("active");
  entry.grants = read_grants(fields);
  const std::string owner = entry.slug.empty() ? "?" : entry.slug; // "" would be the platform
  entry.credentials = read_credentials(fields, Holder::tenant, owner, reading);
  read_publishing(fields, entry, reading);
  read_messaging(fields, entry);
  Once campaigns(reading);
  fields.objects("campaigns", [&](const nlohmann::json& one, const std::string& at) {
    entry.campaigns.push_back(read_campaign(one, at, owner, reading));
    campaigns.add(entry.campaigns.back().slug, at + ".slug");
  });
  read_people(fields, entry, reading);
  entry.outreach = read_given(tenant_outreach_entity(), fields, reading);
  entry.test_mode = read_given(test_mode_entity(), fields, reading);
  read_reminders(fields, entry, reading);
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
