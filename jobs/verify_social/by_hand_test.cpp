// An operator's verdict is a verdict like any other, and the last one.
#include "jobs/verify_social/stages.hpp"
#include "jobs/verify_social/verdict.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_minute;
using test::SocialWorld;

namespace {

struct ByHand : SocialWorld {
  explicit ByHand(const char* policy = "manual", const char* action = "COMMENT") {
    tenant("asha");
    campaign("g", "asha", policy);
    task("t", "asha", "g", "INSTAGRAM", action);
    claim("1", "asha", "t");
  }
  bool say(bool yes, const char* tenant_id = "asha", const char* by = "Eve", const char* reason = "") {
    bool decided = false;
    database->transact([&](db::Transaction& tx) {
      Settling s = settling(tx);
      decided = verify_social::decide_by_hand(
          s, {.tenant = {tenant_id}, .claim = "1", .yes = yes, .by = by, .reason = reason});
    });
    return decided;
  }
  RunReport check_at(Millis since_noon) {
    return run_at(since_noon, {verify_social::verify_object(), verify_social::verify_claim()});
  }
  std::int64_t rewards() { return number("SELECT count(*) AS n FROM rewards"); }
  std::int64_t messages() { return number("SELECT count(*) AS n FROM messages"); }
};

} // namespace

TEST_CASE("an operator verifies what waits for a person or a look: rewarded and told once, decided once") {
  for (const char* state : {"manual", "unsupported", "pending"}) {
    CAPTURE(state);
    ByHand w;
    if (std::string_view(state) != "pending")
      w.change("UPDATE task_completions SET state = $s, decided_at = 1, reason = 'claim.by_hand'", {{"s", state}});
    CHECK(w.say(true));
    const db::Row claim = w.claim_row("1");
    CHECK(claim.text("state") == "verified");
    CHECK(claim.text("grade") == "E");
    CHECK(claim.text("source") == "operator: Eve");
    CHECK(claim.time("evidence_at") == noon);
    CHECK(claim.time("decided_at") == noon);
    CHECK(claim.text("reason") == "");
    CHECK(w.rewards() == 1);
    CHECK(w.number("SELECT count(*) AS n FROM messages WHERE origin = 'completion:1' AND state = 'queued'") == 1);
    CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver'") == 1);
    CHECK_FALSE(w.say(true));
    CHECK_FALSE(w.say(false));
    CHECK(w.state_of("1") == "verified");
    CHECK(w.rewards() == 1);
  }
}

TEST_CASE("an operator rejects with a reason, and nothing is granted or said") {
  struct Row {
    const char *reason, *kept;
  };
  for (const Row& row :
       {Row{"no comment there", "rejected by an operator: no comment there"}, Row{"", "rejected by an operator"}}) {
    ByHand w;
    CHECK(w.say(false, "asha", "", row.reason));
    CHECK(w.state_of("1") == "failed");
    CHECK(w.why("1") == row.kept);
    CHECK(w.claim_row("1").text("source") == "operator");
    CHECK(w.claim_row("1").null("grade"));
    CHECK_FALSE(w.say(true));
    CHECK(w.rewards() + w.messages() == 0);
  }
}

TEST_CASE("what was decided for good, or is another tenant's, is not decided by hand") {
  for (const char* state : {"failed", "expired"}) {
    CAPTURE(state);
    ByHand w;
    w.change("UPDATE task_completions SET state = $s, decided_at = 1, reason = 'claim.rejected'", {{"s", state}});
    CHECK_FALSE(w.say(true));
    CHECK(w.state_of("1") == state);
    CHECK(w.rewards() == 0);
  }
  ByHand w;
  w.tenant("bolt");
  CHECK_FALSE(w.say(true, "bolt"));
  CHECK(w.state_of("1") == "pending");
}

TEST_CASE("with its notifications off a claim decided by hand is rewarded in silence") {
  ByHand w;
  w.change("UPDATE campaigns SET notifications = 0");
  CHECK(w.say(true));
  CHECK(w.rewards() == 1);
  CHECK(w.messages() == 0);
}

TEST_CASE("the ledger's row of a claim decided by hand comes to nothing, before its look and during it") {
  // The honor policy would reward it; the look would find its comment.
  for (const char* policy : {"honor", "meta"}) {
    CAPTURE(policy);
    ByHand w(policy, std::string_view(policy) == "honor" ? "LIKE" : "COMMENT");
    w.instagram_of("asha");
    w.http.otherwise = [&](const http::Request&) {
      return http::Response{.status = 200, .body = test::page_of({test::instagram_comment("77", "c1", "done", 1)})};
    };
    w.check_at(one_minute); // in the ledger, not due yet
    REQUIRE(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due'") == 1);
    CHECK(w.say(false));
    w.check_at(6 * one_minute);
    CHECK(w.state_of("1") == "failed");
    CHECK(w.http.sent.empty());
    CHECK(w.rewards() == 0);
    CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE state = 'due'") == 0);
  }
  ByHand w("meta");
  w.instagram_of("asha");
  w.http.otherwise = [&](const http::Request&) {
    CHECK(w.say(false)); // while the answer is under way
    return http::Response{.status = 200, .body = test::page_of({test::instagram_comment("77", "c1", "done", 1)})};
  };
  w.check_at(6 * one_minute);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.state_of("1") == "failed");
  CHECK(w.rewards() + w.messages() == 0);
}
