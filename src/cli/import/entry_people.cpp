// The contacts of a tenant, what they say to have done, and who must not be written to.
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
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

std::string slug_of(Fields& fields, std::string_view name) {
  const auto slug = fields.text(name);
  if (!fields.given(name)) fields.wrong(name, "is missing; give its slug");
  if (!slug) return {};
  if (std::string wrong = check_slug(*slug); !wrong.empty()) fields.wrong(name, std::move(wrong));
  return *slug;
}

} // namespace

std::string person_of(Fields& fields, std::string_view name, bool needed) {
  const auto given = fields.text(name, 254);
  if (needed && !fields.given(name)) fields.wrong(name, "is missing; give a contact's phone, email or ref");
  if (!given) return {};
  std::string wrong = given->starts_with('+')                 ? check_phone(*given)
                      : given->find('@') != std::string::npos ? check_email(*given)
                                                              : check_ref(*given);
  if (!wrong.empty()) fields.wrong(name, std::move(wrong));
  return given->find('@') != std::string::npos ? text::lower(*given) : *given;
}

ContactEntry read_contact(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  ContactEntry entry{.where = where, .given = read_given(contact_entity(), fields, reading)};
  if (!fields.given("phone") && !fields.given("email") && !fields.given("ref"))
    fields.wrong("phone",
                 "is missing; give a number such as \"+491701234567\", an email, or the ref of a stored contact");
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

EnrollmentEntry read_enrollment(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  EnrollmentEntry entry{.where = where,
                        .campaign = slug_of(fields, "campaign"),
                        .contact = person_of(fields, "contact", true),
                        .started_at = fields.instant("started_at")};
  fields.finish();
  return entry;
}

SuppressionEntry read_suppression(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  SuppressionEntry entry{.where = where, .channel = "whatsapp", .address = {}};
  if (fields.given("email")) {
    entry.channel = "email";
    entry.address = text::lower(fields.text("email", 254).value_or(""));
    reading.note(fields.where("email"), check_email(entry.address));
    if (fields.given("phone")) fields.wrong("phone", "stands beside an email; give each an entry of its own");
  } else {
    entry.address = phone_of(fields, "phone");
  }
  entry.scope = fields.word("scope", {"all", "marketing"}).value_or("all");
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
