// Rules, invoices, drips and enrolments in an import document.
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::Mistake;
using test_import::problems_of;

namespace {

std::string gym(const std::string& fields) { return R"({"tenants":[{"slug":"gym",)" + fields + "}]}"; }
std::string rule(const std::string& fields) { return gym(R"("reminder_rules":[{"slug":"r",)" + fields + "}]"); }
std::string invoice(const std::string& fields) { return gym(R"("invoices":[{"number":"N-1",)" + fields + "}]"); }
std::string drip(const std::string& fields) {
  return gym(R"("campaigns":[{"slug":"w","kind":"drip",)" + fields + "}]");
}
std::string many_steps(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += (i > 0 ? "," : "") + std::string(R"({"slug":"s)") + std::to_string(i) + R"(","text":"Hi","subject":"S"})";
  return out;
}
std::string step(const std::string& fields) { return drip(R"("steps":[{"slug":"s","text":"Hi",)" + fields + "}]"); }

} // namespace

TEST_CASE("every field of reminders and drips is taken over") {
  const auto d = read_document(gym(R"("marketing_per_day": null, "holidays": ["2026-12-25"], "min_reminder_minor": 500,
    "reminder_gap_hours": 12, "base_url": "https://gym.example/mail", "safe_recipients": ["+491700000009", "Me@Example.org"], "redirect_email": "all@example.org",
    "reminder_rules": [{"slug": "early", "offset_days": -3, "at": "08:30", "channels": ["email"],
      "text": {"de": "{outstanding} bis {due_date}", "en": "{outstanding} by {due_date}"}, "subject": "For {first_name}",
      "business_days": true, "active": false},
      {"slug": "late", "offset_days": 7, "template": {"name": "dunning", "language": "de", "parameters": ["{outstanding}"],
        "instead": {"name": "plain", "language": "de", "parameters": ["{invoice_number}"]}}}],
    "invoices": [{"number": "N-1", "contact": "Ana@Example.org", "currency": "EUR", "exponent": 2, "amount_minor": 11900,
      "paid_minor": 1900, "issued_on": "2026-11-01", "due_on": "2026-12-01", "status": "open",
      "payment_link": "https://pay.example/1", "hold_until": "2026-11-30", "version_at": "2026-11-21T12:00:00Z",
      "paid_at": null, "reminders": [{"offset_days": 0, "at": "11:00", "text": "{outstanding}"}]}],
    "campaigns": [{"slug": "w", "kind": "drip", "weekdays": ["mon", "fri"], "reentry": "after_completion", "reentry_days": 30,
      "holdout_percent": 10, "exit": {"on_reply": false, "on_opt_out": true, "goal_tag": "member"},
      "steps": [{"slug": "hello", "delay": {"value": 2, "unit": "hours"}, "from": "enrollment", "at": "", "channels":
        ["whatsapp"], "text": {"": "Hi {first_name}"}, "condition": {"all": ["not_replied", {"has_tag": "vip"}]},
        "on_false": "wait", "wait_up_to": "3d", "active": false},
        {"slug": "bye", "text": "Bye", "at": "10:00", "condition": null}]}],
    "enrollments": [{"campaign": "w", "contact": "A-1", "started_at": "2026-11-21T12:00:00Z"}])"),
                               {});
  REQUIRE(d);
  const TenantEntry& t = d->tenants.at(0);
  CHECK(t.outreach.has("marketing_per_day"));
  CHECK(!t.outreach.integer("marketing_per_day"));
  CHECK(t.outreach.text("holidays") == R"(["2026-12-25"])");
  CHECK(t.outreach.integer("min_reminder_minor") == 500);
  CHECK(t.outreach.integer("reminder_gap_hours") == 12);
  CHECK(t.test_mode.text("safe_recipients") == R"(["+491700000009","me@example.org"])");
  CHECK(t.test_mode.text("redirect_email") == "all@example.org");
  CHECK(!t.test_mode.has("redirect_phone"));

  const RuleEntry& r = t.reminder_rules.at(0);
  CHECK(r.slug == "early");
  CHECK(r.given.integer("offset_days") == -3);
  CHECK(r.given.text("at") == "08:30");
  CHECK(r.given.text("channels") == R"(["email"])");
  CHECK(r.given.text("text") == R"({"de":"{outstanding} bis {due_date}","en":"{outstanding} by {due_date}"})");
  CHECK(r.given.text("subject") == R"({"":"For {first_name}"})");
  CHECK(r.given.integer("business_days") == 1);
  CHECK(r.given.integer("active") == 0);
  CHECK(t.reminder_rules.at(1).given.text("template_name") == "dunning");
  CHECK(t.reminder_rules.at(1).given.text("template_values") == R"(["{outstanding}"])");
  CHECK(t.reminder_rules.at(1).given.text("template_instead") ==
        R"({"language":"de","name":"plain","parameters":["{invoice_number}"]})");
  CHECK(t.outreach.text("base_url") == "https://gym.example/mail");

  const InvoiceEntry& i = t.invoices.at(0);
  CHECK(i.contact == "ana@example.org");
  CHECK(i.given.integer("amount_minor") == 11'900);
  CHECK(i.given.integer("paid_minor") == 1'900);
  CHECK(i.given.text("due_on") == "2026-12-01");
  CHECK(i.given.integer("version_at") == to_ms(test::noon));
  CHECK(i.given.has("paid_at"));
  REQUIRE(i.reminders);
  CHECK(i.reminders->at(0).given.text("at") == "11:00");

  const CampaignEntry& c = t.campaigns.at(0);
  CHECK(c.drip.text("weekdays") == R"(["mon","fri"])");
  CHECK(c.drip.integer("exit_on_reply") == 0);
  CHECK(c.drip.text("goal_tag") == "member");
  REQUIRE(c.steps);
  const Given& s = c.steps->at(0).given;
  CHECK(s.integer("delay_value") == 2);
  CHECK(s.text("delay_unit") == "hours");
  CHECK(s.text("delay_from") == "enrollment");
  CHECK(s.has("at"));
  CHECK(s.text("condition") == R"({"all":["not_replied",{"has_tag":"vip"}]})");
  CHECK(s.integer("wait_up_to_ms") == 3LL * 86'400'000);
  CHECK(c.steps->at(1).given.text("condition") == "");
  CHECK(c.steps->at(1).given.has("condition"));
  CHECK(t.enrollments.at(0).contact == "A-1");
  CHECK(t.enrollments.at(0).started_at == test::noon);
}

TEST_CASE("each mistake about reminders and drips is found with its place and its mend") {
  const std::string r = "tenants[0].reminder_rules[0]", i = "tenants[0].invoices[0]", c = "tenants[0].campaigns[0]",
                    s = c + ".steps[0]";
  const Mistake table[] = {
      {gym(R"("reminder_rules":[{"offset_days":1}])"), r + ".slug", "is missing"},
      {rule(R"("offset_days":366)"), r + ".offset_days", "from -365 to 365"},
      {rule(R"("at":"25:00")"), r + ".at", "time of day"},
      {rule(R"("channels":[])"), r + ".channels", "not empty"},
      {rule(R"("channels":["email","email"])"), r + ".channels", "each once"},
      {rule(R"("text":{"en":"{setup_link}"})"), r + ".text.en", "uses {setup_link}; there are"},
      {rule(R"("text":"{first_name")"), r + ".text", "has a { without }"},
      {rule(R"("text":{"english please":"Hi"})"), r + ".text.english please", "use a tag"},
      {rule(R"("text":7)"), r + ".text", "texts by language"},
      {rule(R"("subject":"a\nb")"), r + ".subject", "one line"},
      {rule(R"("subject":"a\u2028b")"), r + ".subject", "control character"},
      {rule(R"("text":"a\u0090b")"), r + ".text", "control character"},
      {drip(R"("exit":{"goal_tag":"a\u0007"})"), c + ".exit.goal_tag", "one line"},
      {gym(R"("receipts":[{"read_at":"2026-11-21T12:00:00Z"}])"), "tenants[0].receipts[0].message", "is missing"},
      {gym(R"("receipts":[{"message":"m1"}])"), "tenants[0].receipts[0]", "says nothing"},
      {rule(R"("subject":"{invoice_lines}")"), r + ".subject", "one line"},
      {rule(R"("template":{"name":"x","parameters":["{invoice_lines}"]})"), r + ".template.parameters[0]", "one line"},
      {rule(R"("template":{"language":"de"})"), r + ".template.name", "is missing"},
      {rule(R"("template":{"name":"x","instead":7})"), r + ".template.instead", "another template"},
      {rule(R"("template":{"name":"x","instead":{"language":"de"}})"), r + ".template.instead.name", "is missing"},
      {rule(R"("template":{"name":"x","instead":{"name":"y","parameters":["{invoice_lines}"]}})"),
       r + ".template.instead.parameters[0]", "one line"},
      {gym(R"("base_url":"http://gym.example")"), "tenants[0].base_url", "https://"},
      {gym(R"("invoices":[{"due_on":"2026-12-01"}])"), i + ".number", "is missing"},
      {invoice(R"("currency":"eur")"), i + ".currency", "three capital letters"},
      {invoice(R"("amount_minor":119.5)"), i + ".amount_minor", "whole number"},
      {invoice(R"("amount_minor":-1)"), i + ".amount_minor", "whole number"},
      {invoice(R"("due_on":"2026-02-29")"), i + ".due_on", "a date"},
      {invoice(R"("status":"overdue")"), i + ".status", "one of open, paid"},
      {invoice(R"("payment_link":"pay")"), i + ".payment_link", "absolute URL"},
      {invoice(R"("reminders":[{"at":"10:00"}])"), i + ".reminders[0].offset_days", "is missing"},
      {invoice(R"("reminders":[{"offset_days":1},{"offset_days":1}])"), i + ".reminders[1].offset_days",
       "given already"},
      {gym(R"("invoices":[{"number":"N"},{"number":"N"}])"), "tenants[0].invoices[1].number", "given already"},
      {drip(R"("weekdays":["monday"])"), c + ".weekdays", "mon, tue"},
      {drip(R"("exit":{"on_click":true})"), c + ".exit.on_click", "not a field"},
      {drip(R"("holdout_percent":101)"), c + ".holdout_percent", "from 0 to 100"},
      {drip(R"("steps":[{"text":"Hi"}])"), s + ".slug", "is missing"},
      {drip("\"steps\":[" + many_steps(1'001) + "]"), c + ".steps", "has 1001 entries; 1000 at most in one document"},
      {drip(R"("steps":[{"slug":"a","text":"x"},{"slug":"a","text":"x"}])"), c + ".steps[1].slug", "given already"},
      {step(R"("delay":2)"), s + ".delay", "an object"},
      {step(R"("delay":{"value":2})"), s + ".delay.unit", "is missing"},
      {step(R"("delay":{"value":2,"unit":"fortnights"})"), s + ".delay.unit", "one of minutes"},
      {step(R"("condition":"opened")"), s + ".condition", "no condition; there are replied"},
      {step(R"("condition":{"min_days_since_contact":3})"), s + ".condition", "no condition"},
      {step(R"("on_false":"later")"), s + ".on_false", "one of skip"},
      {step(R"("subject":"{outstanding}")"), s + ".subject", "uses {outstanding}"},
      {gym(R"("holidays":["Christmas"])"), "tenants[0].holidays", "list of dates"},
      {gym(R"("safe_recipients":["me"])"), "tenants[0].safe_recipients", "such as"},
      {gym(R"("enrollments":[{"contact":"+491700000001"}])"), "tenants[0].enrollments[0].campaign", "is missing"},
      {gym(R"("enrollments":[{"campaign":"w"}])"), "tenants[0].enrollments[0].contact", "is missing"},
  };
  for (const auto& row : table) check_mistake(problems_of(row.text), row);
}

TEST_CASE("what is told as having happened has not happened in the future") {
  const Time now = test::noon; // 2026-11-21T12:00:00Z
  const auto problems = [&](const std::string& text) {
    auto document = read_document(text, {}, {.now = now});
    return document ? Problems{} : document.error();
  };
  const std::pair<const char*, std::string (*)(const std::string&)> fields[] = {
      {"version_at", +[](const std::string& at) { return invoice(R"("version_at":)" + at); }},
      {"paid_at", +[](const std::string& at) { return invoice(R"("status":"paid","paid_at":)" + at); }},
      {"wrote_at", +[](const std::string& at) { return gym(R"("contacts":[{"ref":"A-1","wrote_at":)" + at + "}]"); }},
      {"delivered_at",
       +[](const std::string& at) { return gym(R"("receipts":[{"message":"m","delivered_at":)" + at + "}]"); }},
      {"read_at", +[](const std::string& at) { return gym(R"("receipts":[{"message":"m","read_at":)" + at + "}]"); }},
      {"clicked_at",
       +[](const std::string& at) { return gym(R"("receipts":[{"message":"m","clicked_at":)" + at + "}]"); }}};
  for (const auto& [field, of] : fields) {
    CAPTURE(std::string(field));
    CHECK(problems(of(R"("2026-11-21T12:00:00Z")")).empty());
    CHECK(problems(of(R"("2026-11-21T12:05:00Z")")).empty()); // their clock is fast
    CHECK(problems(of(R"("2026-11-22T00:00:00Z")")).empty()); // a date, where it has begun
    for (const char* later : {"2026-11-21T12:05:01Z", "2026-11-23T00:00:00Z", "2096-01-01T00:00:00Z"}) {
      const Problems found = problems(of('"' + std::string(later) + '"'));
      REQUIRE(found.size() == 1);
      CHECK(found[0].where.ends_with(std::string(".") + field));
      CHECK(found[0].what ==
            "is \"" + std::string(later) +
                "\", which has not come yet (it is 2026-11-21T12:00:00Z); give the time in UTC at which it happened, "
                "or leave it out");
    }
  }
}
