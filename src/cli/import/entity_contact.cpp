// The contacts of a tenant, as a table.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "providers/smtp/smtp.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

std::string check_igsid(std::string_view id) {
  return check_object_id(id).empty() ? ""
                                     : "must be the id Instagram has for this person, such as \"1234567890123456\"";
}

// As people write it, "@asha", or as it is.
std::optional<db::Value> handle(Fields& fields, std::string_view name, Reading&) {
  auto text = fields.text(name);
  if (!text) return std::nullopt;
  if (text->starts_with('@')) text->erase(0, 1);
  return *std::move(text);
}

// One spelling per address, so that a suppressed one is found however it is written.
std::optional<db::Value> email(Fields& fields, std::string_view name, Reading& reading) {
  const auto text = fields.text(name, 254);
  if (!text) return std::nullopt;
  reading.note(fields.where(name), check_email(*text));
  return smtp::fold_address(*text);
}

} // namespace

const Entity& contact_entity() {
  using namespace reads;
  static const Entity table{
      .name = "contacts",
      .table = "contacts",
      .fields = {
          {"phone", "phone", or_null(holding("+ and 8 to 15 digits", checked(line(), check_phone))),
           "one of phone and email is needed"},
          {"email", "email", or_null({email, "an address"}), "one of phone and email is needed"},
          {"ref", "ref", or_null(checked(line(100), check_ref)), "the tenant's own key for this person"},
          {"name", "name", line(), "what texts call them"},
          {"language", "language", line(80), "of texts; empty: the tenant's"},
          {"timezone", "timezone", checked(line(), check_zone_or_none),
           "of hours; an IANA name; empty: the campaign's, or else the tenant's"},
          {"tags", "tags", names(), "for conditions and goals of drips"},
          {"consent", "consent", flag(), "false: no marketing by WhatsApp"},
          {"email_consent", "email_consent", flag(), "false: no marketing by e-mail"},
          {"invoice_channels", "invoice_channels", words({"whatsapp", "email"}, true), "empty: as the rule says"},
          {"hold_until", "hold_until", or_null(day()), "no reminder before that date"},
          {"instagram", "instagram", {handle, "a handle, with @ or without"}, "who they are there"},
          {"facebook", "facebook", line(), "who they are there"},
          {"igsid", "igsid", checked(line(), check_igsid), "the id Instagram has for them with this business"},
          {"wrote_at", "wrote_at", or_null(passed()), "their last message to the business; null: none is known"},
      }};
  return table;
}

} // namespace milkrun::cli
