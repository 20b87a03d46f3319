// unsubscribe and bounced: what comes back of a mail is believed for its MAC, and the same twice changes nothing.
#include "cli/test_program.hpp"
#include "credentials/vault.hpp"
#include "db/sqlite.hpp"
#include "providers/smtp/smtp.hpp"
#include "support/rows.hpp"

#include <nlohmann/json.hpp>

using namespace milkrun;
using test::Program;

namespace {

constexpr const char* document = R"({"tenants":[
  {"slug":"gym","name":"Bolt Gym","contacts":[{"phone":"+4915100000001","name":"Ana","ref":"K-1","consent":true,
     "email":"ana@example.org","email_consent":true}],
   "campaigns":[{"slug":"welcome","kind":"drip","steps":[{"slug":"a","text":"A","subject":"S"},
     {"slug":"b","text":"B","subject":"S","delay":{"value":2,"unit":"days"}}]}],
   "enrollments":[{"campaign":"welcome","contact":"K-1"}]},
  {"slug":"other","name":"Other"}]})";

const std::string mail = "0123456789abcdef0123456789abcdef";

struct MailProgram : Program {
  MailProgram() {
    REQUIRE((*this)({"init"}) == 0);
    REQUIRE_MESSAGE((*this)({"import", write("d.json", document)}) == 0, err.str());
    change("INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, channel, fallback, subject, text, "
           "created_at, expires_at, state, sent_at, recipient) SELECT '0123456789abcdef0123456789abcdef', tenant_id, "
           "'enrollment:' || id || ':a', campaign_id, contact_id, 'email', '[\"whatsapp\"]', 'S', 'A', 5, "
           "9000000000000, 'sent', 5, 'ana@example.org' FROM enrollments");
    change("UPDATE enrollments SET message_id = '0123456789abcdef0123456789abcdef'");
  }
  db::Row row(const char* statement) {
    db::Sqlite database(path("m.db"), {});
    return test::rows(database, statement).at(0);
  }
  void change(const char* statement) {
    db::Sqlite database(path("m.db"), {});
    test::change(database, statement);
  }
  Secret marks(const char* slug = "gym") {
    const std::string id = row(("SELECT id FROM tenants WHERE slug = '" + std::string(slug) + "'").c_str()).text("id");
    return marks_of(MasterKey::from_file(path("master.key")), {id});
  }
  std::string token(const char* of = "gym") { return smtp::unsubscribe_token(mail, marks(of)); }
  std::string address(const char* of = "gym") { return smtp::bounce_address(mail, "b.gym.example", marks(of)); }
  nlohmann::json json(std::vector<std::string> words, int code = 0) {
    words.emplace_back("--json");
    CHECK_MESSAGE((*this)(words) == code, err.str());
    return nlohmann::json::parse(out.str(), nullptr, false);
  }
  std::string report(const char* recipient) {
    return write("report.eml", "Content-Type: multipart/report; boundary=b\n\n--b\n"
                               "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n" +
                                   std::string(recipient) + "\n\n--b--\n");
  }
  std::string complaint(const std::string& about, const std::string& ours = "") {
    return write("complaint.eml", "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n"
                                  "Content-Type: message/feedback-report\n\n" +
                                      about + "\n\n--b\nContent-Type: message/rfc822\n\n" + ours + "\n\n--b--\n");
  }
  std::int64_t number(const char* statement) { return row(statement).integer("n"); }
};

constexpr const char* suppressed = "SELECT count(*) AS n FROM suppressions";

} // namespace

TEST_CASE("who unsubscribes gets no more marketing by mail and leaves the drip, once, and it is written down") {
  MailProgram p;
  const auto said = p.json({"unsubscribe", p.token(), "--by", "web"});
  CHECK(said["tenant"] == "gym");
  CHECK(said["email"] == "ana@example.org");
  CHECK(said["campaign"] == "welcome");
  CHECK(said["changed"] == true);
  const db::Row row = p.row("SELECT * FROM suppressions");
  CHECK(row.text("channel") == "email");
  CHECK(row.text("address") == "ana@example.org");
  CHECK(row.text("scope") == "marketing");
  CHECK(p.row("SELECT state, reason FROM enrollments").text("reason") == "walk.opted_out");
  CHECK(p.json({"unsubscribe", p.token()})["changed"] == false);
  CHECK(p.number(suppressed) == 1);
  CHECK(p({"unsubscribe", " " + p.token() + "\n"}) == 0);
  CHECK(p.out.str() == "ana@example.org got no more before: marketing mail of gym\n");
  const auto acts = p.json({"acts", "list"})["acts"];
  REQUIRE(acts.size() == 1);
  CHECK(acts[0]["verb"] == "unsubscribe");
  CHECK(acts[0]["by"] == "web");
  CHECK(acts[0]["to"] == "unsubscribed");
  CHECK(acts[0]["note"] == "message " + mail);
}

TEST_CASE("M22: who unsubscribes twice gets no confirmation, nor two") {
  MailProgram p;
  for (int i = 0; i < 2; ++i) CHECK(p({"unsubscribe", p.token()}) == 0);
  CHECK(p.number("SELECT count(*) AS n FROM messages") == 1); // the mail she answered
  CHECK(p.number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver'") == 0);
  CHECK(p.json({"acts", "list"})["acts"].size() == 1);
}

TEST_CASE("a complaint takes its reader off marketing mail, by whatever in it names the mail, once") {
  MailProgram any;
  const std::string envelope = "Feedback-Type: abuse\nOriginal-Mail-From: <" + any.address() + ">";
  for (const auto& [about, ours] :
       {std::pair(envelope, std::string()),
        std::pair(std::string("Feedback-Type: fraud"), "Return-Path: <" + any.address() + ">"),
        std::pair(std::string("Feedback-Type: opt-out"),
                  "List-Unsubscribe: <https://x.example/u/" + any.token() + ">")}) {
    any.change("DELETE FROM suppressions");
    any.change("DELETE FROM operator_acts");
    any.change("UPDATE enrollments SET state = 'active', reason = '', ended_at = NULL");
    const std::vector<std::string> words{"bounced", "complaints@b.gym.example", any.complaint(about, ours)};
    const auto said = any.json(words);
    CHECK(said["outcome"] == "complained");
    CHECK(said["email"] == "ana@example.org");
    CHECK(said["changed"] == true);
    CHECK(any.row("SELECT scope FROM suppressions").text("scope") == "marketing"); // what she owes is still told
    CHECK(any.row("SELECT source FROM suppressions").text("source") == "complained");
    CHECK(any.row("SELECT reason FROM enrollments").text("reason") == "walk.opted_out");
    CHECK(any.row("SELECT state FROM messages").text("state") == "sent"); // it did arrive
    CHECK(any.json(words)["changed"] == false);
    CHECK(any.json({"acts", "list"})["acts"].size() == 1);
  }
}

TEST_CASE("a complaint that names no mail of ours, or is no wish of its reader, changes nothing") {
  MailProgram p;
  const std::string from = "\nOriginal-Mail-From: <" + p.address() + ">";
  CHECK(p.json({"bounced", "complaints@b.gym.example", p.complaint("Feedback-Type: not-spam" + from)})["outcome"] ==
        "no report");
  for (const std::string& forged : {p.address("other"), std::string("bounce+1.2@b.gym.example")})
    CHECK(p({"bounced", "complaints@b.gym.example",
             p.complaint("Feedback-Type: abuse\nOriginal-Mail-From: <" + forged + ">",
                         "Message-ID: <" + mail + "@x>")}) == 65);
  CHECK(p({"bounced", "complaints@b.gym.example", p.report("Action: failed\nStatus: 5.1.1")}) == 65);
  CHECK(p.number(suppressed) == 0);
  CHECK(p.json({"bounced", p.address(), p.complaint("Feedback-Type: abuse")})["outcome"] == "complained");
}

TEST_CASE("a drip that goes on after an opt-out keeps who unsubscribed from its mail") {
  MailProgram p;
  p.change("UPDATE campaigns SET exit_on_opt_out = 0");
  CHECK(p({"unsubscribe", p.token()}) == 0);
  CHECK(p.row("SELECT state FROM enrollments").text("state") == "active");
}

TEST_CASE("a forged token or address, or another tenant's, is refused and changes nothing") {
  MailProgram p;
  std::string wrong = p.token();
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& word :
       {wrong, p.token("other"), mail, mail + ".", std::string("."), "x." + wrong, wrong + "0", p.address()})
    CHECK_MESSAGE(p({"unsubscribe", word}) == 65, word);
  CHECK(p.err.str().find("no unsubscribe token of a mail of ours; nothing was changed") != std::string::npos);
  for (const std::string& word :
       {p.address("other"), "bounce+" + p.token() + "@b.gym.example", "bounce+" + mail + "@b.gym.example",
        std::string("ana@example.org"), std::string("@"), std::string("bounce+.@x"), p.token()})
    CHECK_MESSAGE(p({"bounced", word, "--hard"}) == 65, word);
  CHECK(p.number(suppressed) == 0);
  CHECK(p.number("SELECT count(*) AS n FROM operator_acts") == 0);
}

TEST_CASE("a mail that came back for good suppresses its address and tries the next channel, once") {
  for (const bool by_report : {true, false}) {
    CAPTURE(by_report);
    MailProgram p;
    const std::vector<std::string> words =
        by_report ? std::vector<std::string>{"bounced", p.address(), p.report("Action: failed\nStatus: 5.1.1")}
                  : std::vector<std::string>{"bounced", p.address(), "--hard"};
    const auto said = p.json(words);
    CHECK(said["outcome"] == "address dead");
    CHECK(said["status"] == "5.1.1");
    CHECK(said["changed"] == true);
    const db::Row row = p.row("SELECT * FROM suppressions");
    CHECK(row.text("scope") == "all");
    CHECK(row.text("source") == "address dead");
    const db::Row came_back = p.row("SELECT * FROM messages WHERE channel = 'email'");
    CHECK(came_back.text("state") == "failed");
    CHECK(came_back.text("reason") == "smtp.no_such_address");
    CHECK(came_back.text("provider_status") == "bounced 5.1.1");
    CHECK(p.row("SELECT state FROM messages WHERE channel = 'whatsapp'").text("state") == "queued");
    CHECK(p.number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver' AND state = 'due'") == 1);
    CHECK(p.row("SELECT state FROM enrollments").text("state") == "active");
    CHECK(p.json(words)["outcome"] == "known");
    CHECK(p.number("SELECT count(*) AS n FROM messages") == 2);
    CHECK(p.json({"acts", "list"})["acts"].size() == 1);
  }
}

TEST_CASE("a report about us, of a delay, or none at all touches nobody's address") {
  struct Row {
    const char *recipient, *outcome;
  };
  for (const Row& row : {Row{"Action: failed\nStatus: 5.7.1", "noted"}, Row{"Action: failed\nStatus: 4.4.7", "noted"},
                         Row{"Action: delayed\nStatus: 4.4.1", "no report"}, Row{"Subject: away", "no report"}}) {
    CAPTURE(row.recipient);
    MailProgram p;
    CHECK(p.json({"bounced", p.address(), p.report(row.recipient)})["outcome"] == row.outcome);
    CHECK(p.number(suppressed) == 0);
    CHECK(p.number("SELECT count(*) AS n FROM messages WHERE state = 'sent'") == 1);
  }
  MailProgram p;
  CHECK(p.json({"bounced", p.address(), p.report("Action: failed\nStatus: 5.0.0")})["outcome"] == "refused");
  CHECK(p.number(suppressed) == 0);
  CHECK(p.number("SELECT count(*) AS n FROM messages WHERE channel = 'whatsapp'") == 1);
}

TEST_CASE("a report that says more of the address than the last one takes effect, one that says no more does not") {
  MailProgram p;
  CHECK(p.json({"bounced", p.address(), p.report("Action: failed\nStatus: 5.7.1")})["outcome"] == "noted");
  CHECK(p.json({"bounced", p.address(), p.report("Action: failed\nStatus: 4.4.7")})["outcome"] == "known");
  CHECK(p.json({"bounced", p.address(), "--soft"})["outcome"] == "mailbox full");
  CHECK(p.json({"bounced", p.address(), p.report("Action: failed\nStatus: 5.1.1")})["outcome"] == "address dead");
  CHECK(p.row("SELECT source FROM suppressions").text("source") == "address dead");
  CHECK(p.number("SELECT count(*) AS n FROM messages WHERE state = 'failed'") == 1);
  CHECK(p.number("SELECT count(*) AS n FROM messages WHERE channel = 'whatsapp'") == 1);
  for (const char* later : {"5.7.1", "5.2.2", "5.0.0", "5.1.1"}) {
    CAPTURE(later);
    CHECK(p.json({"bounced", p.address(),
                  p.report(("Action: failed\nStatus: " + std::string(later)).c_str())})["outcome"] == "known");
  }
  CHECK(p.number("SELECT count(*) AS n FROM messages WHERE channel = 'whatsapp'") == 1);
}

TEST_CASE("a mailbox that is full three times over a week is left alone") {
  MailProgram p;
  CHECK(p.json({"bounced", p.address(), "--soft"})["outcome"] == "mailbox full");
  CHECK(p.json({"bounced", p.address(), "--soft"})["outcome"] == "known");
  CHECK(p.number("SELECT mail_full_times AS n FROM contacts") == 1);
  CHECK(p.number(suppressed) == 0);
  p.change("UPDATE contacts SET mail_full_since = 5, mail_full_times = 2");
  p.change("UPDATE messages SET provider_status = ''");
  CHECK(p({"bounced", p.address(), p.report("Action: failed\nStatus: 5.2.2")}) == 0);
  CHECK(p.row("SELECT source FROM suppressions").text("source") == "address full");
}

TEST_CASE("where test mode sent a mail elsewhere, its bounce says nothing of the contact") {
  MailProgram p;
  p.change("UPDATE messages SET recipient = 'tester@example.org'");
  CHECK(p({"bounced", p.address(), "--hard"}) == 0);
  CHECK(p.row("SELECT address FROM suppressions").text("address") == "tester@example.org");
  CHECK(p.number("SELECT count(*) AS n FROM messages") == 1);
  CHECK(p({"unsubscribe", p.token()}) == 0);
  CHECK(p.row("SELECT state FROM enrollments").text("state") == "active");
}
