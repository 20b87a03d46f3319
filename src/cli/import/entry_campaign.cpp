// The campaigns of a tenant and their tasks.
#include "cli/import/checks.hpp"
#include "cli/import/entries.hpp"
#include "cli/import/fields.hpp"
#include "cli/import/wordings.hpp"
#include "content/template.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

constexpr Millis day{86'400'000};

std::optional<std::string> upper_word(Fields& fields, std::string_view name, Reading& reading) {
  auto word = fields.text(name);
  if (!word) return word;
  std::ranges::transform(*word, word->begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  reading.note(fields.where(name), check_upper_word(*word));
  return word;
}

std::optional<std::string> link_of(Fields& fields, std::string_view name, Reading& reading) {
  auto link = fields.text(name, 2048);
  if (link) reading.note(fields.where(name), check_link(*link));
  return link;
}

TaskEntry read_task(const nlohmann::json& json, const std::string& where, std::string_view tenant, Reading& reading) {
  Fields fields(json, where, reading.problems);
  TaskEntry entry{.where = where, .slug = fields.text("slug").value_or("")};
  reading.note(fields.where("slug"), check_slug(entry.slug));
  entry.active = fields.boolean("active");
  entry.platform = upper_word(fields, "platform", reading);
  entry.action = upper_word(fields, "action", reading);
  entry.object_id = fields.text("object_id");
  if (entry.object_id) reading.note(fields.where("object_id"), check_object_id(*entry.object_id));
  entry.url = link_of(fields, "url", reading);
  entry.title = fields.text("title");
  if (entry.title && entry.title->empty()) fields.wrong("title", "is empty; messages name the task by it");
  entry.reward_spins = fields.integer("reward_spins", 0, 1'000'000);
  entry.patience = fields.duration("patience", Millis(60'000), 365 * day);
  entry.credentials = read_credentials(fields, Holder::task, tenant, reading);
  fields.finish();
  return entry;
}

void check_pattern(const std::string& where, std::string_view pattern, Reading& reading) {
  reading.note(where, content::check_template(pattern, content::campaign_placeholders()));
}

void read_window(Fields& campaign, CampaignEntry& entry, Reading& reading) {
  const nlohmann::json* json = campaign.object("window");
  if (!json) return;
  Fields fields(*json, campaign.where("window"), reading.problems);
  entry.window_start = fields.clock("start");
  entry.window_end = fields.clock("end");
  fields.finish();
  for (const char* name : {"start", "end"})
    if (!fields.given(name)) fields.wrong(name, "is missing; give both ends, such as \"09:00\" and \"21:00\"");
}

std::optional<TemplateEntry> read_template(Fields& campaign, Reading& reading) {
  const nlohmann::json* json = campaign.object("template");
  if (!json) return std::nullopt;
  Fields fields(*json, campaign.where("template"), reading.problems);
  TemplateEntry entry{.name = fields.text("name").value_or(""),
                      .language = fields.text("language", 20).value_or(""),
                      .parameters = fields.texts("parameters", 1024).value_or(std::vector<std::string>())};
  const auto check = [&](const std::string& at, const std::string& pattern, const std::string&) {
    check_pattern(at, pattern, reading);
    if (pattern.find_first_of("\n\r\t") != std::string::npos)
      reading.note(at, "must be one line: WhatsApp takes no line break in a template's parameter");
  };
  entry.instead = read_instead(fields, reading, check);
  fields.finish();
  if (entry.name.empty()) fields.wrong("name", "is missing; give the template's name, or null for no template");
  for (std::size_t i = 0; i < entry.parameters.size(); ++i)
    check(fmt::format("{}[{}]", fields.where("parameters"), i), entry.parameters[i], entry.language);
  return entry;
}

void read_messages(Fields& fields, CampaignEntry& entry, Reading& reading) {
  entry.notifications = fields.boolean("notifications");
  read_window(fields, entry, reading);
  entry.message_ttl = fields.duration("message_ttl", Millis(60'000), 30 * day);
  entry.message = fields.lines("message", 4096);
  if (entry.message) check_pattern(fields.where("message"), *entry.message, reading);
  entry.message_template = fields.nullable("template", [&] { return read_template(fields, reading); });
  entry.link = link_of(fields, "link", reading);
}

} // namespace

CampaignEntry read_campaign(const nlohmann::json& json, const std::string& where, std::string_view tenant,
                            Reading& reading) {
  Fields fields(json, where, reading.problems);
  CampaignEntry entry{.where = where, .slug = fields.text("slug").value_or("")};
  reading.note(fields.where("slug"), check_slug(entry.slug));
  entry.name = fields.text("name");
  entry.kind = fields.word("kind", {"social", "drip"});
  entry.status = fields.word("status", {"draft", "running", "paused", "ended"});
  entry.starts_at = fields.nullable("starts_at", [&] { return fields.instant("starts_at"); });
  entry.ends_at = fields.nullable("ends_at", [&] { return fields.instant("ends_at"); });
  entry.policy = fields.word("policy", {"meta", "platform", "followers", "counters", "statistical", "honor", "manual"});
  entry.acknowledged_by = fields.text("acknowledged_by");
  entry.acknowledged_on = fields.date("acknowledged_on");
  entry.probability = fields.number("probability", 0, 1);
  entry.honor_cap = fields.integer("honor_cap", 1, 1000);
  entry.visit_time = fields.duration("visit_time", Millis(0), day);
  read_messages(fields, entry, reading);
  read_drip(fields, entry, reading);
  entry.credentials = read_credentials(fields, Holder::campaign, tenant, reading);
  Once tasks(reading);
  fields.objects("tasks", [&](const nlohmann::json& one, const std::string& at) {
    entry.tasks.push_back(read_task(one, at, tenant, reading));
    tasks.add(entry.tasks.back().slug, at + ".slug");
  });
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
