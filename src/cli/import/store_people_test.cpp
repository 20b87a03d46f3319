// Storing contacts, claims and suppressions: what one person can and cannot change by saying it again.
#include "cli/import/test_world.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::is;
using test_import::Mistake;
using test_import::World;

namespace {

constexpr auto gym_with_claim = R"({"tenants": [{"slug": "gym",
  "campaigns": [{"slug": "run", "tasks": [{"slug": "visit", "platform": "WEBSITE", "action": "VISIT_PAGE", "patience": "2d"}]}],
  "contacts": [{"phone": "+491700000001", "name": "Asha", "language": "de", "timezone": "Europe/Berlin", "consent": true,
                "instagram": "asha", "facebook": "Asha B", "igsid": "1", "wrote_at": "2026-11-20T12:00:00Z"},
               {"phone": "+491700000002"}],
  "completions": [{"campaign": "run", "task": "visit", "contact": "+491700000001", "claimed_at": "2026-11-21T12:00:00Z",
                   "code": "AB1"}],
  "suppressions": [{"phone": "+491700000003"}]}]})";

std::string to_gym(const std::string& fields) { return R"({"tenants":[{"slug":"gym",)" + fields + "}]}"; }
std::string claims_again(const std::string& fields) {
  return to_gym(R"("completions":[{"campaign":"run","task":"visit","contact":"+491700000001",)" + fields + "}]");
}

void wait_for(World& w, const std::string& key, const std::string& reason) {
  w.run(("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, created_at) SELECT 'verify-claim', " + key +
         ", id, 'due', 99999999999999, '" + reason + "', 0 FROM tenants WHERE slug = 'gym'")
            .c_str());
}

std::int64_t waking(World& w) {
  return w.row("SELECT count(*) AS n FROM ledger WHERE due_at = 1795262400000").integer("n");
}

} // namespace

TEST_CASE("contacts, claims and suppressions are stored, and the same again changes nothing") {
  World w;
  Counts c = w.store(gym_with_claim);
  CHECK(is(c.contacts, 2, 0, 0));
  CHECK(is(c.completions, 1, 0, 0));
  CHECK(is(c.suppressions, 1, 0, 0));
  const db::Row p = w.row("SELECT * FROM contacts WHERE phone = '+491700000001'");
  CHECK(p.text("name") == "Asha");
  CHECK(p.text("language") == "de");
  CHECK(p.text("timezone") == "Europe/Berlin");
  CHECK(p.flag("consent"));
  CHECK(p.text("instagram") == "asha");
  CHECK(p.text("facebook") == "Asha B");
  CHECK(p.text("igsid") == "1");
  CHECK(p.time("wrote_at") == test::noon - Millis(86'400'000));
  CHECK(!w.row("SELECT consent FROM contacts WHERE phone = '+491700000002'").flag("consent"));
  const db::Row k = w.row("SELECT * FROM task_completions");
  CHECK(k.text("state") == "pending");
  CHECK(k.text("contact_id") == p.text("id"));
  CHECK(k.time("claimed_at") == test::noon);
  CHECK(k.time("verify_after") == test::noon + Millis(300'000));
  CHECK(k.time("deadline_at") == test::noon + Millis(2 * 86'400'000));
  CHECK(k.text("code") == "AB1");
  CHECK(k.null("clicked_at"));
  CHECK(k.null("enqueued_at"));
  const db::Row s = w.row("SELECT * FROM suppressions");
  CHECK(s.text("address") == "+491700000003");
  CHECK(s.text("channel") == "whatsapp");
  CHECK(s.text("source") == "import");
  CHECK(s.time("since") == test::noon);

  c = w.store(gym_with_claim);
  CHECK(is(c.contacts, 0, 0, 2));
  CHECK(is(c.completions, 0, 0, 1));
  CHECK(is(c.suppressions, 0, 0, 1));
}

TEST_CASE("a contact keeps what is left out, and null forgets when they wrote") {
  World w;
  w.store(gym_with_claim);
  const Counts c =
      w.store(to_gym(R"("contacts":[{"phone":"+491700000001","consent":false,"timezone":"","wrote_at":null}])"));
  CHECK(is(c.contacts, 0, 1, 0));
  const db::Row p = w.row("SELECT * FROM contacts WHERE phone = '+491700000001'");
  CHECK(p.text("name") == "Asha");
  CHECK(!p.flag("consent"));
  CHECK(p.text("timezone") == "");
  CHECK(p.null("wrote_at"));
}

TEST_CASE("claiming again moves no time, replaces no proof, and adds only what is missing") {
  World w;
  w.store(gym_with_claim);
  Counts c = w.store(claims_again(R"("claimed_at":"2026-11-22T12:00:00Z","verify_after":"9h","code":"CD2")"));
  CHECK(is(c.completions, 0, 0, 1));
  c = w.store(claims_again(R"("claimed_at":"2026-11-22T12:00:00Z","handle":"asha","clicked_at":"2026-11-21T11:58:00Z",
                              "left_at":"2026-11-21T11:59:00Z")"));
  CHECK(is(c.completions, 0, 1, 0));
  c = w.store(
      claims_again(R"("claimed_at":"2026-11-22T12:00:00Z","handle":"bob","clicked_at":"2026-11-21T11:00:00Z")"));
  CHECK(is(c.completions, 0, 0, 1));
  const db::Row k = w.row("SELECT * FROM task_completions");
  CHECK(k.time("claimed_at") == test::noon);
  CHECK(k.time("verify_after") == test::noon + Millis(300'000));
  CHECK(k.time("deadline_at") == test::noon + Millis(2 * 86'400'000));
  CHECK(k.text("code") == "AB1");
  CHECK(k.text("handle") == "asha");
  CHECK(k.time("clicked_at") == test::noon - Millis(120'000));
  CHECK(k.time("left_at") == test::noon - Millis(60'000));
}

TEST_CASE("a decided claim stays decided and takes no proof any more") {
  World w;
  w.store(gym_with_claim);
  w.run("UPDATE task_completions SET state = 'failed', decided_at = 1, reason = 'no visit was logged'");
  const Counts c = w.store(claims_again(R"("claimed_at":"2026-11-22T12:00:00Z","handle":"asha")"));
  CHECK(is(c.completions, 0, 0, 1));
  const db::Row k = w.row("SELECT * FROM task_completions");
  CHECK(k.text("state") == "failed");
  CHECK(k.text("handle") == "");
}

TEST_CASE("the deadline of a claim follows the patience its task has by now") {
  World w;
  w.store(gym_with_claim);
  w.store(to_gym(R"("campaigns":[{"slug":"run","tasks":[{"slug":"visit","patience":"1h"}]}],
    "completions":[{"campaign":"run","task":"visit","contact":"+491700000002","claimed_at":"2026-11-21T12:00:00Z",
                    "verify_after":"0"}])"));
  const db::Row k = w.row("SELECT * FROM task_completions WHERE code = ''");
  CHECK(k.time("verify_after") == test::noon);
  CHECK(k.time("deadline_at") == test::noon + Millis(3'600'000));
}

TEST_CASE("a suppression keeps its first source and date") {
  World w;
  w.store(gym_with_claim);
  w.run("UPDATE suppressions SET source = 'provider', since = 7");
  CHECK(is(w.store(gym_with_claim).suppressions, 0, 0, 1));
  const db::Row s = w.row("SELECT * FROM suppressions");
  CHECK(s.text("source") == "provider");
  CHECK(s.integer("since") == 7);
}

TEST_CASE("a changed contact wakes what was put off for this person, nobody else's") {
  World w;
  w.store(gym_with_claim);
  w.store(to_gym(R"("completions":[{"campaign":"run","task":"visit","contact":"+491700000002",
                                    "claimed_at":"2026-11-21T12:00:00Z"}])"));
  w.run("INSERT INTO messages (id, tenant_id, origin, contact_id, text, created_at, expires_at, state) "
        "SELECT 'm' || phone, c.tenant_id, 'completion:' || k.id, c.id, 'x', 0, 1, 'queued' "
        "FROM contacts c JOIN task_completions k ON k.contact_id = c.id");
  const std::string of = "(SELECT 'completion:' || k.id FROM task_completions k JOIN contacts c ON c.id = k.contact_id "
                         "WHERE c.phone = '+49170000000";
  wait_for(w, of + "1')", "the person has not written to the account yet");
  wait_for(w, of + "2')", "the person has not written to the account yet");
  wait_for(w, "'message:m+491700000001'", "outside the campaign''s hours");
  wait_for(w, "'message:m+491700000002'", "outside the campaign''s hours");
  w.store(gym_with_claim); // as it is
  CHECK(waking(w) == 0);
  w.store(to_gym(R"("contacts":[{"phone":"+491700000001","igsid":"2"}])"));
  CHECK(waking(w) == 2);
  CHECK(w.row("SELECT due_at FROM ledger WHERE key = 'message:m+491700000001'").time("due_at") == test::noon);
}

TEST_CASE("a claim of what exists nowhere, or with another person's code, is refused") {
  World w;
  w.store(gym_with_claim);
  const std::string at = "tenants[0].completions[0]", now = R"("claimed_at":"2026-11-21T12:00:00Z")";
  const auto one = [&](const std::string& fields) { return to_gym("\"completions\":[{" + fields + "," + now + "}]"); };
  const Mistake table[] = {
      {one(R"("campaign":"run","task":"swim","contact":"+491700000001")"), at + ".task",
       "is \"swim\" of the campaign \"run\", which is neither in this document nor stored"},
      {one(R"("campaign":"walk","task":"visit","contact":"+491700000001")"), at + ".task", "campaign \"walk\""},
      {one(R"("campaign":"run","task":"visit","contact":"+491700000009")"), at + ".contact",
       "is \"+491700000009\", which is neither in this document nor stored"},
      {one(R"("campaign":"run","task":"visit","contact":"+491700000002","code":"AB1")"), at + ".code",
       "another contact has"},
      {one(R"("campaign":"run","task":"visit","contact":"+491700000002","code":"ab1")"), at + ".code",
       "another contact has"},
      {R"({"tenants":[{"slug":"other","contacts":[{"phone":"+491700000001"}],"completions":[
         {"campaign":"run","task":"visit","contact":"+491700000001","claimed_at":"2026-11-21T12:00:00Z"}]}]})",
       at + ".task", "neither in this document nor stored"},
  };
  for (const auto& row : table) check_mistake(w.check(row.text), row);
  CHECK(w.check(one(R"("campaign":"run","task":"visit","contact":"+491700000001","code":"AB1")")).empty());
}

TEST_CASE("a big import is stored in steps of 500 people, and comes to the same as one transaction") {
  nlohmann::json document;
  for (const char* slug : {"asha", "bela"}) {
    nlohmann::json tenant{
        {"slug", slug}, {"name", slug}, {"timezone", "UTC"}, {"suppressions", {{{"phone", "+4915100000007"}}}}};
    for (int i = 0; i < 700; ++i) {
      const std::string phone = fmt::format("+49151{:08}", i);
      tenant["contacts"].push_back({{"phone", phone}, {"consent", true}});
      tenant["invoices"].push_back({{"number", fmt::format("n{}", i)},
                                    {"contact", phone},
                                    {"currency", "EUR"},
                                    {"amount_minor", 100},
                                    {"due_on", "2026-12-01"}});
    }
    document["tenants"].push_back(tenant);
  }
  const std::string text = document.dump();
  const Document read = World::read(text);
  std::map<std::string, std::size_t> contacts;
  std::size_t invoices = 0, steps = 0;
  each_step(read, [&](const Document& step) {
    ++steps;
    std::size_t here = 0;
    for (const TenantEntry& t : step.tenants) {
      here += t.contacts.size() + t.invoices.size();
      contacts[t.slug] += t.contacts.size();
      invoices += t.invoices.size();
      if (!t.invoices.empty()) CHECK(contacts[t.slug] == 700); // each names a contact
      CHECK(t.suppressions.empty());
    }
    CHECK(here <= 500);
  });
  CHECK(steps == 6);
  CHECK(invoices == 1400);
  World one, many;
  const Counts at_once = one.store(document.dump()), in_parts = many.store_in_steps(document.dump());
  CHECK(is(in_parts.tenants, 2, 0, 0));
  CHECK(is(in_parts.contacts, at_once.contacts.added, 0, 0));
  CHECK(is(in_parts.invoices, 1400, 0, 0));
  CHECK(is(in_parts.suppressions, 2, 0, 0));
  CHECK(in_parts.reminder_rules.added == at_once.reminder_rules.added);
  const Counts again = many.store_in_steps(document.dump());
  CHECK(is(again.contacts, 0, 0, 1400));
  CHECK(is(again.tenants, 0, 0, 2));
}
