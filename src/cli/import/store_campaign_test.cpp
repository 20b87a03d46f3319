// Storing campaigns and tasks: upserts, what is kept, whose credentials they are, and what is woken.
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::is;
using test_import::Mistake;
using test_import::World;

namespace {

constexpr auto two_campaigns = R"({
  "plans": [{"slug": "basic", "messages_per_month": 500}],
  "platform": {"credentials": [{"service": "facebook", "base_url": "https://graph.facebook.com", "secret": "P"}]},
  "tenants": [{"slug": "pizza", "plan": "basic", "sender_interval": "2s", "messages_per_day": 100,
    "warmup_start": "2026-11-20", "contact_daily_cap": 3, "grants": ["facebook"],
    "credentials": [{"service": "instagram", "base_url": "https://graph.instagram.com", "secret": "T", "app_secret": "A"}],
    "campaigns": [
      {"slug": "summer", "name": "Summer", "kind": "social", "status": "running", "starts_at": "2026-11-01T00:00:00Z", "policy": "honor",
       "acknowledged_by": "Asha", "acknowledged_on": "2026-10-31", "probability": 0.5, "honor_cap": 2,
       "visit_time": "20s", "notifications": false, "zone": "Asia/Tokyo", "window": {"start": "22:00", "end": "06:30"}, "message_ttl": "2h",
       "message": "Hi! {link}", "template": {"name": "won", "language": "de", "parameters": ["{name}"]},
       "link": "https://pizza.example",
       "credentials": [{"service": "instagram", "base_url": "https://graph.instagram.com", "secret": "C"}],
       "tasks": [{"slug": "comment", "platform": "instagram", "action": "comment", "object_id": "1789",
                  "url": "https://x.example", "title": "Say hi", "reward_spins": 4, "patience": "3d", "active": true,
                  "credentials": [{"service": "instagram", "base_url": "https://graph.instagram.com", "secret": "K"}]},
                 {"slug": "follow", "platform": "INSTAGRAM", "action": "FOLLOW"}]},
      {"slug": "winter"}]}]})";

std::string to_summer(const std::string& fields) {
  return R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"summer",)" + fields + "}]}]}";
}

// Waits far in the future; `reason` '' = nothing has been tried with it yet.
void put_off(World& w, const std::string& key, const std::string& reason) {
  w.run(("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, created_at) SELECT 'deliver', '" + key +
         "', id, 'due', 99999999999999, '" + reason + "', 0 FROM tenants WHERE slug = 'pizza'")
            .c_str());
}

bool is_woken(World& w, const std::string& key) {
  return w.row("SELECT due_at FROM ledger WHERE key = '" + key + "'").time("due_at") == test::noon;
}

} // namespace

TEST_CASE("campaigns, tasks and their credentials are stored whole, and the same again changes nothing") {
  World w;
  Counts c = w.store(two_campaigns);
  CHECK(is(c.plans, 1, 0, 0));
  CHECK(is(c.campaigns, 2, 0, 0));
  CHECK(is(c.tasks, 2, 0, 0));
  CHECK(is(c.credentials, 4, 0, 0));
  CHECK(w.row("SELECT messages_per_month AS n FROM plans").integer("n") == 500);
  const db::Row t = w.row("SELECT * FROM tenants WHERE slug = 'pizza'");
  CHECK(t.integer("sender_interval_ms") == 2000);
  CHECK(t.integer("messages_per_day") == 100);
  CHECK(t.text("warmup_start") == "2026-11-20");
  CHECK(t.integer("contact_daily_cap") == 3);
  const db::Row g = w.row("SELECT * FROM campaigns WHERE slug = 'summer'");
  CHECK(g.text("name") == "Summer");
  CHECK(g.text("kind") == "social");
  CHECK(g.time("starts_at") == from_ms(1'793'491'200'000));
  CHECK(g.null("ends_at"));
  CHECK(g.text("policy") == "honor");
  CHECK(g.text("acknowledged_by") == "Asha");
  CHECK(g.text("acknowledged_on") == "2026-10-31");
  CHECK(g.real("probability") == 0.5);
  CHECK(g.integer("honor_cap") == 2);
  CHECK(g.integer("visit_ms") == 20'000);
  CHECK(!g.flag("notifications"));
  CHECK(g.text("zone") == "Asia/Tokyo");
  CHECK(g.text("window_start") == "22:00");
  CHECK(g.text("window_end") == "06:30");
  CHECK(g.integer("message_ttl_ms") == 7'200'000);
  CHECK(g.text("message_text") == "Hi! {link}");
  CHECK(g.text("template_name") == "won");
  CHECK(g.text("template_language") == "de");
  CHECK(g.text("template_values") == R"(["{name}"])");
  CHECK(g.text("link") == "https://pizza.example");
  const db::Row k = w.row("SELECT * FROM tasks WHERE slug = 'comment'");
  CHECK(k.text("platform") == "INSTAGRAM");
  CHECK(k.text("action") == "COMMENT");
  CHECK(k.text("object_id") == "1789");
  CHECK(k.text("url") == "https://x.example");
  CHECK(k.text("title") == "Say hi");
  CHECK(k.integer("reward_spins") == 4);
  CHECK(k.integer("patience_ms") == 3 * 86'400'000);
  CHECK(w.row("SELECT title FROM tasks WHERE slug = 'follow'").text("title") == "follow"); // messages name it

  c = w.store(two_campaigns);
  CHECK(is(c.plans, 0, 0, 1));
  CHECK(is(c.tenants, 0, 0, 1));
  CHECK(is(c.campaigns, 0, 0, 2));
  CHECK(is(c.tasks, 0, 0, 2));
  CHECK(is(c.credentials, 0, 0, 4));
}

TEST_CASE("a new campaign gets the schema's defaults and a seed of its own that never changes") {
  World w;
  w.store(two_campaigns);
  const db::Row winter = w.row("SELECT * FROM campaigns WHERE slug = 'winter'");
  CHECK(winter.text("kind") == "social");
  CHECK(winter.text("status") == "running");
  CHECK(winter.text("policy") == "meta");
  CHECK(winter.text("seed").size() == 32);
  const std::string seed = w.row("SELECT seed FROM campaigns WHERE slug = 'summer'").text("seed");
  CHECK(seed != winter.text("seed"));
  w.store(to_summer(R"("policy":"statistical","probability":1)"));
  CHECK(w.row("SELECT seed FROM campaigns WHERE slug = 'summer'").text("seed") == seed);
}

TEST_CASE("what a campaign's entry leaves out is kept, and null takes away") {
  World w;
  w.store(two_campaigns);
  Counts c = w.store(to_summer(R"("status":"paused","tasks":[{"slug":"comment","active":false}])"));
  CHECK(is(c.campaigns, 0, 1, 0));
  CHECK(is(c.tasks, 0, 1, 0));
  db::Row g = w.row("SELECT * FROM campaigns WHERE slug = 'summer'");
  CHECK(g.text("status") == "paused");
  CHECK(g.text("name") == "Summer");
  CHECK(g.text("template_name") == "won");
  CHECK(!g.null("starts_at"));
  CHECK(w.row("SELECT title FROM tasks WHERE active = 0").text("title") == "Say hi");
  c = w.store(R"({"plans":[{"slug":"basic","messages_per_month":null}],
    "tenants":[{"slug":"pizza","messages_per_day":null,"warmup_start":null,"contact_daily_cap":null,
                "campaigns":[{"slug":"summer","starts_at":null,"template":null}]}]})");
  CHECK(is(c.plans, 0, 1, 0));
  CHECK(is(c.tenants, 0, 1, 0));
  CHECK(is(c.campaigns, 0, 1, 0));
  g = w.row("SELECT * FROM campaigns WHERE slug = 'summer'");
  CHECK(g.null("starts_at"));
  CHECK(g.text("template_name") == "");
  CHECK(g.text("template_values") == "[]");
  const db::Row t = w.row("SELECT * FROM tenants WHERE slug = 'pizza'");
  CHECK(t.null("messages_per_day"));
  CHECK(t.null("warmup_start"));
  CHECK(t.null("contact_daily_cap"));
  CHECK(t.integer("sender_interval_ms") == 2000);
  CHECK(w.row("SELECT messages_per_month AS n FROM plans").null("n"));
}

TEST_CASE("a campaign's and a task's credential serve these alone") {
  World w;
  w.store(two_campaigns);
  const TenantId pizza{w.row("SELECT id FROM tenants WHERE slug = 'pizza'").text("id")};
  const CampaignId summer{w.row("SELECT id FROM campaigns WHERE slug = 'summer'").text("id")};
  const CampaignId winter{w.row("SELECT id FROM campaigns WHERE slug = 'winter'").text("id")};
  const TaskId comment{w.row("SELECT id FROM tasks WHERE slug = 'comment'").text("id")};
  w.database->read([&](db::Transaction& tx) {
    const auto secret = [&](const CredentialScope& scope) {
      const auto found = w.vault.resolve(tx, scope, "instagram");
      REQUIRE(found);
      return std::string(found->secret.reveal());
    };
    CHECK(secret({.tenant = pizza, .campaign = summer, .task = comment}) == "K");
    CHECK(secret({.tenant = pizza, .campaign = summer}) == "C");
    CHECK(secret({.tenant = pizza, .campaign = winter}) == "T\nA");
    CHECK(w.vault.resolve(tx, {.tenant = pizza}, "facebook")->owner == Owner::platform);
  });
}

TEST_CASE("a changed campaign, task, quota or pace wakes what was put off, and nothing that waits for its own time") {
  for (const char* change :
       {R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"summer","status":"paused"}]}]})",
        R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"summer","window":{"start":"00:00","end":"00:00"}}]}]})",
        R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"summer","tasks":[{"slug":"comment","active":false}]}]}]})",
        R"({"plans":[{"slug":"basic","messages_per_month":1000}]})",
        R"({"tenants":[{"slug":"pizza","messages_per_day":1000}]})"}) {
    CAPTURE(std::string(change));
    World w;
    w.store(two_campaigns);
    put_off(w, "message:1", "outside the campaign''s hours");
    put_off(w, "message:2", "");
    w.store(two_campaigns);
    CHECK(!is_woken(w, "message:1"));
    w.store(change);
    CHECK(is_woken(w, "message:1"));
    CHECK(!is_woken(w, "message:2"));
  }
}

TEST_CASE("another distance of a sender gives the places anew, and nothing else does") {
  World w;
  w.store(two_campaigns);
  w.store(R"({"tenants":[{"slug":"pizza","sender_interval":"1h","credentials":[{"service":"whatsapp",
      "base_url":"https://wa.example","account":"1","secret":"S-0123456789","settings":{"adapter":"gateway"}}]}]})");
  put_off(w, "message:1", "pace");
  w.run("UPDATE ledger SET place_at = 99999999999999 WHERE key = 'message:1'");
  w.run("INSERT INTO paces (key, next, busy, behind, kept) SELECT id || ':', 9000, 1000, 8000, 7000 FROM credentials "
        "WHERE service = 'whatsapp'");
  w.run("INSERT INTO paces (key, next) SELECT id || ':|late', 5 FROM credentials WHERE service = 'whatsapp'");
  const auto placed = [&] {
    return w.row("SELECT place_at FROM ledger WHERE key = 'message:1'").maybe_time("place_at");
  };
  const auto ends = [&] { return w.row("SELECT next + behind AS n FROM paces WHERE key LIKE '%:'").integer("n"); };
  w.store(R"({"tenants":[{"slug":"pizza","name":"Pizza","sender_interval":"1h"}]})");
  CHECK(placed());
  CHECK(ends() == 17'000);
  w.store(R"({"tenants":[{"slug":"pizza","sender_interval":"1m"}]})");
  CHECK(is_woken(w, "message:1"));
  CHECK(!placed());
  CHECK(ends() == 2'000);
  CHECK(w.row("SELECT count(*) AS n FROM paces").integer("n") == 1);
}

TEST_CASE("open claims are grouped anew when another object, policy or credential is to answer them") {
  const auto at_task = [](const std::string& fields) {
    return to_summer(R"("tasks":[{"slug":"follow",)" + fields + "}]");
  };
  const std::string own =
      R"("credentials":[{"service":"instagram","base_url":"https://graph.instagram.com","secret":"N"}])";
  struct Row {
    std::string change;
    bool regroups;
  };
  const Row rows[] = {{at_task(own), true},
                      {at_task(R"("object_id":"77")"), true},
                      {to_summer(R"("policy":"meta")"), true},
                      {R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"winter",)" + own + "}]}]}", true},
                      {two_campaigns, false},
                      {R"({"tenants":[{"slug":"pizza","name":"Pizza"}]})", false}};
  for (const Row& row : rows) {
    CAPTURE(row.change);
    World w;
    w.store(two_campaigns);
    w.store(
        R"({"tenants":[{"slug":"pizza","contacts":[{"phone":"+491700000001"},{"phone":"+491700000002"}],"completions":[
      {"campaign":"summer","task":"follow","contact":"+491700000001","claimed_at":"2026-11-21T12:00:00Z"},
      {"campaign":"summer","task":"follow","contact":"+491700000002","claimed_at":"2026-11-21T12:00:00Z"}]}]})");
    w.run("INSERT INTO watches (id, tenant_id, service, method, object_id, platform_ok) "
          "SELECT 'w', id, 'instagram', 'counters', '', 0 FROM tenants WHERE slug = 'pizza'");
    w.run("UPDATE task_completions SET watch_id = 'w', enqueued_at = 1");
    w.run("UPDATE task_completions SET state = 'failed', reason = 'x', decided_at = 1 WHERE contact_id IN "
          "(SELECT id FROM contacts WHERE phone = '+491700000002')");
    w.store(row.change);
    const auto open_in_group =
        "SELECT count(*) AS n FROM task_completions WHERE watch_id = 'w' AND enqueued_at = 1 AND state = ";
    CHECK(w.row(open_in_group + std::string("'pending'")).integer("n") == (row.regroups ? 0 : 1));
    CHECK(w.row(open_in_group + std::string("'failed'")).integer("n") == 1);
  }
}

TEST_CASE("a new campaign wakes nothing") {
  World w;
  w.store(two_campaigns);
  put_off(w, "message:1", "outside the campaign''s hours");
  w.store(R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"spring","tasks":[
    {"slug":"a","platform":"FACEBOOK","action":"COMMENT"}]}]}]})");
  CHECK(!is_woken(w, "message:1"));
}

TEST_CASE("a campaign that could not work as it would be stored is refused") {
  World w;
  w.store(two_campaigns);
  const std::string at = "tenants[0].campaigns[0]";
  const auto fresh = [](const std::string& fields) {
    return R"({"tenants":[{"slug":"pizza","campaigns":[{"slug":"new",)" + fields + "}]}]}";
  };
  const Mistake table[] = {
      {fresh(R"("policy":"followers")"), at + ".policy", "Meta's Platform Terms"},
      {fresh(R"("policy":"counters")"), at + ".policy", "acknowledged_by and acknowledged_on"},
      {fresh(R"("policy":"statistical","acknowledged_by":"Asha")"), at + ".policy", "is \"statistical\""},
      {fresh(R"("policy":"honor","acknowledged_on":"2026-11-21")"), at + ".policy", "is \"honor\""},
      {to_summer(R"("acknowledged_by":"")"), at + ".policy", "is \"honor\""},
      {to_summer(R"("ends_at":"2026-10-01T00:00:00Z")"), at + ".ends_at", "not after starts_at"},
      {fresh(R"("message":"See {link}")"), at + ".message", "{link} is empty"},
      {to_summer(R"("link":"","template":null)"), at + ".message", "{link} is empty"},
      {fresh(R"("template":{"name":"won","parameters":["x","{link}"]})"), at + ".template.parameters[1]",
       "give the campaign a link"},
      {fresh(R"("tasks":[{"slug":"a","action":"COMMENT"}])"), at + ".tasks[0].platform", "a new task needs it"},
      {fresh(R"("tasks":[{"slug":"a","platform":"FACEBOOK"}])"), at + ".tasks[0].action", "a new task needs it"},
  };
  for (const auto& row : table) check_mistake(w.check(row.text), row);
  CHECK(w.check(fresh(R"("policy":"manual")")).empty());
  CHECK(w.check(fresh(R"("policy":"platform","message":"{link|soon}")")).empty());
  CHECK(w.check(to_summer(R"("policy":"followers")")).empty()); // acknowledged in the database
}
