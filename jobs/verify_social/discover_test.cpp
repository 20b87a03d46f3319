// Claims on their way into the ledger: those of one object and credential share a watch, never others.
#include "jobs/verify_social/discover.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::verify_social;
using test::noon;
using test::one_hour;
using test::one_minute;
using test::SocialWorld;

namespace {

struct Found : SocialWorld {
  Found() {
    tenant("asha");
    campaign("g", "asha");
    task("t", "asha", "g");
  }
  std::size_t discover(std::size_t chunk = 500, std::optional<TenantId> only = {}) {
    std::size_t found = 0;
    database->transact([&](db::Transaction& tx) {
      const Settling s = settling(tx);
      Discovery d{.tx = tx, .now = clock.now(), .only = only, .chunk = chunk, .enqueue = s.enqueue, .hasten = s.hasten};
      found = discover_claims(d);
    });
    return found;
  }
  void claims(int from, int to, const std::string& tenant_id = "asha", const std::string& task_id = "t") {
    for (int i = from; i < to; ++i) claim(task_id + std::to_string(i), tenant_id, task_id);
  }
  bool undiscovered() {
    bool any = false;
    database->read([&](db::Transaction& tx) { any = !tx.query(undiscovered_claims, {{"now", clock.now()}}).empty(); });
    return any;
  }
  std::int64_t watches() { return number("SELECT count(*) AS n FROM watches"); }
  std::int64_t looks() { return number("SELECT count(*) AS n FROM ledger WHERE stage = 'verify-object'"); }
  std::int64_t alone() { return number("SELECT count(*) AS n FROM ledger WHERE stage = 'verify-claim'"); }
};

} // namespace

TEST_CASE("fifty claims on one post are one watch and one row") {
  Found w;
  CHECK_FALSE(w.undiscovered());
  w.claims(0, 50);
  CHECK(w.undiscovered());
  CHECK(w.discover() == 50);
  CHECK_FALSE(w.undiscovered());
  CHECK(w.discover() == 0);
  CHECK(w.watches() == 1);
  CHECK(w.looks() == 1);
  CHECK(w.alone() == 0);
  CHECK(
      w.number("SELECT count(*) AS n FROM task_completions WHERE watch_id = (SELECT id FROM watches) AND enqueued_at = "
               "$now",
               {{"now", noon}}) == 50);
  const db::Row watch = w.rows("SELECT * FROM watches").at(0);
  CHECK(watch.text("service") == "instagram");
  CHECK(watch.text("method") == "comments");
  CHECK(watch.text("object_id") == "500");
  CHECK(watch.text("scope") == "");
  CHECK(watch.null("campaign_id"));
  CHECK(watch.null("task_id"));
  CHECK_FALSE(watch.flag("platform_ok"));
  const db::Row due = w.ledger_row("verify-object", "watch:" + watch.text("id") + ":0");
  CHECK(due.text("tenant_id") == "asha");
  CHECK(due.time("due_at") == noon + 5 * one_minute);
}

TEST_CASE("discovery goes by chunks, and only for the tenant asked for") {
  Found w;
  w.tenant("bolt");
  w.campaign("h", "bolt");
  w.task("u", "bolt", "h");
  w.claims(0, 5);
  w.claims(0, 2, "bolt", "u");
  CHECK(w.discover(3, TenantId{"asha"}) == 3);
  CHECK(w.discover(3, TenantId{"asha"}) == 2);
  CHECK(w.discover(3, TenantId{"asha"}) == 0);
  CHECK(w.undiscovered());
  CHECK(w.discover() == 2);
}

TEST_CASE("what may be answered by different credentials or questions is watched apart") {
  struct Row {
    const char* what;
    const char* change; // made to the second campaign and task
    std::int64_t watches;
  };
  const Row rows[] = {
      {"the same object by the tenant's one token", "UPDATE tasks SET title = title", 1},
      {"another object", "UPDATE tasks SET object_id = '501' WHERE id = 'u'", 2},
      {"another platform", "UPDATE tasks SET platform = 'FACEBOOK' WHERE id = 'u'", 2},
      {"a policy that allows the platform's token", "UPDATE campaigns SET policy = 'platform' WHERE id = 'h'", 2},
      {"likes instead of comments", "UPDATE tasks SET action = 'LIKE' WHERE id = 'u'", 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Found w;
    w.change("UPDATE campaigns SET policy = 'counters'");
    w.campaign("h", "asha", "counters");
    w.task("u", "asha", "h");
    w.change(row.change);
    w.claims(0, 3);
    w.claims(0, 3, "asha", "u");
    CHECK(w.discover() == 6);
    CHECK(w.watches() == row.watches);
    CHECK(w.looks() == row.watches);
  }
}

TEST_CASE("two tenants never share a watch, not even of one object") {
  Found w;
  w.tenant("bolt");
  w.campaign("h", "bolt");
  w.task("u", "bolt", "h");
  w.claims(0, 3);
  w.claims(0, 3, "bolt", "u");
  w.discover();
  CHECK(w.watches() == 2);
  CHECK(w.number("SELECT count(*) AS n FROM ledger l JOIN watches w ON l.key = 'watch:' || w.id || ':0' AND "
                 "l.tenant_id = w.tenant_id") == 2);
  CHECK(w.number("SELECT count(*) AS n FROM task_completions c JOIN watches w ON w.id = c.watch_id AND w.tenant_id <> "
                 "c.tenant_id") == 0);
}

TEST_CASE("a task or campaign with a token of its own has a watch of its own") {
  struct Row {
    const char *scope, *owner, *service;
    std::int64_t watches;
  };
  for (const Row& row : std::initializer_list<Row>{{"task", "u", "instagram", 2},
                                                   {"campaign", "h", "instagram", 2},
                                                   {"tenant", "asha", "instagram", 1},
                                                   {"task", "u", "facebook", 1}}) {
    INFO(row.scope, " ", row.service);
    Found w;
    w.campaign("h", "asha");
    w.task("u", "asha", "h");
    w.credential(row.scope, "asha", row.owner, row.service, "https://graph.instagram.com");
    w.claims(0, 2);
    w.claims(0, 2, "asha", "u");
    w.discover();
    CHECK(w.watches() == row.watches);
    if (row.watches == 1) continue;
    // The row carries where the credential's chain starts.
    const db::Row own = w.rows("SELECT * FROM watches WHERE scope = $o", {{"o", row.owner}}).at(0);
    CHECK(own.text_or_empty("task_id") == (std::string_view(row.scope) == "task" ? "u" : ""));
    CHECK(own.text_or_empty("campaign_id") == (std::string_view(row.scope) == "campaign" ? "h" : ""));
  }
}

TEST_CASE("the followers of an account are one watch, whatever post a task names") {
  Found w;
  w.change("UPDATE campaigns SET policy = 'followers'");
  w.change("UPDATE tasks SET action = 'FOLLOW'");
  w.task("u", "asha", "g", "INSTAGRAM", "FOLLOW", "501");
  w.claims(0, 2);
  w.claims(0, 2, "asha", "u");
  w.discover();
  CHECK(w.watches() == 1);
  CHECK(w.rows("SELECT * FROM watches").at(0).text("object_id") == "");
}

TEST_CASE("a claim that is due earlier hastens the look, a later one does not put it off") {
  Found w;
  const auto claim_due = [&](const char* id, Millis after) {
    w.claim(id, "asha", "t");
    w.change("UPDATE task_completions SET verify_after = $at WHERE id = $id", {{"at", noon + after}, {"id", id}});
    w.discover();
    return w.rows("SELECT due_at FROM ledger").at(0).time("due_at") - noon;
  };
  CHECK(claim_due("late", one_hour) == one_hour);
  CHECK(claim_due("early", 10 * one_minute) == 10 * one_minute);
  CHECK(claim_due("later", 2 * one_hour) == 10 * one_minute);
  CHECK(w.looks() == 1);
}

TEST_CASE("a claim that is grouped anew goes to the look of its present credential, and keeps its turn") {
  Found w;
  w.claims(0, 1);
  w.discover();
  w.change("UPDATE task_completions SET look_at = $at, watch_id = NULL, enqueued_at = NULL", {{"at", noon + one_hour}});
  w.credential("task", "asha", "t", "instagram", "https://graph.instagram.com");
  CHECK(w.discover() == 1);
  CHECK(w.watches() == 2);
  const db::Row watch = w.rows("SELECT w.* FROM watches w JOIN task_completions c ON c.watch_id = w.id").at(0);
  CHECK(watch.text("scope") == "t");
  CHECK(w.ledger_row("verify-object", "watch:" + watch.text("id") + ":0").time("due_at") == noon + one_hour);
}

TEST_CASE("a claim of a later time is left until then") {
  Found w;
  w.claim("1", "asha", "t", one_minute);
  CHECK_FALSE(w.undiscovered());
  CHECK(w.discover() == 0);
  w.clock.advance(one_minute);
  CHECK(w.undiscovered());
  CHECK(w.discover() == 1);
}

TEST_CASE("a claim joins the look that comes next, not one that has been") {
  Found w;
  w.claims(0, 1);
  w.discover();
  w.change("UPDATE watches SET looks = 7");
  w.change("UPDATE ledger SET state = 'done', finished_at = 1");
  w.claims(1, 2);
  w.discover();
  const std::string id = w.rows("SELECT id FROM watches").at(0).text("id");
  CHECK(w.ledger_row("verify-object", "watch:" + id + ":7").text("state") == "due");
}

TEST_CASE("a claim that shares no call has a row of its own, due when it may be verified") {
  struct Row {
    const char *what, *change;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"honor", "UPDATE campaigns SET policy = 'honor'"},
                                  {"by hand", "UPDATE campaigns SET policy = 'manual'"},
                                  {"a visit", "UPDATE tasks SET action = 'VISIT_PAGE'"},
                                  {"one follower", "UPDATE tasks SET action = 'FOLLOW'"},
                                  {"nothing can show it", "UPDATE tasks SET action = 'SHARE'"},
                                  {"claimed before the campaign", "UPDATE campaigns SET starts_at = 9000000000000"},
                                  {"claimed after it", "UPDATE campaigns SET ends_at = 1"}}) {
    CAPTURE(row.what);
    Found w;
    w.change(row.change);
    w.claims(0, 2);
    CHECK(w.discover() == 2);
    CHECK(w.watches() == 0);
    CHECK(w.looks() == 0);
    CHECK(w.alone() == 2);
    CHECK(w.ledger_row("verify-claim", "completion:t0").time("due_at") == noon + 5 * one_minute);
    CHECK(w.claim_row("t0").null("watch_id"));
  }
}
