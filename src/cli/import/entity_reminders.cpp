// What reminders are made of: the tenant's habits, its rules, its invoices.
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "cli/import/wordings.hpp"
#include "providers/smtp/smtp.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

constexpr std::int64_t most_minor = 1'000'000'000'000'000; // sums of a thousand of them still fit

std::string check_currency(std::string_view code) {
  if (code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; })) return {};
  return "must be a code of three capital letters such as \"EUR\"";
}

std::string check_payment_link(std::string_view url) { return check_link(std::string(url)); }

std::string check_base_or_none(std::string_view url) {
  if (url.empty()) return {};
  return url.starts_with("https://") ? check_link(std::string(url)) : "must start with https://";
}
std::string check_phone_or_none(std::string_view phone) { return phone.empty() ? "" : check_phone(phone); }
std::string check_email_or_none(std::string_view email) { return email.empty() ? "" : check_email(email); }

// Addresses of people, as they are stored with them.
std::optional<db::Value> recipients(Fields& fields, std::string_view name, Reading& reading) {
  auto list = fields.texts(name, 254);
  if (!list) return std::nullopt;
  for (std::string& one : *list) {
    reading.note(fields.where(name), one.starts_with('+') ? check_phone(one) : check_email(one));
    one = smtp::fold_address(one);
  }
  return nlohmann::json(*list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Blanks around a number are no part of it: else one invoice would be two, and both open.
std::optional<db::Value> number(Fields& fields, std::string_view name, Reading&) {
  const auto text = fields.text(name, 100);
  if (!text) return std::nullopt;
  return std::string(text::trim(*text));
}

} // namespace

const Entity& tenant_outreach_entity() {
  using namespace reads;
  static const Entity table{.name = "tenants",
                            .table = "tenants",
                            .fields = {
                                {"marketing_per_day", "marketing_per_day", or_null(whole(1, 1000)),
                                 "messages of drips to one contact in a day; null: no cap"},
                                {"holidays", "holidays", days(), "dates that are no business days"},
                                {"min_reminder_minor", "min_reminder_minor", or_null(whole(0, most_minor)),
                                 "only more than this is asked for, in minor units; null: one unit of the currency"},
                                {"base_url", "base_url", checked(line(200), check_base_or_none),
                                 "https address below which links of the tenant's mails are answered; empty: none"},
                                {"reminder_gap_hours", "reminder_gap_hours", whole(0, 720),
                                 "the least time between two reminders to one contact"},
                            }};
  return table;
}

const Entity& test_mode_entity() {
  using namespace reads;
  static const Entity table{
      .name = "tenants",
      .table = "tenants",
      .fields = {
          {"safe_recipients", "safe_recipients", or_null({recipients, "a list of phones and addresses"}),
           "test mode: only these are written to; null: off"},
          {"redirect_phone", "redirect_phone", checked(line(), check_phone_or_none),
           "who gets what test mode keeps from others; empty: nobody"},
          {"redirect_email", "redirect_email", checked(line(254), check_email_or_none), "the same for e-mails"},
      }};
  return table;
}

const Entity& rule_entity() {
  using namespace reads;
  static const Entity table{
      .name = "reminder_rules",
      .table = "reminder_rules",
      .fields = {
          {"slug", "slug", checked(line(), check_slug), "what the rule is known by"},
          {"offset_days", "offset_days", whole(-365, 365), "days after the due date; negative: before it"},
          {"at", "at", clock(), "local time of the tenant"},
          {"channels", "channels", words({"whatsapp", "email"}, false), "the first that reaches the contact"},
          {"text", "text", patterns(outreach::Kind::reminder, 4096, false),
           "by language: {\"en\": \"...\"}, or one text; none: what ships"},
          {"subject", "subject", patterns(outreach::Kind::reminder, 200, true),
           "of e-mails, by language; none: what ships"},
          {"business_days", "business_days", flag(),
           "moves off weekends and holidays: earlier before the due date, else later"},
          {"active", "active", flag(), "false: it reminds of nothing"},
      }};
  return table;
}

const Entity& invoice_entity() {
  using namespace reads;
  static const Entity table{
      .name = "invoices",
      .table = "invoices",
      .fields = {
          {"number", "number", {number, "text"}, "what the invoice is known by"},
          {"currency", "currency", checked(line(), check_currency), "ISO 4217"},
          {"exponent", "exponent", whole(0, 4), "digits of the minor unit", "the currency's"},
          {"amount_minor", "amount_minor", whole(0, most_minor), "in minor units: 11900 is 119,00"},
          {"paid_minor", "paid_minor", whole(0, most_minor), "what was paid of it"},
          {"issued_on", "issued_on", or_null(day()), "null: not known"},
          {"due_on", "due_on", day(), "what offset_days count from"},
          {"status", "status", word({"open", "paid", "void", "uncollectible", "disputed"}),
           "only open ones are reminded of"},
          {"paid_at", "paid_at", or_null(passed()),
           "for the condition invoice_paid; not told of a stored one that is paid now: when it was imported"},
          {"payment_link", "payment_link", checked(line(2048), check_payment_link),
           "what {payment_link} stands for; for several invoices in one message nothing, unless each has one"},
          {"hold_until", "hold_until", or_null(day()), "no reminder before that date"},
          {"version_at", "version_at", passed(),
           "of this state; an older one than what is stored changes nothing. What an entry without one says of a "
           "payment is of when it is imported: what is over by it, or by a version, is opened again by a newer version "
           "alone, and where no version is stored by a later entry without one too"},
      }};
  return table;
}

} // namespace milkrun::cli
