// The contacts of a tenant, what they say to have done, and who must not be written to.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/typed_tables.hpp"
#include "providers/smtp/smtp.hpp"

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
  return given->find('@') != std::string::npos ? smtp::fold_address(*given) : *given;
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

const TypedEntity<CompletionEntry>& completion_table() {
  using namespace typed;
  using E = CompletionEntry;
  const auto slug = [](std::string E::* member) {
    return [member](E& e, Fields& f, std::string_view field, Reading&) { e.*member = slug_of(f, field); };
  };
  const auto maybe = [](std::optional<Time> E::* member) {
    return [member](E& e, Fields& f, std::string_view field, Reading&) {
      e.*member = f.nullable(field, [&] { return f.instant(field); }).value;
    };
  };
  static const TypedEntity<E> table{
      .name = "completions",
      .table = "task_completions",
      .fields = {
          other<E>("campaign", "a slug", "of the task", slug(&E::campaign)).or_else("needed"),
          other<E>("task", "a slug", "what was done", slug(&E::task)).or_else("needed"),
          other<E>("contact", "a phone", "who says so",
                   [](E& e, Fields& f, std::string_view field, Reading&) { e.contact = phone_of(f, field); })
              .or_else("needed"),
          instant("claimed_at", &E::claimed_at, "when it was said").or_else("needed"),
          span("verify_after", &E::verify_after, Millis(0), Millis(365LL * 86'400'000),
               "after the claim: not looked at before")
              .or_else("5m"),
          line("handle", &E::handle, "who they are on the platform").or_else("the contact's"),
          line("code", &E::code, "a word of this person's own that the comment holds").in("code"),
          other<E>("clicked_at", "a time, or null", "of our own click log", maybe(&E::clicked_at)).in("clicked_at"),
          other<E>("left_at", "a time, or null", "of our own click log", maybe(&E::left_at)).in("left_at")}};
  return table;
}

CompletionEntry read_completion(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  CompletionEntry entry{};
  entry.where = where;
  read_typed(completion_table(), entry, fields, reading);
  if (!fields.given("claimed_at")) fields.wrong("claimed_at", "is missing; say when, such as \"2026-11-21T12:00:00Z\"");
  if (entry.clicked_at && entry.left_at && *entry.left_at < *entry.clicked_at)
    fields.wrong("left_at", "is before clicked_at; a visit begins with the click");
  fields.finish();
  return entry;
}

const TypedEntity<EnrollmentEntry>& enrollment_table() {
  using namespace typed;
  using E = EnrollmentEntry;
  static const TypedEntity<E> table{
      .name = "enrollments",
      .table = "",
      .fields = {
          other<E>("campaign", "a slug", "a campaign of kind drip",
                   [](E& e, Fields& f, std::string_view field, Reading&) { e.campaign = slug_of(f, field); })
              .or_else("needed"),
          other<E>("contact", "a phone, an email or a ref", "who walks; nobody twice at the same time",
                   [](E& e, Fields& f, std::string_view field, Reading&) { e.contact = person_of(f, field, true); })
              .or_else("needed"),
          instant("started_at", &E::started_at, "what delays count from").or_else("now")}};
  return table;
}

EnrollmentEntry read_enrollment(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  EnrollmentEntry entry{};
  entry.where = where;
  read_typed(enrollment_table(), entry, fields, reading);
  fields.finish();
  return entry;
}

const TypedEntity<ReceiptEntry>& receipt_table() {
  using namespace typed;
  using E = ReceiptEntry;
  static const TypedEntity<E> table{
      .name = "receipts",
      .table = "",
      .fields = {
          line("message", &E::message, "its id, as messages list shows it; beside a contact its id at the service", 300)
              .or_else("needed"),
          other<E>("contact", "a phone, an email or a ref", "whom it went to, where the id is the service's",
                   [](E& e, Fields& f, std::string_view field, Reading&) { e.contact = person_of(f, field, false); }),
          passed("delivered_at", &E::delivered_at, "when it arrived"),
          passed("read_at", &E::read_at, "when it was read; then it had arrived"),
          passed("clicked_at", &E::clicked_at, "when its link was followed")}};
  return table;
}

ReceiptEntry read_receipt(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  ReceiptEntry entry{};
  entry.where = where;
  read_typed(receipt_table(), entry, fields, reading);
  if (!fields.given("message")) fields.wrong("message", "is missing; give the id of the message");
  if (!entry.delivered_at && !entry.read_at && !entry.clicked_at && fields.given("message"))
    fields.wrong("", "says nothing; give delivered_at, read_at or clicked_at");
  fields.finish();
  return entry;
}

const TypedEntity<SuppressionEntry>& suppression_table() {
  using namespace typed;
  using E = SuppressionEntry;
  static const TypedEntity<E> table{
      .name = "suppressions",
      .table = "",
      .fields = {other<E>("email", "an address", "who must not be written to there; this, or a phone",
                          [](E& e, Fields& f, std::string_view field, Reading& reading) {
                            if (!f.given(field)) return;
                            e.channel = "email";
                            e.address = smtp::fold_address(f.text(field, 254).value_or(""));
                            reading.note(f.where(field), check_email(e.address));
                          }),
                 other<E>("phone", "a phone", "who must not be written to by WhatsApp",
                          [](E& e, Fields& f, std::string_view field, Reading&) {
                            if (e.channel != "email")
                              e.address = phone_of(f, field);
                            else if (f.given(field))
                              f.wrong(field, "stands beside an email; give each an entry of its own");
                            f.any(field);
                          }),
                 word("scope", &E::scope, {"all", "marketing"}, "all messages, or those of drips and verdicts")
                     .or_else("all")}};
  return table;
}

SuppressionEntry read_suppression(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  SuppressionEntry entry{.where = where, .channel = "whatsapp", .address = {}};
  read_typed(suppression_table(), entry, fields, reading);
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
