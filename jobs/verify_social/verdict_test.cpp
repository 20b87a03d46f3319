// A verdict: the claim, its reward and its message, all once and in one transaction.
#include "jobs/verify_social/verdict.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::verify_social;
using test::noon;
using test::SocialWorld;

namespace {

struct Judged : SocialWorld {
  Judged() {
    tenant("asha");
    campaign("g", "asha");
    task("t", "asha", "g");
    claim("1", "asha", "t");
  }
  bool decide(const Decided& verdict, const char* completion = "1", const char* tenant_id = "asha") {
    bool ours = false;
    database->transact([&](db::Transaction& tx) {
      Settling s = settling(tx);
      ours = verify_social::decide(s, {tenant_id}, completion, verdict);
    });
    return ours;
  }
  db::Row message() { return rows("SELECT * FROM messages").at(0); }
  std::int64_t rewards() { return number("SELECT count(*) AS n FROM rewards"); }
  std::int64_t messages() { return number("SELECT count(*) AS n FROM messages"); }
  std::int64_t to_deliver() { return number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver'"); }
};

const Decided seen{.state = "verified",
                   .grade = 'A',
                   .source = "instagram comments",
                   .evidence = "77",
                   .evidence_at = noon - Millis(1'000)};

} // namespace

TEST_CASE("a verified claim is rewarded and told once, whatever is run twice") {
  Judged w;
  CHECK(w.decide(seen));
  CHECK_FALSE(w.decide(seen));
  CHECK_FALSE(w.decide({.state = "expired", .reason = "claim.expired"}));
  const db::Row claim = w.claim_row("1");
  CHECK(claim.text("state") == "verified");
  CHECK(claim.text("grade") == "A");
  CHECK(claim.text("source") == "instagram comments");
  CHECK(claim.text("evidence") == "77");
  CHECK(claim.time("evidence_at") == noon - Millis(1'000));
  CHECK(claim.time("decided_at") == noon);
  CHECK(claim.null("look_at"));
  REQUIRE(w.rewards() == 1);
  const db::Row reward = w.rows("SELECT * FROM rewards").at(0);
  CHECK(reward.text("completion_id") == "1");
  CHECK(reward.text("contact_id") == "c1");
  CHECK(reward.text("campaign_id") == "g");
  CHECK(reward.integer("spins") == 3);
  CHECK(reward.time("granted_at") == noon);
  CHECK(w.messages() == 1);
  CHECK(w.to_deliver() == 1);
}

TEST_CASE("what is not verified is written with its reason, and neither rewarded nor told") {
  for (const char* state : {"failed", "expired", "unsupported", "manual"}) {
    CAPTURE(state);
    Judged w;
    CHECK(w.decide({.state = state, .source = "click log", .reason = Reason("claim.rejected_for", {"because"})}));
    CHECK(w.state_of("1") == state);
    CHECK(w.claim_row("1").text("reason") == "claim.rejected_for");
    CHECK(w.claim_row("1").text("args") == R"(["because"])");
    CHECK(w.claim_row("1").null("grade"));
    CHECK_FALSE(w.decide(seen));
    CHECK(w.rewards() + w.messages() + w.to_deliver() == 0);
  }
}

TEST_CASE("a claim that somebody decided meanwhile, or of another tenant, is left as it is") {
  Judged w;
  w.change("UPDATE task_completions SET state = 'failed', reason = 'claim.rejected', decided_at = 1 WHERE id = '1'");
  CHECK_FALSE(w.decide(seen));
  CHECK(w.claim_row("1").text("reason") == "claim.rejected");
  CHECK(w.claim_row("1").text("evidence") == "");
  CHECK(w.rewards() + w.messages() == 0);

  Judged other;
  other.tenant("bolt");
  CHECK_FALSE(other.decide(seen, "1", "bolt"));
  CHECK_FALSE(other.decide(seen, "nowhere"));
  CHECK(other.state_of("1") == "pending");
  CHECK(other.rewards() + other.messages() == 0);
}

TEST_CASE("the message is frozen when it is caused") {
  Judged w;
  w.change("UPDATE campaigns SET message_text = 'Hi {name}: {reward} for {task} ({platform}, {campaign}) {link}', "
           "link = 'https://a.example/{name}', template_name = 'reward_v1', template_language = 'en_US', "
           "template_values = '[\"{name}\",\"{reward} spins\",\"{link|none}\"]', message_ttl_ms = 60000");
  w.change("UPDATE tasks SET title = '{reward} & co' WHERE id = 't'");
  REQUIRE(w.decide(seen));
  w.change("UPDATE campaigns SET message_text = 'changed'");
  w.change("UPDATE contacts SET name = 'Zoe'");
  const db::Row m = w.message();
  CHECK(m.text("origin") == "completion:1");
  CHECK(m.text("contact_id") == "c1");
  CHECK(m.text("campaign_id") == "g");
  CHECK(m.text("text") == "Hi Ana: 3 for {reward} & co (INSTAGRAM, Autumn) https://a.example/{name}");
  CHECK(m.text("template_name") == "reward_v1");
  CHECK(m.text("template_language") == "en_US");
  CHECK(m.text("template_values") == R"(["Ana","3 spins","https://a.example/{name}"])");
  CHECK(m.text("state") == "queued");
  CHECK(m.time("created_at") == noon);
  CHECK(m.time("expires_at") == noon + Millis(60'000));
  const db::Row due = w.ledger_row("deliver", "message:" + m.text("id"));
  CHECK(due.text("tenant_id") == "asha");
  CHECK(due.time("due_at") == noon);
}

TEST_CASE("without a text of its own a campaign speaks the contact's language, or else the tenant's") {
  struct Row {
    const char *contact, *tenant, *link, *text;
  };
  const char* const english = "Hi Ana! Your task \"Comment\" is verified. Spins added: 3.";
  const char* const german = "Hallo Ana! Deine Aufgabe „Comment“ ist bestätigt. Gutgeschriebene Drehungen: 3.";
  const Row rows[] = {
      {"", "", "", english},
      {"", "de", "", german},
      {"en", "de", "", english},
      {"de-AT", "en", "", german},
      {"de_CH", "", "", german},
      {"den", "", "", english},
      {"fr", "de", "", english},
      {"", "", "https://a.example", "Hi Ana! Your task \"Comment\" is verified. Spins added: 3. https://a.example"}};
  for (const Row& row : rows) {
    INFO(row.contact, "/", row.tenant);
    Judged w;
    w.change("UPDATE contacts SET language = $l", {{"l", row.contact}});
    w.change("UPDATE tenants SET language = $l WHERE id = 'asha'", {{"l", row.tenant}});
    w.change("UPDATE campaigns SET link = $l", {{"l", row.link}});
    w.decide(seen);
    CHECK(w.message().text("text") == row.text);
  }
  Judged w;
  w.change("UPDATE contacts SET name = ''");
  w.change("UPDATE tasks SET title = ''");
  w.change("UPDATE campaigns SET name = '', message_text = '{name|friend}, {task} of {campaign}'");
  w.decide(seen);
  CHECK(w.message().text("text") == "friend, t of g");
}

TEST_CASE("a message that cannot be filled is stored as failed; the reward stays") {
  struct Row {
    const char *text, *values, *reason;
  };
  const Row rows[] = {
      {"{link}", "[]", "template: cannot be filled: {link} is empty; give it a default: {link|…}"},
      {"{prize}", "[]", "template: cannot be filled: {prize} is unknown"},
      {"ok", "[\"{name}\",\"{link}\"]", "template: cannot be filled: {link} is empty; give it a default: {link|…}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Judged w;
    w.change("UPDATE campaigns SET message_text = $t, template_values = $v, "
             "template_name = CASE $v WHEN '[]' THEN '' ELSE 'won' END",
             {{"t", row.text}, {"v", row.values}});
    CHECK(w.decide(seen));
    CHECK(w.state_of("1") == "verified");
    CHECK(w.rewards() == 1);
    CHECK(w.message().text("state") == "failed");
    CHECK(w.message().text("reason") == "message.unfillable");
    CHECK(test::reason_text(w.message()) == row.reason);
    CHECK(w.to_deliver() == 0);
    CHECK_FALSE(w.decide(seen));
    CHECK(w.messages() == 1);
  }
}

TEST_CASE("with its notifications off a campaign rewards in silence") {
  Judged w;
  w.change("UPDATE campaigns SET notifications = 0");
  CHECK(w.decide(seen));
  CHECK(w.rewards() == 1);
  CHECK(w.messages() + w.to_deliver() == 0);
}

TEST_CASE("a claim put off keeps why and until when; a decided one cannot be put off") {
  Judged w;
  const auto put_off_1 = [&] {
    w.database->transact([&](db::Transaction& tx) {
      Settling s = w.settling(tx);
      put_off(s, {"asha"}, "1", "claim.not_found_yet", noon + Millis(900'000));
    });
  };
  put_off_1();
  put_off_1();
  CHECK(w.claim_row("1").text("reason") == "claim.not_found_yet");
  CHECK(w.claim_row("1").text("note") == "claim.not_found_yet");
  CHECK(w.claim_row("1").time("look_at") == noon + Millis(900'000));
  CHECK(w.claim_row("1").integer("looks") == 2);
  w.decide(seen);
  CHECK(w.claim_row("1").text("reason") == "");
  put_off_1();
  CHECK(w.claim_row("1").text("reason") == "");
  CHECK(w.claim_row("1").null("look_at"));
}
