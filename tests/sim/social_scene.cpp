// Claims, comments and messages.
#include "sim/social_scene.hpp"

#include "base/zone.hpp"
#include "sim/judge.hpp"
#include "sim/tenant_scene.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milkrun::sim {
namespace {

constexpr Millis an_hour{3'600'000};

struct Claim {
  std::string id, tenant, object, phone;
  Time claimed_at{};
  std::optional<Time> commented_at; // the truth
};

class Social final : public TenantScene {
public:
  Social()
      : TenantScene(product_jobs({"verify-social", "deliver"}),
                    {{"instagram", "https://graph.instagram.com", "17841"},
                     {"whatsapp", "https://gw.example/send", "17841", R"({"adapter":"bearer"})"}}) {}
  void set_up(Stand& s) override;
  Served serve(const http::Request& r, const std::string& tenant, const Remote& remote) override;
  void meddle(Stand& s) override;
  void mend(Stand& s) override;
  void leaving(Stand& s, const http::Request& r) override;
  void judge_commit(Stand& s, db::Transaction& tx) override;
  void judge(Stand& s, bool at_rest) override;

private:
  const Job& verify() const { return *std::ranges::find(jobs(), std::string_view("verify-social"), &Job::name); }
  void furnish(Stand& s, db::Transaction& tx, const db::Param& id);
  void add_claim(Stand& s);
  void word_on_claim(Stand& s);
  const Claim* told(const http::Request& r) const;
  http::Response comments(const http::Request& r, const std::string& tenant) const;
  void judge_claims(Stand& s, bool at_rest);

  std::vector<Claim> claims_;
  std::set<std::string> by_hand_; // claims that an operator verified
  const Clock* clock_ = nullptr;
  Findings* findings_ = nullptr;
  int sent_ = 0;
};

// A campaign of two tasks, and limits.
void Social::furnish(Stand& s, db::Transaction& tx, const db::Param& id) {
  Dice& d = s.dice;
  const auto limit = [&] { return d.percent(40) ? db::Value(std::int64_t{d.between(1, 3)}) : db::Value(); };
  const db::Value month = limit(), a_day = limit();
  tx.execute(test::sql("INSERT INTO plans (id, slug, messages_per_month) VALUES ($id, $id, $m)"), {id, {"m", month}});
  tx.execute(
      test::sql("UPDATE tenants SET plan_id = $id, messages_per_day = $d, sender_interval_ms = $i WHERE id = $id"),
      {id, {"d", a_day}, {"i", d.of({0, 0, 1'000, 10'000})}});
  tx.execute(test::sql("INSERT INTO campaigns (id, tenant_id, slug, name, window_start, window_end) "
                       "VALUES ('g' || $id, $id, 'autumn', 'Autumn', $from, $to)"),
             {id, {"from", d.percent(50) ? "00:00" : "09:00"}, {"to", d.percent(50) ? "00:00" : "21:00"}});
  for (const char* n : {"1", "2"})
    tx.execute(test::sql("INSERT INTO tasks (id, tenant_id, campaign_id, slug, platform, action, object_id, title, "
                         "reward_spins) VALUES ('task' || $n || $id, $id, 'g' || $id, 'task' || $n, 'INSTAGRAM', "
                         "'COMMENT', $n || '0' || substr($id, 7), 'Comment', 3)"),
               {id, {"n", n}});
}

void Social::add_claim(Stand& s) {
  Dice& d = s.dice;
  const int n = static_cast<int>(claims_.size()) + 1;
  const std::string& tenant = any_tenant(s);
  const int task = d.between(1, 2);
  Claim c{.id = fmt::format("claim{:03}", n),
          .tenant = tenant,
          .object = fmt::format("{}0{}", task, tenant.substr(6)),
          .phone = fmt::format("+49170{:07}", 1'000'000 + n),
          .claimed_at = s.clock.now(),
          .commented_at = {}};
  if (d.percent(70)) c.commented_at = c.claimed_at + Millis(1'000LL * d.between(0, 5'400));
  s.real.transact([&](db::Transaction& tx) {
    tx.execute(test::sql("INSERT INTO contacts (id, tenant_id, phone, name, consent, instagram) VALUES ('p' || $id, "
                         "$t, $phone, 'Ana', $c, 'p' || $id)"),
               {{"id", c.id}, {"t", tenant}, {"phone", c.phone}, {"c", d.percent(90)}});
    tx.execute(
        test::sql(
            "INSERT INTO task_completions (id, tenant_id, task_id, contact_id, claimed_at, verify_after, deadline_at) "
            "VALUES ($id, $t, $task, 'p' || $id, $at, $after, $deadline)"),
        {{"id", c.id},
         {"t", tenant},
         {"task", fmt::format("task{}{}", task, tenant)},
         {"at", c.claimed_at},
         {"after", c.claimed_at + Millis(300'000)},
         {"deadline", c.claimed_at + d.between(2, 30) * an_hour}});
  });
  claims_.push_back(std::move(c));
}

void Social::set_up(Stand& s) {
  clock_ = &s.clock;
  findings_ = &s.findings;
  add_tenants(s, s.dice.between(1, 3), [&](db::Transaction& tx, const db::Param& id) { furnish(s, tx, id); });
  for (int n = s.dice.between(2, 8); n > 0; --n) add_claim(s);
}

// Whom a message is for: its text is the same for all, its number is not.
const Claim* Social::told(const http::Request& r) const {
  const auto found = std::ranges::find_if(
      claims_, [&](const Claim& c) { return r.body.find(c.phone.substr(1)) != std::string::npos; });
  return found == claims_.end() ? nullptr : &*found;
}

http::Response Social::comments(const http::Request& r, const std::string& tenant) const {
  std::vector<const Claim*> there;
  for (const Claim& c : claims_)
    if (c.commented_at && *c.commented_at <= clock_->now() &&
        r.url.find("/" + c.object + "/comments") != std::string::npos) {
      if (c.tenant != tenant)
        findings_->add(fmt::format("object {} of {} was looked at as {}", c.object, c.tenant, tenant));
      there.push_back(&c);
    }
  std::ranges::sort(there, [](const Claim* a, const Claim* b) { return *a->commented_at > *b->commented_at; });
  std::string rows;
  for (const Claim* c : there)
    rows += fmt::format(R"({}{{"id":"9{}","username":"p{}","text":"nice","timestamp":"{}+0000"}})",
                        rows.empty() ? "" : ",", c->id.substr(5), c->id, zone::utc(*c->commented_at).substr(0, 19));
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = R"({"data":[)" + rows + "]}",
          .url = r.url};
}

Served Social::serve(const http::Request& r, const std::string& tenant, const Remote&) {
  const bool known = may_enter(tenant);
  if (r.url.find("graph.instagram.com") != std::string::npos)
    return known
               ? Served{comments(r, tenant)}
               : Served{{.status = 401,
                         .body =
                             R"({"error":{"message":"Invalid OAuth access token","type":"OAuthException","code":190}})",
                         .url = r.url}};
  if (!known) return {{.status = 401, .body = R"({"message":"invalid token"})", .url = r.url}};
  const Claim* c = told(r);
  if (c == nullptr) {
    findings_->add("a message to nobody: " + r.body);
    return {{.status = 400, .url = r.url}};
  }
  return {{.status = 200, .body = fmt::format(R"({{"id":"wamid-{}","status":"queued"}})", ++sent_), .url = r.url},
          "deliver",
          c->id};
}

void Social::word_on_claim(Stand& s) {
  const db::Rows rows = test::rows(
      s.real,
      "SELECT id, tenant_id FROM task_completions WHERE state IN ('pending', 'manual', 'unsupported') ORDER BY id");
  if (rows.empty()) return;
  const db::Row& row = s.dice.of(rows);
  const bool yes = s.dice.percent(50);
  s.trace.add(s.clock.now(), fmt::format("operator: claim {} {}", row.text("id"), yes));
  if (yes) by_hand_.insert(row.text("id"));
  decide_claim(verify(), {.tenant = {row.text("tenant_id")}, .claim = row.text("id"), .yes = yes}, "open",
               {.user = "sim"}, s.real, s.vault, s.clock, {});
}

void Social::meddle(Stand& s) {
  Dice& d = s.dice;
  switch (d.below(9)) {
  case 0:
  case 1: return add_claim(s);
  case 2:
    return test::change(s.real,
                        "INSERT INTO suppressions (tenant_id, channel, address, source, since) SELECT tenant_id, "
                        "'whatsapp', phone, 'import', $now "
                        "FROM contacts WHERE id = $id ON CONFLICT DO NOTHING",
                        {{"now", s.clock.now()}, {"id", "p" + d.of(claims_).id}});
  case 3:
    return test::change(s.real,
                        "UPDATE campaigns SET status = CASE status WHEN 'running' THEN 'paused' ELSE 'running' END "
                        "WHERE tenant_id = $id",
                        {{"id", any_tenant(s)}});
  case 4: return word_on_claim(s);
  default: return common_meddling(s);
  }
}

void Social::mend(Stand& s) {
  TenantScene::mend(s);
  test::change(s.real, "UPDATE campaigns SET status = 'running'");
}

void Social::leaving(Stand& s, const http::Request& r) {
  if (r.effect != http::Effect::once) return;
  const Claim* c = told(r);
  if (c == nullptr) return s.findings.add("a message to nobody leaves");
  const db::Rows rows = test::rows(s.real, "SELECT id FROM messages WHERE contact_id = 'p' || $id", {{"id", c->id}});
  if (rows.empty()) return s.findings.add("a message that is not in the outbox leaves");
  must_be_armed(s, "deliver", Key{"message", rows.front().text("id")});
}

void Social::judge_claims(Stand& s, bool at_rest) {
  for (const db::Row& r :
       test::rows(s.real, "SELECT c.id, c.state, c.watch_id, c.enqueued_at, (SELECT count(*) FROM rewards w WHERE "
                          "w.completion_id = c.id) AS rewards, "
                          "(SELECT count(*) FROM messages m WHERE m.origin = 'completion:' || c.id) AS messages, "
                          "(SELECT count(*) FROM ledger l WHERE l.state NOT IN ('done', 'cancelled', 'discarded') AND "
                          "((l.stage = 'verify-object' AND l.key LIKE 'watch:' || c.watch_id || ':%') OR (l.stage = "
                          "'verify-claim' AND "
                          "l.key = 'completion:' || c.id))) AS waits FROM task_completions c ORDER BY c.id")) {
    const std::string& id = r.text("id");
    const Claim& truth = *std::ranges::find(claims_, id, &Claim::id);
    const bool verified = r.text("state") == "verified";
    if (verified && (!truth.commented_at || *truth.commented_at > s.clock.now()) && !by_hand_.contains(id))
      s.findings.add(id + " is verified and nothing shows it");
    if (r.integer("rewards") != (verified ? 1 : 0))
      s.findings.add(fmt::format("{} is {} and has {} rewards", id, r.text("state"), r.integer("rewards")));
    if (r.integer("messages") != (verified ? 1 : 0))
      s.findings.add(fmt::format("{} is {} and has {} messages", id, r.text("state"), r.integer("messages")));
    if (r.text("state") != "pending") continue;
    if (at_rest)
      s.findings.add(id + " is never decided");
    else if (!r.null("enqueued_at") && r.integer("waits") == 0)
      s.findings.add(id + " waits for nothing");
  }
}

void Social::judge_commit(Stand& s, db::Transaction& tx) {
  judge_limits(s, tx,
               "SELECT u.tenant_id, u.meter, u.period, u.used + u.reserved AS n FROM usage u JOIN tenants t "
               "ON t.id = u.tenant_id LEFT JOIN plans p ON p.id = t.plan_id "
               "WHERE (u.meter = 'messages' AND u.used + u.reserved > p.messages_per_month) "
               "OR (u.meter = 'messages a day' AND u.used + u.reserved > t.messages_per_day)");
}

void Social::judge(Stand& s, bool at_rest) {
  judge_claims(s, at_rest);
  judge_outbox(s, at_rest, [](const db::Row& r) { return r.text("contact_id").substr(1); });
}

} // namespace

std::unique_ptr<Scene> social_scene() { return std::make_unique<Social>(); }

} // namespace milkrun::sim
