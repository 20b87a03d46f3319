// Contacts, claims and suppressions in an import document.
#include "cli/import/checks.hpp"
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::Mistake;
using test_import::problems_of;

namespace {

std::string gym(const std::string& fields) { return R"({"tenants":[{"slug":"gym",)" + fields + "}]}"; }
std::string person(const std::string& fields) { return gym("\"contacts\":[{" + fields + "}]"); }
std::string claim(const std::string& fields) {
  return gym(R"("completions":[{"campaign":"c","task":"t","contact":"+491700000001",)" + fields + "}]");
}

} // namespace

TEST_CASE("every field of contacts, claims and suppressions is taken over") {
  const auto d = read_document(gym(R"("contacts": [{"phone": "+491700000001", "name": "Aśa", "language": "de",
      "timezone": "Europe/Berlin", "consent": true, "instagram": "@asha", "facebook": "Asha B", "igsid": "123",
      "email": "Asha@Example.org", "ref": "A-1", "tags": ["vip", "new"], "email_consent": false, "hold_until": "2026-12-24",
      "invoice_channels": ["email"],
      "wrote_at": "2026-11-21T12:00:00Z"}, {"phone": "+12025550100", "timezone": "", "wrote_at": null}],
    "completions": [{"campaign": "c", "task": "t", "contact": "+491700000001", "claimed_at": "2026-11-21T12:00:00Z",
      "verify_after": "90s", "handle": "@asha", "code": "AB1", "clicked_at": "2026-11-21T11:59:00Z",
      "left_at": "2026-11-21T11:59:30Z"},
      {"campaign": "c", "task": "u", "contact": "+491700000001", "claimed_at": "2026-11-21T12:00:00Z", "left_at": null}],
    "suppressions": [{"phone": "+12025550100"}, {"email": "B@Example.org", "scope": "marketing"}])"),
                               {});
  REQUIRE(d);
  const TenantEntry& t = d->tenants.at(0);
  const ContactEntry& p = t.contacts.at(0);
  CHECK(p.given.text("phone") == "+491700000001");
  CHECK(p.given.text("name") == "Aśa");
  CHECK(p.given.text("language") == "de");
  CHECK(p.given.text("timezone") == "Europe/Berlin");
  CHECK(p.given.integer("consent") == 1);
  CHECK(p.given.text("instagram") == "asha");
  CHECK(p.given.text("facebook") == "Asha B");
  CHECK(p.given.integer("wrote_at") == to_ms(test::noon));
  CHECK(p.given.text("igsid") == "123");
  CHECK(p.given.text("email") == "asha@example.org");
  CHECK(p.given.text("ref") == "A-1");
  CHECK(p.given.text("tags") == R"(["vip","new"])");
  CHECK(p.given.text("hold_until") == "2026-12-24");
  CHECK(p.given.integer("email_consent") == 0);
  CHECK(p.given.text("invoice_channels") == R"(["email"])");
  CHECK(t.contacts.at(1).given.has("timezone"));
  CHECK(t.contacts.at(1).given.has("wrote_at"));
  CHECK(!t.contacts.at(1).given.integer("wrote_at"));
  CHECK(!t.contacts.at(1).given.has("name"));
  const CompletionEntry& c = t.completions.at(0);
  CHECK(c.campaign == "c");
  CHECK(c.task == "t");
  CHECK(c.contact == "+491700000001");
  CHECK(c.claimed_at == test::noon);
  CHECK(c.verify_after == Millis(90'000));
  CHECK(c.handle == "@asha");
  CHECK(c.code == "AB1");
  CHECK(c.clicked_at == test::noon - Millis(60'000));
  CHECK(c.left_at == test::noon - Millis(30'000));
  CHECK(t.completions.at(1).verify_after == Millis(300'000));
  CHECK(!t.completions.at(1).left_at);
  CHECK(t.suppressions.at(0).channel == "whatsapp");
  CHECK(t.suppressions.at(0).address == "+12025550100");
  CHECK(t.suppressions.at(0).scope == "all");
  CHECK(t.suppressions.at(1).channel == "email");
  CHECK(t.suppressions.at(1).address == "b@example.org");
  CHECK(t.suppressions.at(1).scope == "marketing");
}

TEST_CASE("who must not be written to is found however the domain is written") {
  const auto d = read_document(gym(R"("contacts": [{"email": "j@M\u00dcNCHEN.example"}],
    "invoices": [{"number": "N-1", "contact": "J@xn--mnchen-3ya.example"}], "safe_recipients": ["j@XN--mnchen-3ya.example"],
    "suppressions": [{"email": "j@xn--mnchen-3ya.example"}])"),
                               {});
  REQUIRE(d);
  const TenantEntry& t = d->tenants.at(0);
  const std::string same = "j@m\xc3\xbcnchen.example";
  CHECK(t.contacts.at(0).given.text("email") == same);
  CHECK(t.suppressions.at(0).address == same);
  CHECK(t.invoices.at(0).contact == same);
  CHECK(t.test_mode.text("safe_recipients") == "[\"" + same + "\"]");
}

TEST_CASE("each mistake about people is found with its place and its mend") {
  const std::string contact = "tenants[0].contacts[0]", one = "tenants[0].completions[0]";
  const std::string now = R"("claimed_at":"2026-11-21T12:00:00Z")";
  const std::string whole = R"({"campaign":"c","task":"t","contact":"+491700000001",)" + now;
  const Mistake table[] = {
      {person(R"("name":"x")"), contact + ".phone", "is missing"},
      {person(R"("phone":"01701234567")"), contact + ".phone", "country code"},
      {person(R"("phone":"+0491701234")"), contact + ".phone", "8 to 15 digits"},
      {person(R"("phone":"+4917012")"), contact + ".phone", "8 to 15 digits"},
      {person(R"("phone":"+4917012345678901")"), contact + ".phone", "8 to 15 digits"},
      {person(R"("phone":"+49 170 1234567")"), contact + ".phone", "is \"+49 170 1234567\""},
      {person(R"("phone":"+491700000001","timezone":"CET/Foo")"), contact + ".timezone", "IANA"},
      {person(R"("phone":"+491700000001","consent":"yes")"), contact + ".consent", "true or false"},
      {person(R"("phone":"+491700000001","igsid":"@asha")"), contact + ".igsid", "id Instagram has"},
      {person(R"("phone":"+491700000001","wrote_at":"yesterday")"), contact + ".wrote_at", "time in UTC"},
      {person(R"("email":"x")"), contact + ".email", "such as \"ana@example.org\""},
      {person(R"("email":"a@b@example.org")"), contact + ".email", "such as"},
      {person(R"("email":"a b@example.org")"), contact + ".email", "such as"},
      {person(R"("email":"a@example.org, b@example.org")"), contact + ".email", "such as"},
      {person("\"phone\":\"+491700000001\",\"tags\":[\"vip\",\"a\\u001b[31m\"]"), contact + ".tags[1]",
       "without control characters"},
      {person("\"phone\":\"+491700000001\",\"tags\":[\"a\\nb\"]"), contact + ".tags[0]", "one line"},
      {person("\"phone\":\"+491700000001\",\"name\":\"A\\u009b31m\""), contact + ".name", "one line"},
      {person("\"phone\":\"+491700000001\",\"name\":\"A\\u2028B\""), contact + ".name", "one line"},
      {person("\"phone\":\"+491700000001\",\"ref\":\"A\\u007f\""), contact + ".ref", "one line"},
      {person("\"email\":\"a@example.org\\r\\nBcc: x@example.org\""), contact + ".email", "one line"},
      {person(R"("email":"a@localhost")"), contact + ".email", "such as"},
      {person(R"("phone":"+491700000001","ref":"+1")"), contact + ".ref", "key of your own"},
      {person(R"("phone":"+491700000001","ref":"a@b.c")"), contact + ".ref", "key of your own"},
      {person(R"("phone":"+491700000001","hold_until":"soon")"), contact + ".hold_until", "such as \"2026-11-21\""},
      {person(R"("phone":"+491700000001","invoice_channels":["sms"])"), contact + ".invoice_channels",
       "whatsapp, email"},
      {person(R"("phone":"+491700000001","address":"x")"), contact + ".address", "not a field"},
      {gym(R"("contacts":[{"email":"a@x.org"},{"email":"A@X.org"}])"), "tenants[0].contacts[1].email", "given already"},
      {gym(R"("contacts":[{"email":"a@m\u00fcnchen.example"},{"email":"A@xn--mnchen-3ya.example"}])"),
       "tenants[0].contacts[1].email", "given already"},
      {gym(R"("contacts":[{"phone":"+491700000001"},{"phone":"+491700000001"}])"), "tenants[0].contacts[1].phone",
       "given already at tenants[0].contacts[0].phone"},
      {claim(R"("code":"x")"), one + ".claimed_at", "is missing"},
      {claim(R"("claimed_at":"12:00")"), one + ".claimed_at", "time in UTC"},
      {claim(now + R"(,"verify_after":"soon")"), one + ".verify_after", "duration"},
      {claim(now + R"(,"state":"verified")"), one + ".state", "not a field"},
      {claim(now + R"(,"clicked_at":"2026-11-21T12:00:00Z","left_at":"2026-11-21T11:59:59Z")"), one + ".left_at",
       "before clicked_at"},
      {gym(R"("completions":[{"task":"t","contact":"+491700000001",)" + now + "}]"), one + ".campaign", "is missing"},
      {gym(R"("completions":[{"campaign":"c","task":"T","contact":"+491700000001",)" + now + "}]"), one + ".task",
       "1 to 63 of a-z"},
      {gym(R"("completions":[{"campaign":"c","task":"t","contact":"asha",)" + now + "}]"), one + ".contact",
       "country code"},
      {gym("\"completions\":[" + whole + "}," + whole + "}]"), "tenants[0].completions[1]",
       "given already at tenants[0].completions[0]"},
      {gym("\"completions\":[" + whole + R"(,"code":"AB1"},{"campaign":"c","task":"t","contact":"+491700000002",)" +
           now + R"(,"code":"ab1"}])"), // codes are compared without case
       "tenants[0].completions[1].code", "given already at tenants[0].completions[0].code"},
      {gym(R"("suppressions":[{"phone":"+491700000001","source":"x"}])"), "tenants[0].suppressions[0].source",
       "not a field"},
      {gym(R"("suppressions":["+491700000001"])"), "tenants[0].suppressions[0]", "must be an object"},
      {gym(R"("suppressions":[{"phone":"+491700000001"},{"phone":"+491700000001"}])"),
       "tenants[0].suppressions[1].phone", "given already"},
  };
  for (const auto& row : table) check_mistake(problems_of(row.text), row);
}
