// enroll, preview and reminders backfill: what an operator does for people, and what it says before it does it.
#include "cli/test_program.hpp"
#include "db/sqlite.hpp"
#include "support/rows.hpp"

#include <nlohmann/json.hpp>

using namespace milkrun;
using test::Program;

namespace {

constexpr const char* gym_document = R"({"tenants":[
  {"slug":"gym","name":"Bolt Gym","language":"en","base_url":"https://gym.example",
   "contacts":[{"phone":"+4915100000001","name":"Ana López","ref":"K-1","tags":["new"],"email":"ana@example.org"},
               {"phone":"+4915100000002","name":"Ben","ref":"K-2","tags":["new","vip"]},
               {"email":"cleo@example.org","name":"Cleo","ref":"K-3","language":"de"}],
   "reminder_rules":[{"slug":"due","offset_days":0,"template":{"name":"dunning","language":"en",
      "parameters":["{first_name}","{outstanding}"],"instead":{"name":"plain","language":"en","parameters":["{outstanding}"]}},
      "text":{"en":"{first_name}: {outstanding} for {invoice_number}","de":"{first_name}: {outstanding} für {invoice_number}"}}],
   "invoices":[{"number":"N-1","contact":"K-1","currency":"EUR","amount_minor":11900,"paid_minor":1900,"due_on":"2020-01-01"},
               {"number":"N-2","contact":"K-3","currency":"EUR","amount_minor":5000,"due_on":"2020-01-01"}],
   "campaigns":[{"slug":"welcome","name":"Welcome","kind":"drip","window":{"start":"00:00","end":"00:00"},"steps":[
      {"slug":"hello","text":{"en":"Hi {first_name}, see https://gym.example/start","de":"Hallo {first_name}"},
       "subject":"Welcome to {tenant_name}"},
      {"slug":"plan","delay":{"value":2,"unit":"days"},"text":"Your plan","subject":"Plan","channels":["email"]}]},
     {"slug":"fit","tasks":[{"slug":"like","platform":"FACEBOOK","action":"LIKE","title":"Like us","reward_spins":2}]}]},
  {"slug":"other","contacts":[{"phone":"+4915100000001","name":"Eve"}]}]})";

struct GymProgram : Program {
  GymProgram() {
    REQUIRE((*this)({"init"}) == 0);
    REQUIRE_MESSAGE((*this)({"import", write("gym.json", gym_document)}) == 0, err.str());
  }
  nlohmann::json json(std::vector<std::string> words, int code = 0) {
    words.emplace_back("--json");
    CHECK_MESSAGE((*this)(words) == code, err.str());
    return nlohmann::json::parse(out.str(), nullptr, false);
  }
  std::int64_t number(const char* statement) {
    db::Sqlite database(path("m.db"), {});
    return test::number(database, statement);
  }
  void change(const char* statement) {
    db::Sqlite database(path("m.db"), {});
    test::change(database, statement);
  }
};

constexpr const char* walking = "SELECT count(*) AS n FROM enrollments WHERE state = 'active'";

} // namespace

TEST_CASE("enroll takes contacts by what they are called, each once; twice changes nothing") {
  GymProgram gym;
  const std::vector<std::string> some{"enroll", "welcome",   "--tenant",       "gym",       "--contact",
                                      "K-1",    "--contact", "+4915100000001", "--contact", "Cleo@Example.org"};
  std::vector<std::string> dry = some;
  dry.emplace_back("--dry-run");
  auto said = gym.json(dry);
  CHECK(said["enrolled"] == 2);
  CHECK(said["dry_run"] == true);
  CHECK(gym.number(walking) == 0);
  CHECK(gym.json(some)["enrolled"] == 2);
  CHECK(gym.number(walking) == 2);
  said = gym.json(some);
  CHECK(said["enrolled"] == 0);
  CHECK(said["already"] == 2);
  CHECK(gym(some) == 0);
  CHECK(gym.out.str() == "0 enrolled, 0 held out, 2 in it already, 0 not again\n");
  auto acts = gym.json({"acts", "list"})["acts"]; // one a person whose walk changed
  REQUIRE(acts.size() == 2);
  CHECK(acts[0]["verb"] == "enroll");
  CHECK(acts[0]["to"] == "active");
  CHECK(acts[0]["note"] == "welcome");
  CHECK(gym({"enroll", "stop", "welcome", "--tenant", "gym", "--contact", "K-1", "--by", "Eve"}) == 0);
  acts = gym.json({"acts", "list"})["acts"];
  REQUIRE(acts.size() == 3);
  CHECK(acts[0]["verb"] == "enroll stop");
  CHECK(acts[0]["to"] == "exited");
  CHECK(acts[0]["by"] == "Eve");
}

TEST_CASE("enroll by tag and by a file; stop takes out, and who was out stays so") {
  GymProgram gym;
  CHECK(gym.json({"enroll", "welcome", "--tenant", "gym", "--tag", "vip"})["enrolled"] == 1);
  CHECK(gym.json({"enroll", "welcome", "--tenant", "gym", "--tag", "nobody"})["enrolled"] == 0);
  const std::string file = gym.write("list.csv", "Kundennummer;Name\nK-1;Ana\nK-3;Cleo\n");
  CHECK(gym.json({"enroll", "welcome", "--tenant", "gym", "--file", file})["enrolled"] == 2);
  CHECK(gym.number(walking) == 3);
  const std::string called = gym.write("called.csv", "contact\nK-1\n+4915100000002\nana@example.org\n");
  auto known = gym.json({"enroll", "welcome", "--tenant", "gym", "--file", called}); // as --contact takes them
  CHECK(known["already"] == 2);
  auto said = gym.json({"enroll", "stop", "welcome", "--tenant", "gym", "--tag", "new", "--dry-run"});
  CHECK(said["stopped"] == 2);
  CHECK(gym.number(walking) == 3);
  CHECK(gym.json({"enroll", "stop", "welcome", "--tenant", "gym", "--tag", "new"})["stopped"] == 2);
  CHECK(gym.number(walking) == 1);
  CHECK(gym.number("SELECT count(*) AS n FROM enrollments WHERE reason = 'walk.stopped'") == 2);
  said = gym.json({"enroll", "stop", "welcome", "--tenant", "gym", "--contact", "K-1"});
  CHECK(said["stopped"] == 0);
  CHECK(said["outside"] == 1);
  CHECK(gym.json({"enroll", "welcome", "--tenant", "gym", "--contact", "K-1"})["not_again"] == 1);
}

TEST_CASE("enroll refuses what it cannot do, and then enrols nobody") {
  GymProgram gym;
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--contact", "K-1", "--contact", "K-9"}) == 65);
  CHECK(gym.err.str().find("no such contact: K-9") != std::string::npos);
  CHECK(gym.number(walking) == 0);
  CHECK(gym.json({"enroll", "welcome", "--tenant", "gym", "--contact", "K-1", "--contact", "K-9",
                  "--skip-bad"})["unknown"] == nlohmann::json::array({"K-9"}));
  CHECK(gym.number(walking) == 1);
  const std::string file = gym.write("list.csv", "ref\nK-2\nK-8\n");
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--file", file}) == 65);
  CHECK(gym.err.str().find("line 3: K-8") != std::string::npos);
  CHECK(gym({"enroll", "fit", "--tenant", "gym", "--contact", "K-1"}) == 64); // no drip
  CHECK(gym.err.str().find("is no drip of gym") != std::string::npos);
  CHECK(gym({"enroll", "welcome", "--tenant", "other", "--contact", "+4915100000001"}) == 64);
  CHECK(gym({"enroll", "welcome", "--tenant", "gym"}) == 64);
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--contact", "K-1", "--tag", "new"}) == 64);
  const std::string names = gym.write("names.csv", "Vorname;Nachname\nAna;L\n");
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--file", names, "--skip-bad"}) == 65);
  CHECK(gym.err.str().contains("no column says who"));
  CHECK(gym({"enroll", "--tenant", "gym", "--contact", "K-1"}) == 64);
  CHECK(gym({"enroll", "welcome", "--contact", "K-1"}) == 64);
}

TEST_CASE("preview shows every step of a drip to somebody, on each channel, and stores nothing") {
  GymProgram gym;
  gym.change("UPDATE contacts SET consent = 1, email_consent = 1");
  const std::string before = std::to_string(gym.number("SELECT count(*) AS n FROM ledger"));
  auto said = gym.json({"preview", "--campaign", "welcome", "--tenant", "gym", "--contact", "K-1"})["previews"];
  REQUIRE(said.size() == 2);
  CHECK(said[0]["of"] == "step hello");
  CHECK(said[0]["name"] == "Ana López");
  CHECK(said[0]["channels"][0] ==
        nlohmann::json({{"channel", "whatsapp"}, {"text", "Hi Ana, see https://gym.example/start"}}));
  const auto& mail = said[0]["channels"][1];
  CHECK(mail["subject"] == "Welcome to Bolt Gym");
  CHECK(mail["html"].get<std::string>().find(R"(<a href="https://gym.example/start">)") != std::string::npos);
  CHECK(said[1]["channels"].size() == 1);
  CHECK(said[1]["channels"][0]["subject"] == "Plan");
  said = gym.json({"preview", "--campaign", "welcome", "--tenant", "gym", "--contact", "cleo@example.org", "--channel",
                   "email"})["previews"];
  CHECK(said[0]["channels"].size() == 1);
  CHECK(said[0]["channels"][0]["text"] == "Hallo Cleo");
  CHECK(said[0]["channels"][0]["html"].get<std::string>().find("<html lang=\"de\">") != std::string::npos);
  CHECK(gym({"preview", "--campaign", "welcome", "--tenant", "gym"}) == 0); // for whoever it finds
  CHECK(gym.out.str().find("step hello to ") == 0);
  CHECK(std::to_string(gym.number("SELECT count(*) AS n FROM ledger")) == before);
  CHECK(gym.number("SELECT count(*) AS n FROM messages") == 0);
  CHECK(gym.json({"preview", "--campaign", "fit", "--tenant", "gym", "--contact",
                  "K-2"})["previews"][0]["channels"][0]["text"] ==
        "Hi Ben! Your task \"Like us\" is verified. Spins added: 2.");
}

TEST_CASE("preview shows a rule with what the contact owes, its template and the one for when it rests") {
  GymProgram gym;
  auto said = gym.json({"preview", "--rule", "due", "--tenant", "gym", "--contact", "K-1"})["previews"][0];
  CHECK(said["of"] == "rule due");
  const auto& whatsapp = said["channels"][0];
  CHECK(whatsapp["template"] ==
        nlohmann::json({{"name", "dunning"}, {"language", "en"}, {"parameters", {"Ana", "€100.00"}}}));
  CHECK(whatsapp["instead"] == nlohmann::json({{"name", "plain"}, {"language", "en"}, {"parameters", {"€100.00"}}}));
  CHECK(said["channels"][1]["text"] == "Ana: €100.00 for N-1");
  CHECK(gym.json({"preview", "--rule", "due", "--tenant", "gym", "--contact",
                  "K-3"})["previews"][0]["channels"][1]["text"] == "Cleo: 50,00\u00A0€ für N-2");
  CHECK(gym({"preview", "--rule", "due", "--tenant", "gym", "--contact", "K-2"}) == 64); // owes nothing
  CHECK(gym({"preview", "--rule", "never", "--tenant", "gym"}) == 64);
  CHECK(gym({"preview", "--rule", "due"}) == 64);
  CHECK(gym({"preview"}) == 64);
  CHECK(gym({"preview", "--rule", "due", "--campaign", "welcome", "--tenant", "gym"}) == 64);
  // What cannot be filled is said, and the exit code tells a script.
  gym.change("UPDATE reminder_rules SET text = '{\"\":\"Pay: {payment_link}\"}'");
  said = gym.json({"preview", "--rule", "due", "--tenant", "gym", "--contact", "K-1"}, 65)["previews"][0];
  CHECK(said["cannot"].get<std::string>().find("{payment_link} is empty") != std::string::npos);
}

TEST_CASE("preview says by which channels the contact would not be reached, and why") {
  GymProgram gym;
  const auto shut = [&](const std::string& contact, std::vector<std::string> what) {
    what.insert(what.begin(), "preview");
    what.insert(what.end(), {"--tenant", "gym", "--contact", contact});
    std::string all;
    const nlohmann::json said = gym.json(what);
    for (const auto& one : said["previews"][0]["channels"])
      all += one["channel"].get<std::string>() + " " + one.value("would_not", "") + ";";
    return all;
  };
  const std::vector<std::string> drip{"--campaign", "welcome"}, rule{"--rule", "due"};
  CHECK(shut("K-1", drip) == "whatsapp the contact has not consented;email the contact has not consented;");
  gym.change("UPDATE contacts SET consent = 1");
  CHECK(shut("K-2", drip) == "whatsapp ;email the contact has no address on this channel;");
  CHECK(shut("K-1", rule) == "whatsapp ;email ;"); // what is owed needs no consent
  CHECK(shut("K-3", rule) == "whatsapp the contact has no address on this channel;email ;");
  gym.change(
      "INSERT INTO suppressions (tenant_id, channel, address, scope, source, since) SELECT tenant_id, 'whatsapp', "
      "phone, 'marketing', 'import', 0 FROM contacts WHERE ref = 'K-1'");
  CHECK(shut("K-1", rule) == "whatsapp ;email ;");
  CHECK(shut("K-1", drip).starts_with("whatsapp the contact opted out;"));
  CHECK(gym({"preview", "--campaign", "welcome", "--tenant", "gym", "--contact", "K-1"}) == 0);
  CHECK_MESSAGE(gym.out.str().contains("whatsapp, would not go: the contact opted out\n"), gym.out.str());
}

TEST_CASE("preview shows a stored message as it is") {
  GymProgram gym;
  gym.change("INSERT INTO messages (id, tenant_id, origin, contact_id, channel, subject, text, created_at, expires_at, "
             "state, reason) "
             "SELECT 'm1', tenant_id, 'x', id, 'email', 'Subject', 'Frozen words', 0, 1, 'failed', 'smtp.refused' FROM "
             "contacts "
             "WHERE ref = 'K-1'");
  const auto said = gym.json({"preview", "--message", "m1"})["previews"][0];
  CHECK(said["note"] == "failed: smtp: refused");
  CHECK(said["channels"][0]["subject"] == "Subject");
  CHECK(said["channels"][0]["text"] == "Frozen words");
  CHECK(gym({"preview", "--message", "m1", "--tenant", "other"}) == 64);
  CHECK(gym({"preview", "--message", "m2"}) == 64);
}

TEST_CASE("a backfill tells the latest past step of each open invoice once, after a dry run said which") {
  GymProgram gym;
  // As send-reminders left it: both lay before their rule.
  CHECK(gym({"reminders", "backfill", "--tenant", "gym"}) == 64);
  CHECK(gym.err.str().find("2 invoices of gym have no reminders yet") != std::string::npos);
  gym.change("UPDATE invoices SET planned = 1");
  gym.change("INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, active_since) "
             "SELECT 'late', tenant_id, 'late', 7, 0 FROM reminder_rules WHERE slug = 'due'");
  gym.change(
      "INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, reason) "
      "SELECT i.number || u.slug, i.tenant_id, i.id, u.id, i.contact_id, 'EUR', 1000 + u.offset_days, 'skipped', "
      "'reminder.past' FROM invoices i JOIN reminder_rules u ON u.tenant_id = i.tenant_id AND u.slug IN ('due', "
      "'late')");
  const auto listed = gym.json({"reminders", "list", "--invoice", "N-1"})["reminders"];
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["rule"] == "late");
  CHECK(listed[0]["state"] == "skipped");
  CHECK(listed[0]["reason"] == "was due before the rule or the invoice was there");
  CHECK(gym.json({"reminders", "list", "--state", "told"})["reminders"].empty());
  CHECK(gym({"reminders", "list", "--tenant", "gym", "--limit", "1"}) == 0);
  CHECK(gym.out.str().find("cut at 1") != std::string::npos);
  auto said = gym.json({"reminders", "backfill", "--tenant", "gym", "--dry-run"});
  REQUIRE(said["invoices"].size() == 2);
  for (const auto& one : said["invoices"]) CHECK(one["rule"] == "late");
  CHECK(said["invoices"][0]["days_over"].get<int>() > 2'000); // due in 2020: whoever reads it knows what "due today" is
  CHECK(gym.number("SELECT count(*) AS n FROM reminders WHERE state = 'planned'") == 0);
  CHECK(gym.json({"reminders", "backfill", "--tenant", "gym"})["invoices"].size() == 2);
  CHECK(gym.number(
            "SELECT count(*) AS n FROM reminders WHERE state = 'planned' AND turn = 1 AND not_before = due_at") == 2);
  CHECK(gym.number("SELECT count(*) AS n FROM ledger WHERE stage = 'plan-reminder' AND key LIKE 'reminder:%late:1'") ==
        2);
  // Again: the older step of each is what is left, and the newer one is on its way, whether its hour has come or not.
  CHECK(gym.json({"reminders", "backfill", "--tenant", "gym"})["invoices"].empty());
  gym.change("UPDATE reminders SET due_at = 2000 WHERE state = 'planned'");
  CHECK(gym.json({"reminders", "backfill", "--tenant", "gym"})["invoices"].empty());
  CHECK(gym.number(
            "SELECT count(*) AS n FROM operator_acts WHERE verb = 'reminders backfill' AND to_state = 'planned'") == 2);
  // What is paid, or was told by a later step, is not told.
  gym.change("UPDATE reminders SET state = 'skipped', reason = 'reminder.past', turn = 0 WHERE state = 'planned'");
  gym.change("UPDATE invoices SET status = 'paid' WHERE number = 'N-1'");
  CHECK(gym.json({"reminders", "backfill", "--tenant", "gym", "--dry-run"})["invoices"].size() == 1);
  CHECK(gym({"reminders", "backfill", "--tenant", "nobody"}) == 64);
}

TEST_CASE("lists of messages and reminders say why one waits, and who got what was meant for another") {
  GymProgram gym;
  gym.change(
      "INSERT INTO messages (id, tenant_id, origin, contact_id, text, created_at, expires_at, state, sent_at, "
      "recipient, provider_id) SELECT ref, tenant_id, ref, id, 'Hi', 0, 9, CASE ref WHEN 'K-1' THEN 'queued' ELSE "
      "'sent' END, "
      "CASE ref WHEN 'K-1' THEN NULL ELSE 5 END, CASE ref WHEN 'K-2' THEN '4915100000002' WHEN 'K-3' THEN '+4930999' "
      "ELSE '' END, 'wamid.1' FROM contacts WHERE ref <> ''");
  gym.change("INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, turn) "
             "SELECT 'r', i.tenant_id, i.id, u.id, i.contact_id, 'EUR', 1000, 'planned', 2 FROM invoices i "
             "JOIN reminder_rules u ON u.tenant_id = i.tenant_id AND u.slug = 'due' WHERE i.number = 'N-1'");
  gym.change(
      "INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, args, created_at) "
      "SELECT 'plan-reminder', 'reminder:r:2', tenant_id, 'due', 0, 'reminder.unwritable', '[\"first_name\"]', 0 "
      "FROM reminders UNION ALL "
      "SELECT 'deliver', 'message:K-1', tenant_id, 'due', 0, 'message.outside_hours', '[]', 0 FROM reminders");
  CHECK(gym.json({"reminders", "list"})["reminders"][0]["code"] == "reminder.unwritable");
  CHECK(gym({"reminders", "list"}) == 0);
  CHECK_MESSAGE(gym.out.str().find("first_name") != std::string::npos, gym.out.str());
  CHECK(gym({"messages", "list", "--state", "queued"}) == 0);
  CHECK_MESSAGE(gym.out.str().find("hours") != std::string::npos, gym.out.str());
  const nlohmann::json all = gym.json({"messages", "list"});
  for (const auto& one : all["messages"])
    CHECK(one["code"] == (one["state"] == "queued" ? "message.outside_hours" : ""));
  CHECK(gym({"messages", "list", "--state", "sent"}) == 0);
  const std::string sent = gym.out.str();
  CAPTURE(sent);
  CHECK(sent.find("+4930999") != std::string::npos); // test mode's redirect
  CHECK(sent.find("→ 4915100000002") == std::string::npos);
  CHECK(sent.find("wamid.1") == std::string::npos); // no why
}

TEST_CASE("a reminder is shown to be where its message is, and what expired with what it waited for") {
  GymProgram gym;
  gym.change(
      "INSERT INTO messages (id, tenant_id, origin, contact_id, text, created_at, expires_at, state, reason) SELECT "
      "'m', tenant_id, 'o', id, 'Hi', 0, 9, 'held', 'message.not_waiting' FROM contacts WHERE ref = 'K-1'");
  gym.change(
      "INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, message_id, "
      "reason, args) SELECT i.number, i.tenant_id, i.id, u.id, i.contact_id, 'EUR', 1000, CASE i.number WHEN 'N-1' "
      "THEN 'told' ELSE 'expired' END, CASE i.number WHEN 'N-1' THEN 'm' END, CASE i.number WHEN 'N-1' THEN '' ELSE "
      "'reminder.expired' END, CASE i.number WHEN 'N-1' THEN '[]' ELSE "
      "'[\"reminder.unwritable\",\"{contact_name} is empty\"]' END FROM invoices i JOIN reminder_rules u ON "
      "u.tenant_id = i.tenant_id AND u.slug = 'due'");
  CHECK(gym({"reminders", "list", "--invoice", "N-1"}) == 0);
  CHECK_MESSAGE(gym.out.str().contains(" held "), gym.out.str());
  CHECK_FALSE(gym.out.str().contains("told"));
  const nlohmann::json late = gym.json({"reminders", "list", "--invoice", "N-2"})["reminders"][0];
  CHECK(late["code"] == "reminder.expired");
  CHECK(late["reason"] == "expired: too late to be told; it waited: cannot be written: {contact_name} is empty");
}

TEST_CASE("a tenant in test mode is shown to be, by its own word or the installation's") {
  GymProgram gym;
  CHECK(gym.json({"tenants", "show", "gym"})["test_mode"] == false);
  gym.change("UPDATE tenants SET safe_recipients = '[]' WHERE slug = 'gym'");
  CHECK(gym.json({"tenants", "show", "gym"})["test_mode"] == true);
  CHECK(gym.json({"tenants", "show", "other"})["test_mode"] == false);
  CHECK(gym({"tenants", "show", "gym"}) == 0);
  CHECK(gym.out.str().find("only its own safe_recipients are written to") != std::string::npos);
  gym.change("UPDATE tenants SET safe_recipients = '[]' WHERE id = 'operator'");
  CHECK(gym.json({"tenants", "show", "other"})["test_mode"] == true);
}

TEST_CASE("a run is shown with the test mode that is on") {
  GymProgram gym;
  gym.change("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at, ended_at, ended_by, exit_code) "
             "VALUES ('r1', 1, 'send-reminders', 'h', 1, 1, 1, 2, 'finished', 0)");
  CHECK(gym.json({"runs", "show", "1"})["notes"] == nlohmann::json::array());
  gym.change("UPDATE tenants SET safe_recipients = '[]' WHERE slug = 'gym'");
  CHECK(gym.json({"runs", "show", "1"})["notes"][0]["note"] ==
        "test mode of tenant gym: only its safe_recipients are written to");
  CHECK(gym({"runs", "show", "1"}) == 0);
  CHECK(gym.out.str().contains("note: test mode of tenant gym"));
}

TEST_CASE("nobody comes into a drip that has ended; who was in it is no mistake, and may be taken out") {
  GymProgram gym;
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--contact", "K-1"}) == 0);
  gym.change("UPDATE campaigns SET status = 'ended' WHERE slug = 'welcome'");
  CHECK(gym({"enroll", "welcome", "--tenant", "gym", "--contact", "K-2"}) == 64);
  CHECK(gym.err.str().contains("welcome has ended"));
  CHECK(gym.err.str().contains("\"running\""));
  const auto enrolment = [&](const std::string& more, const char* who) {
    return gym.write("e.json", R"({"tenants":[{"slug":"gym",)" + more +
                                   R"("enrollments":[{"campaign":"welcome","contact":")" + who + R"("}]}]})");
  };
  CHECK(gym({"import", enrolment("", "K-2")}) == 65);
  CHECK(gym.err.str().contains("enrollments[0].campaign is \"welcome\", which has ended"));
  CHECK(gym.number(walking) == 1);
  CHECK(gym({"import", enrolment("", "K-1")}) == 0);
  CHECK(gym({"enroll", "stop", "welcome", "--tenant", "gym", "--contact", "K-1"}) == 0);
  CHECK(gym({"import", enrolment(R"("campaigns":[{"slug":"welcome","status":"running"}],)", "K-2")}) == 0);
  CHECK(gym.number(walking) == 1);
}

TEST_CASE("an invoice's own reminder is called by its number and days, in lists and by preview") {
  GymProgram gym;
  const std::string own = R"({"tenants":[{"slug":"gym","invoices":[{"number":"N-1","due_on":"2020-01-05",
      "reminders":[{"offset_days":-2,"text":"Soon: {outstanding} for {invoice_number}"}]}]}]})";
  CHECK(gym({"import", gym.write("own.json", own)}) == 0);
  CHECK(gym.json({"preview", "--rule", "N-1:-2", "--tenant", "gym"})["previews"][0]["channels"][1]["text"] ==
        "Soon: €100.00 for N-1");
  CHECK(gym({"preview", "--rule", "N-1:3", "--tenant", "gym"}) == 64);
  CHECK(gym.err.str().contains("is called by its number and days"));
  gym.change("INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, reason) "
             "SELECT 'r', i.tenant_id, i.id, u.id, i.contact_id, i.currency, 1, 'skipped', 'reminder.past' "
             "FROM invoices i JOIN reminder_rules u ON u.invoice_id = i.id");
  CHECK(gym.json({"reminders", "list"})["reminders"][0]["rule"] == "N-1:-2");
}

TEST_CASE("campaigns tells who stands at which step, why others left, and the lift of those held out") {
  GymProgram gym;
  for (const char* who : {"K-1", "K-2", "K-3"}) gym({"enroll", "welcome", "--tenant", "gym", "--contact", who});
  gym({"enroll", "stop", "welcome", "--tenant", "gym", "--contact", "K-3"});
  gym.change("UPDATE enrollments SET step_id = (SELECT id FROM steps WHERE slug = 'plan'), step_at = 86400000 "
             "WHERE contact_id = (SELECT id FROM contacts WHERE ref = 'K-1')");
  auto said = gym.json({"campaigns", "list"})["campaigns"];
  REQUIRE(said.size() == 1); // a social campaign is none
  CHECK(said[0]["active"] == 2);
  CHECK(said[0]["exited"] == 1);
  said = gym.json({"campaigns", "show", "welcome", "--tenant", "gym"});
  CHECK(said["steps"][0]["standing"] == 0);
  CHECK(said["steps"][1]["standing"] == 1);
  CHECK(said["steps"][1]["next_at"] == "1970-01-02T00:00:00Z");
  CHECK(said["exits"][0]["code"] == "walk.stopped");
  CHECK(said["lift"]["times"].is_null());
  gym.change("UPDATE enrollments SET state = 'holdout' WHERE contact_id = (SELECT id FROM contacts WHERE ref = 'K-2')");
  gym.change(
      "UPDATE contacts SET wrote_at = 9000000000000 WHERE tenant_id = (SELECT id FROM tenants WHERE slug = 'gym')");
  CHECK(gym.json({"campaigns", "show", "welcome", "--tenant", "gym"})["lift"] ==
        nlohmann::json({{"got", 2}, {"got_replied", 2}, {"held", 1}, {"held_replied", 1}, {"times", 1.0}}));
  CHECK(gym({"campaigns", "show", "welcome", "--tenant", "gym"}) == 0);
  CHECK(gym.out.str().find("100.0% of 2 who get it replied, 100.0% of 1 who are held out (1.00 times as many)") !=
        std::string::npos);
  CHECK(gym({"campaigns", "show", "fit", "--tenant", "gym"}) == 64);
}

TEST_CASE("campaigns show tells all that an import takes of a drip, in the form in which it takes it") {
  GymProgram gym;
  const nlohmann::json given = {
      {"slug", "tour"},
      {"name", "Tour"},
      {"kind", "drip"},
      {"status", "paused"},
      {"notifications", false},
      {"zone", "America/Bogota"},
      {"window", {{"start", "08:30"}, {"end", "19:00"}}},
      {"weekdays", {"mon", "fri"}},
      {"message_ttl", "36h"},
      {"link", "https://gym.example/tour"},
      {"exit", {{"on_reply", false}, {"on_opt_out", false}, {"goal_tag", "member"}}},
      {"reentry", "after_completion"},
      {"reentry_days", 90},
      {"holdout_percent", 5},
      {"steps",
       {{{"slug", "hello"},
         {"delay", {{"value", 1}, {"unit", "days"}}},
         {"from", "enrollment"},
         {"at", "10:00"},
         {"channels", {"email"}},
         {"text", {{"de", "Hallo"}, {"en", "Hi, see {link}"}}},
         {"subject", {{"", "News"}}},
         {"template", nullptr},
         {"condition", {{"not", "replied"}}},
         {"on_false", "wait"},
         {"wait_up_to", "2d"},
         {"active", false}},
        {{"slug", "bye"},
         {"delay", {{"value", 0}, {"unit", "minutes"}}},
         {"from", "previous"},
         {"at", ""},
         {"channels", {"whatsapp"}},
         {"text", {{"", "Bye"}}},
         {"subject", nlohmann::json::object()},
         {"template",
          {{"name", "bye"},
           {"language", "en"},
           {"parameters", {"{first_name}"}},
           {"instead", {{"name", "tschuess"}, {"language", "de"}, {"parameters", nlohmann::json::array()}}}}},
         {"condition", nullptr},
         {"on_false", "skip"},
         {"wait_up_to", "0s"},
         {"active", true}}}}};
  const nlohmann::json document = {{"tenants", {{{"slug", "gym"}, {"campaigns", {given}}}}}};
  REQUIRE_MESSAGE(gym({"import", gym.write("tour.json", document.dump())}) == 0, gym.err.str());
  const std::vector<std::string> show{"campaigns", "show", "tour", "--tenant", "gym"};
  CHECK(gym.json(show)["document"] == given);
  CHECK(gym(show) == 0);
  for (const char* words : {"America/Bogota", "08:30 to 19:00", "mon, fri", "36h", "https://gym.example/tour",
                            "the tag member", "90 days after completion", "off: nothing is sent",
                            "1 day later, from the enrolment, 10:00", "at once", R"({"not":"replied"})"})
    CHECK_MESSAGE(gym.out.str().find(words) != std::string::npos, gym.out.str());
  // What it says of the drip with defaults is no news to an import.
  const nlohmann::json welcome = gym.json({"campaigns", "show", "welcome", "--tenant", "gym"})["document"];
  const nlohmann::json again = {{"tenants", {{{"slug", "gym"}, {"campaigns", {welcome}}}}}};
  const auto counted = gym.json({"import", gym.write("again.json", again.dump())});
  CHECK_MESSAGE(counted["campaigns"]["changed"] == 0, counted.dump());
  CHECK_MESSAGE(counted["steps"]["changed"] == 0, counted.dump());
}
