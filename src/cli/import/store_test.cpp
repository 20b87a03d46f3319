// Storing an import document: what is added, kept, changed and counted.
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::is;
using test_import::World;

namespace {

constexpr auto first = R"({
  "plans": [{"slug": "basic", "posts_per_month": 30}],
  "portals": [{"slug": "ltl", "base_url": "https://portal.example/", "sync_interval": "5m", "token": "t", "api_key": "k"}],
  "platform": {"credentials": [{"service": "ai", "base_url": "https://x.example", "secret": "s",
                                "settings": {"adapter": "ollama", "model": "m"}}]},
  "tenants": [{"slug": "asha", "name": "Asha", "timezone": "Asia/Kolkata", "plan": "basic", "categories": ["b", "a"],
               "grants": ["ai"], "frequency": "weekly",
               "credentials": [{"service": "wordpress", "base_url": "https://asha.example/", "account": "ed", "secret": "pw"}],
               "feeds": [{"url": "https://news.example/feed.xml", "first_poll": "none", "include": ["tea"]}]}]})";

} // namespace

TEST_CASE("a first import adds everything, the same again changes nothing") {
  World w;
  Counts c = w.store(first);
  CHECK(is(c.plans, 1, 0, 0));
  CHECK(is(c.portals, 1, 0, 0));
  CHECK(is(c.tenants, 1, 0, 0));
  CHECK(is(c.credentials, 4, 0, 0)); // token, api key, platform ai, wordpress
  CHECK(is(c.feeds, 1, 0, 0));
  const db::Row t =
      w.row("SELECT t.*, p.slug AS plan FROM tenants t JOIN plans p ON p.id = t.plan_id WHERE t.slug = 'asha'");
  CHECK(t.text("name") == "Asha");
  CHECK(t.text("timezone") == "Asia/Kolkata");
  CHECK(t.text("plan") == "basic");
  CHECK(t.text("categories") == R"(["b","a"])");
  CHECK(t.text("frequency") == "weekly");
  CHECK(t.text("publish_mode") == "draft"); // the schema's default
  CHECK(t.time("created_at") == test::noon);
  CHECK(w.row("SELECT sync_interval_ms AS n FROM portals").integer("n") == 300'000);
  CHECK(w.row("SELECT first_poll AS f FROM feeds").text("f") == "none");
  CHECK(w.row("SELECT include AS f FROM feeds").text("f") == R"(["tea"])");
  CHECK(w.row("SELECT exclude AS f FROM feeds").text("f") == "[]");
  CHECK(w.row("SELECT count(*) AS n FROM platform_grants").integer("n") == 1);

  c = w.store(first);
  CHECK(is(c.plans, 0, 0, 1));
  CHECK(is(c.portals, 0, 0, 1));
  CHECK(is(c.tenants, 0, 0, 1));
  CHECK(is(c.credentials, 0, 0, 4));
  CHECK(is(c.feeds, 0, 0, 1));
}

TEST_CASE("what is left out keeps its stored value, what is given replaces it") {
  World w;
  w.store(first);
  const Counts c = w.store(R"({"plans":[{"slug":"basic"}],"portals":[{"slug":"ltl","active":false}],
    "tenants":[{"slug":"asha","tone":"warm","grants":[],"plan":null,"feeds":[{"url":"https://news.example/feed.xml","active":false}]}]})");
  CHECK(is(c.plans, 0, 0, 1));
  CHECK(is(c.portals, 0, 1, 0));
  CHECK(is(c.tenants, 0, 1, 0));
  CHECK(is(c.credentials, 0, 0, 0));
  CHECK(is(c.feeds, 0, 1, 0));
  const db::Row t = w.row("SELECT * FROM tenants WHERE slug = 'asha'");
  CHECK(t.text("name") == "Asha");
  CHECK(t.text("tone") == "warm");
  CHECK(t.null("plan_id"));
  CHECK(w.row("SELECT posts_per_month AS n FROM plans").integer("n") == 30);
  CHECK(w.row("SELECT count(*) AS n FROM platform_grants").integer("n") == 0);
  CHECK(w.row("SELECT base_url AS u FROM portals").text("u") == "https://portal.example/");
  CHECK(w.row("SELECT stop_reason AS r FROM feeds").text("r") == "feed.switched_off");
  w.store(R"({"tenants":[{"slug":"asha","feeds":[{"url":"https://news.example/feed.xml","active":true}]}]})");
  CHECK(w.row("SELECT stop_reason AS r FROM feeds WHERE active = 1").text("r") == "");
}

TEST_CASE(
    "an operator's word of a feed that is gone ends what it is told for, and a document that repeats itself does not") {
  World w;
  w.store(first);
  const auto gone = [&](const char* active) {
    w.run("UPDATE feeds SET gone_since = 5, active = " + std::string(active) + ", stop_reason = 'feed.gone_410'");
  };
  const auto store = [&](const char* active) {
    return w.store(R"({"tenants":[{"slug":"asha","feeds":[{"url":"https://news.example/feed.xml","active":)" +
                   std::string(active) + "}]}]}");
  };
  const auto feed = [&] { return w.row("SELECT active, stop_reason, gone_since FROM feeds"); };
  gone("0");
  CHECK(is(store("false").feeds, 0, 1, 0));
  CHECK(feed().text("stop_reason") == "feed.switched_off");
  CHECK(feed().null("gone_since"));
  CHECK(is(store("false").feeds, 0, 0, 1));
  gone("0");
  CHECK(is(store("true").feeds, 0, 1, 0));
  CHECK(feed().text("stop_reason") == "");
  CHECK(feed().flag("active"));
  CHECK(feed().null("gone_since"));
  gone("1"); // it has answered so once, and is asked again
  CHECK(is(store("true").feeds, 0, 0, 1));
  CHECK(feed().integer("gone_since") == 5);
}

TEST_CASE("a limit can be taken away, and whatever waits under old settings is looked at again") {
  World w;
  w.store(first);
  w.run("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, created_at) "
        "SELECT 'publish-post', 'article:1', id, 'due', 99999999999999, 'quota', 0 FROM tenants WHERE slug = 'asha'");
  w.store(R"({"plans":[{"slug":"basic","posts_per_month":30}]})"); // as it is
  CHECK(w.row("SELECT due_at FROM ledger").integer("due_at") == 99999999999999);
  CHECK(is(w.store(R"({"plans":[{"slug":"basic","posts_per_month":null}]})").plans, 0, 1, 0));
  CHECK(w.row("SELECT posts_per_month FROM plans").null("posts_per_month"));
  CHECK(w.row("SELECT due_at FROM ledger").time("due_at") == test::noon);
}

TEST_CASE("another frequency, zone or sync interval begins its slot at once; the same ones leave the slots alone") {
  World w;
  w.store(first);
  const auto slots_left = [&] {
    return w
        .row("SELECT (SELECT count(*) FROM feeds WHERE slot_ends_at = 5) + "
             "10 * (SELECT count(*) FROM portals WHERE slot_ends_at = 5) AS n")
        .integer("n");
  };
  struct Row {
    const char* document;
    std::int64_t left;
  };
  for (const Row& row :
       {Row{R"({"tenants":[{"slug":"asha","frequency":"weekly","timezone":"Asia/Kolkata"}]})", 11},
        Row{R"({"tenants":[{"slug":"asha","tone":"warm"}],"portals":[{"slug":"ltl","max_items":3}]})", 11},
        Row{R"({"portals":[{"slug":"ltl","sync_interval":"5m"}]})", 11},
        Row{R"({"tenants":[{"slug":"asha","frequency":"daily"}]})", 10},
        Row{R"({"tenants":[{"slug":"asha","timezone":"Europe/Berlin"}]})", 10},
        Row{R"({"portals":[{"slug":"ltl","sync_interval":"10m"}]})", 1}}) {
    CAPTURE(row.document);
    w.run("UPDATE feeds SET slot_ends_at = 5; UPDATE portals SET slot_ends_at = 5");
    w.store(row.document);
    CHECK(slots_left() == row.left);
  }
}

TEST_CASE("stored credentials open for their tenant only, and a changed secret counts as changed") {
  World w;
  w.store(first);
  const TenantId asha{w.row("SELECT id FROM tenants WHERE slug = 'asha'").text("id")};
  w.database->read([&](db::Transaction& tx) {
    const auto wordpress = w.vault.resolve(tx, {.tenant = asha}, "wordpress");
    REQUIRE(wordpress);
    CHECK(wordpress->account == "ed");
    CHECK(wordpress->host == "asha.example");
    CHECK(w.vault.resolve(tx, {.tenant = asha}, "ai")->owner == Owner::platform);
  });
  const Counts c = w.store(R"({"tenants":[{"slug":"asha","credentials":[
    {"service":"wordpress","base_url":"https://asha.example/","account":"ed","secret":"new"}]}]})");
  CHECK(is(c.credentials, 0, 1, 0));
}

TEST_CASE(
    "an address or account on the same host is changed without its secret, and what waited for the old one is due") {
  World w;
  w.store(first);
  const TenantId asha{w.row("SELECT id FROM tenants WHERE slug = 'asha'").text("id")};
  const auto wordpress = [&] {
    std::optional<Credential> out;
    w.database->read([&](db::Transaction& tx) { out = *w.vault.resolve(tx, {.tenant = asha}, "wordpress"); });
    return *out;
  };
  const std::string id = wordpress().id.value;
  const std::string waiting =
      "INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, waits_for, created_at) VALUES "
      "('publish-post', 'article:1', '" +
      asha.value + "', 'due', 9000000000000, 'wordpress.no_api', 'credential " + id +
      "', 0), ('publish-post', 'article:2', '" + asha.value +
      "', 'due', 9000000000000, 'destination.rests', 'wordpress asha.example', 0)";
  w.run(waiting.c_str());
  w.store(R"({"tenants":[{"slug":"asha","credentials":[
    {"service":"wordpress","base_url":"https://asha.example/blog","account":"eva"}]}]})");
  CHECK(wordpress().base_url == "https://asha.example/blog");
  CHECK(wordpress().account == "eva");
  CHECK(wordpress().secret.reveal() == "pw");
  CHECK(w.row("SELECT count(*) AS n FROM ledger WHERE due_at < 9000000000000").integer("n") == 2);
  // A portal's address, too: the requests go to what its credentials say. Its list is read at once, whatever it rested
  // for.
  w.run("INSERT INTO parks (scope, id, until, reason, tenant_id, since) SELECT 'portal', id, 9000000000000, "
        "'portal.token_refused', 'operator', 0 FROM portals; "
        "INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at) "
        "SELECT 'sync-portal', 'portal:' || id || ':5', 'operator', 'due', 9000000000000, 0 FROM portals");
  w.store(R"({"portals":[{"slug":"ltl","base_url":"https://portal.example/new"}]})");
  CHECK(w.row("SELECT count(*) AS n FROM credentials WHERE base_url = 'https://portal.example/new'").integer("n") ==
        w.row("SELECT count(*) AS n FROM credentials WHERE scope = 'portal'").integer("n"));
  CHECK(w.row("SELECT count(*) AS n FROM parks WHERE scope = 'portal' AND until < 9000000000000").integer("n") == 1);
  CHECK(w.row("SELECT count(*) AS n FROM ledger WHERE stage = 'sync-portal' AND due_at < 9000000000000").integer("n") ==
        1);
  // A key that a service may do without is not forgotten by a document that does not name it.
  w.store(R"({"platform":{"credentials":[{"service":"ai","base_url":"https://x.example/v2",
    "settings":{"adapter":"openai","model":"m"}}]}})");
  w.database->read([&](db::Transaction& tx) {
    const auto ai = w.vault.resolve(tx, {.tenant = asha}, "ai");
    CHECK(ai->base_url == "https://x.example/v2");
    CHECK(ai->secret.reveal() == "s");
  });
}

TEST_CASE("what the operator switches off is remembered as hers, and hours are stored") {
  World w;
  w.store(first);
  w.store(R"({"tenants":[{"slug":"asha","active":false,"publish_hours":{"start":"07:30","end":"09:00"}}]})");
  auto row = w.row("SELECT active, stopped, publish_from, publish_until FROM tenants WHERE slug = 'asha'");
  CHECK(row.integer("active") == 0);
  CHECK(row.integer("stopped") == 1);
  CHECK(row.text("publish_from") == "07:30");
  CHECK(row.text("publish_until") == "09:00");
  w.store(R"({"tenants":[{"slug":"asha","tone":"dry"}]})");
  CHECK(w.row("SELECT stopped FROM tenants WHERE slug = 'asha'").integer("stopped") == 1);
  w.store(R"({"tenants":[{"slug":"asha","active":true}]})");
  row = w.row("SELECT active, stopped FROM tenants WHERE slug = 'asha'");
  CHECK(row.integer("active") == 1);
  CHECK(row.integer("stopped") == 0);
}

TEST_CASE("mistakes that only the database shows are found") {
  World w;
  w.store(first);
  struct {
    const char *text, *where, *says;
  } const table[] = {
      {R"({"tenants":[{"slug":"b","plan":"gold"}]})", "tenants[0].plan", "neither in this document nor stored"},
      {R"({"portals":[{"slug":"new","token":"t"}]})", "portals[0].base_url", "new portal"},
      {R"({"portals":[{"slug":"new","base_url":"https://n.example"}]})", "portals[0].token", "new portal"},
      {R"({"portals":[{"slug":"ltl","base_url":"https://other.example","api_key":"k"}]})", "portals[0].token",
       "bound to portal.example"},
      {R"({"portals":[{"slug":"ltl","base_url":"https://other.example","token":"k"}]})", "portals[0].api_key",
       "bound to portal.example"},
      {R"({"tenants":[{"slug":"b","credentials":[{"service":"wordpress","base_url":"https://b.example/","account":"x"}]}]})",
       "tenants[0].credentials[0].secret", "give an application password"},
      {R"({"tenants":[{"slug":"asha","credentials":[{"service":"wordpress","base_url":"https://b.example/","account":"x"}]}]})",
       "tenants[0].credentials[0].secret", "bound to asha.example"},
      {R"({"tenants":[{"slug":"asha","feeds":[{"url":"https://asha.example/feed/"}]}]})", "tenants[0].feeds[0].url",
       "tenant's own site"},
      {R"({"tenants":[{"slug":"b","feeds":[{"url":"https://b.example/feed/"}],"credentials":[
         {"service":"wordpress","base_url":"https://b.example/","account":"x","secret":"y"}]}]})",
       "tenants[0].feeds[0].url", "tenant's own site"},
      {R"({"tenants":[{"slug":"asha","credentials":[
         {"service":"wordpress","base_url":"https://news.example/","account":"x","secret":"y"}]}]})",
       "tenants[0].credentials", "the stored feed https://news.example/feed.xml"},
      {R"({"tenants":[{"slug":"ltl.7","tone":"warm"}]})", "tenants[0].slug", "no portal's list has brought"},
  };
  for (const auto& row : table) {
    CAPTURE(std::string(row.text));
    const Problems found = w.check(row.text);
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].what);
    CHECK(found[0].where == row.where);
    CHECK(found[0].what.find(row.says) != std::string::npos);
  }
  CHECK(
      w.check(
           R"({"tenants":[{"slug":"b","plan":"basic"}],"portals":[{"slug":"ltl","base_url":"https://portal.example/x"}]})")
          .empty());
}

TEST_CASE("a document lands on a portal's tenant only under that tenant's own name") {
  World w;
  w.store(first);
  w.run("INSERT INTO tenants (id, slug, name, portal_id, portal_ref, created_at) "
        "SELECT 't7', 'ltl.7', 'seven', id, '7', 0 FROM portals WHERE slug = 'ltl'");
  // A name of one's own that reads the same is another tenant.
  CHECK(is(w.store(R"({"tenants":[{"slug":"ltl-7","tone":"mine"}]})").tenants, 1, 0, 0));
  CHECK(w.row("SELECT tone AS t FROM tenants WHERE slug = 'ltl.7'").text("t") == "");
  CHECK(is(w.store(R"({"tenants":[{"slug":"ltl.7","tone":"theirs"}]})").tenants, 0, 1, 0));
  CHECK(w.row("SELECT tone AS t FROM tenants WHERE slug = 'ltl.7'").text("t") == "theirs");
  CHECK(w.row("SELECT tone AS t FROM tenants WHERE slug = 'ltl-7'").text("t") == "mine");
  for (const char* bad : {"ltl.", ".7", "ltl.7.8", "LTL.7", "ltl.a b", "operator.7"}) {
    CAPTURE(bad);
    const Problems found = test_import::problems_of(R"({"tenants":[{"slug":")" + std::string(bad) + "\"}]}");
    REQUIRE(found.size() == 1);
    CHECK(found[0].what.find("PORTAL.NAME") != std::string::npos);
  }
}
