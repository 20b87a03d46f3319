// Rules, invoices and the steps of drips: what their tables do not say.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "cli/import/wordings.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

// {"value": 3, "unit": "days"}: two columns, so that nobody asks which unit a number has.
void read_delay(Fields& step, Given& given, Reading& reading) {
  const nlohmann::json* json = step.object("delay");
  if (!json) return;
  Fields fields(*json, step.where("delay"), reading.problems);
  const auto value = fields.integer("value", 0, 100'000);
  const auto unit = fields.word("unit", {"minutes", "hours", "days", "weeks"});
  for (const std::string_view name : {"value", "unit"})
    if (!fields.given(name)) fields.wrong(name, "is missing; a delay is such as {\"value\": 2, \"unit\": \"days\"}");
  fields.finish();
  if (value) given.values["delay_value"] = *value;
  if (unit) given.values["delay_unit"] = *unit;
}

StepEntry read_step(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  StepEntry entry{.where = where, .slug = {}, .given = read_given(step_entity(), fields, reading)};
  entry.slug = entry.given.text("slug");
  if (!fields.given("slug")) fields.wrong("slug", "is missing; a step is known by it");
  read_delay(fields, entry.given, reading);
  read_template(fields, outreach::Kind::drip, entry.given, reading);
  fields.finish();
  return entry;
}

void read_exit(Fields& campaign, Given& given, Reading& reading) {
  const nlohmann::json* json = campaign.object("exit");
  if (!json) return;
  Fields fields(*json, campaign.where("exit"), reading.problems);
  for (const auto& [name, column] :
       {std::pair("on_reply", "exit_on_reply"), std::pair("on_opt_out", "exit_on_opt_out")})
    if (const auto yes = fields.boolean(name)) given.values[column] = std::int64_t{*yes ? 1 : 0};
  if (const auto tag = fields.text("goal_tag")) given.values["goal_tag"] = *tag;
  fields.finish();
}

OwnReminderEntry read_own_reminder(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  OwnReminderEntry entry{.where = where, .given = {}};
  for (const Field& field : rule_entity().fields)
    if (field.name == "offset_days" || field.name == "at" || field.name == "text")
      if (auto value = field.read(fields, field.name, reading))
        entry.given.values.emplace(field.column, *std::move(value));
  if (!fields.given("offset_days"))
    fields.wrong("offset_days", "is missing; give days after the due date, negative: before it");
  fields.finish();
  return entry;
}

} // namespace

void read_drip(Fields& campaign, CampaignEntry& entry, Reading& reading) {
  entry.drip = read_given(drip_entity(), campaign, reading);
  read_exit(campaign, entry.drip, reading);
  if (!campaign.given("steps")) return;
  entry.steps.emplace();
  Once slugs(reading);
  campaign.objects("steps", [&](const nlohmann::json& one, const std::string& at) {
    entry.steps->push_back(read_step(one, at, reading));
    slugs.add(entry.steps->back().slug, at + ".slug");
  });
}

RuleEntry read_rule(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  RuleEntry entry{.where = where, .slug = {}, .given = read_given(rule_entity(), fields, reading)};
  entry.slug = entry.given.text("slug");
  if (!fields.given("slug")) fields.wrong("slug", "is missing; a rule is known by it");
  read_template(fields, outreach::Kind::reminder, entry.given, reading);
  fields.finish();
  return entry;
}

InvoiceEntry read_invoice(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  InvoiceEntry entry{.where = where,
                     .number = {},
                     .contact = person_of(fields, "contact", false),
                     .given = read_given(invoice_entity(), fields, reading)};
  entry.number = entry.given.text("number");
  if (entry.number.empty()) fields.wrong("number", "is missing; an invoice is known by it");
  if (fields.given("reminders")) {
    entry.reminders.emplace();
    Once offsets(reading);
    fields.objects("reminders", [&](const nlohmann::json& one, const std::string& at) {
      entry.reminders->push_back(read_own_reminder(one, at, reading));
      if (const auto days = entry.reminders->back().given.integer("offset_days"))
        offsets.add(std::to_string(*days), at + ".offset_days");
    });
  }
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
