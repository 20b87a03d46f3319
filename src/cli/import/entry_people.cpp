// The contacts of a tenant, what they say to have done, and who must not be written to.
#include "cli/import/checks.hpp"
#include "cli/import/entries.hpp"
#include "cli/import/fields.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

std::string phone_of(Fields& fields, std::string_view name) {
  const auto phone = fields.text(name);
  if (!fields.given(name)) fields.wrong(name, "is missing; give a number such as \"+491701234567\"");
  if (!phone) return {};
  if (std::string wrong = check_phone(*phone); !wrong.empty()) fields.wrong(name, std::move(wrong));
  return *phone;
}

// As people write it, "@asha", or as it is.
std::optional<std::string> handle_of(Fields& fields, std::string_view name) {
  auto handle = fields.text(name);
  if (handle && handle->starts_with('@')) handle->erase(0, 1);
  return handle;
}

std::string slug_of(Fields& fields, std::string_view name) {
  const auto slug = fields.text(name);
  if (!fields.given(name)) fields.wrong(name, "is missing; give its slug");
  if (!slug) return {};
  if (std::string wrong = check_slug(*slug); !wrong.empty()) fields.wrong(name, std::move(wrong));
  return *slug;
}

} // namespace

ContactEntry read_contact(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  ContactEntry entry{.where = where, .phone = phone_of(fields, "phone")};
  entry.name = fields.text("name");
  entry.language = fields.text("language", 80);
  entry.timezone = fields.text("timezone");
  if (entry.timezone && !entry.timezone->empty()) reading.note(fields.where("timezone"), check_zone(*entry.timezone));
  entry.consent = fields.boolean("consent");
  entry.instagram = handle_of(fields, "instagram");
  entry.facebook = fields.text("facebook");
  entry.igsid = fields.text("igsid");
  if (entry.igsid && check_object_id(*entry.igsid) != "")
    fields.wrong("igsid", "must be the id Instagram has for this person, such as \"1234567890123456\"");
  entry.wrote_at = fields.nullable("wrote_at", [&] { return fields.instant("wrote_at"); });
  fields.finish();
  return entry;
}

CompletionEntry read_completion(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  CompletionEntry entry{.where = where,
                        .campaign = slug_of(fields, "campaign"),
                        .task = slug_of(fields, "task"),
                        .contact = phone_of(fields, "contact")};
  if (const auto at = fields.instant("claimed_at")) entry.claimed_at = *at;
  if (!fields.given("claimed_at")) fields.wrong("claimed_at", "is missing; say when, such as \"2026-11-21T12:00:00Z\"");
  entry.verify_after =
      fields.duration("verify_after", Millis(0), Millis(365LL * 86'400'000)).value_or(entry.verify_after);
  entry.handle = fields.text("handle");
  entry.code = fields.text("code");
  entry.clicked_at = fields.nullable("clicked_at", [&] { return fields.instant("clicked_at"); }).value;
  entry.left_at = fields.nullable("left_at", [&] { return fields.instant("left_at"); }).value;
  if (entry.clicked_at && entry.left_at && *entry.left_at < *entry.clicked_at)
    fields.wrong("left_at", "is before clicked_at; a visit begins with the click");
  fields.finish();
  return entry;
}

SuppressionEntry read_suppression(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  SuppressionEntry entry{.where = where, .phone = phone_of(fields, "phone")};
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
