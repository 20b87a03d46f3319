// The chain, and that no tenant ever gets what is another's.
#include "credentials/vault.hpp"
#include "db/sqlite.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;

namespace {

// Tenants asha and bolt, both of one portal, each with a campaign and a task; a stranger, chai, without a portal.
struct World {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  Vault vault{MasterKey::random()};

  World() {
    database->transact([](db::Transaction& tx) {
      tx.execute(test::sql("INSERT INTO portals (id, slug, base_url) VALUES ('door', 'door', 'https://door.example')"));
      for (const char* id : {"asha", "bolt", "chai"}) {
        test::add_tenant(tx, id);
        tx.execute(test::sql("INSERT INTO campaigns (id, tenant_id, slug) VALUES ('c-' || $id, $id, 'c')"),
                   {{"id", id}});
        tx.execute(
            test::sql(
                "INSERT INTO tasks (id, tenant_id, campaign_id, slug) VALUES ('t-' || $id, $id, 'c-' || $id, 't')"),
            {{"id", id}});
      }
      tx.execute(test::sql("UPDATE tenants SET portal_id = 'door', portal_ref = id WHERE id IN ('asha', 'bolt')"));
    });
  }

  NewCredential input(const std::string& scope, const std::string& tenant, const std::string& secret = "s3cret") const {
    NewCredential c{.scope = scope,
                    .tenant = {tenant},
                    .owner_key = tenant,
                    .service = "wordpress",
                    .base_url = "https://" + scope + ".example",
                    .account = scope,
                    .secret = Secret(secret)};
    if (scope == "task") c.owner_key = "t-" + tenant;
    if (scope == "campaign") c.owner_key = "c-" + tenant;
    if (scope == "portal" || scope == "platform") {
      c.tenant = operator_tenant;
      c.owner_key = scope == "portal" ? "door" : "platform";
    }
    return c;
  }
  bool store(const NewCredential& c) {
    bool changed = false;
    database->transact([&](db::Transaction& tx) { changed = vault.store(tx, c, noon); });
    return changed;
  }
  bool store(const std::string& scope, const std::string& tenant) { return store(input(scope, tenant)); }
  void grant(const char* tenant) {
    test::change(*database, "INSERT INTO platform_grants (tenant_id, service) VALUES ($t, 'wordpress')",
                 {{"t", tenant}});
  }
  Expected<Credential> resolve(const std::string& tenant, bool with_task = true,
                               std::string_view service = "wordpress") {
    CredentialScope scope{.tenant = {tenant}};
    if (with_task) {
      scope.campaign = CampaignId{"c-" + tenant};
      scope.task = TaskId{"t-" + tenant};
    }
    return resolve(scope, service);
  }
  Expected<Credential> resolve(const CredentialScope& scope, std::string_view service = "wordpress") {
    Expected<Credential> out = fail(Fault::permanent, "bug");
    database->read([&](db::Transaction& tx) { out = vault.resolve(tx, scope, service); });
    return out;
  }
  Expected<Credential> again(const std::string& tenant, const std::string& id, const std::string& host) {
    Expected<Credential> out = fail(Fault::permanent, "bug");
    database->read([&](db::Transaction& tx) { out = vault.again(tx, {tenant}, {id}, host); });
    return out;
  }
  std::string id_of(const char* scope) {
    return test::rows(*database, "SELECT id FROM credentials WHERE scope = $s", {{"s", scope}}).at(0).text("id");
  }
};

constexpr const char* scopes[] = {"task", "campaign", "tenant", "portal", "platform"};

} // namespace

TEST_CASE("of all combinations of the five scopes the most specific one serves") {
  for (unsigned present = 0; present < 32; ++present) {
    CAPTURE(present);
    World w;
    w.grant("asha");
    std::string expected;
    for (unsigned i = 5; i-- > 0;)
      if ((present >> i & 1U) != 0) {
        w.store(scopes[i], "asha");
        expected = scopes[i];
      }
    const Expected<Credential> found = w.resolve("asha");
    REQUIRE(found.has_value() == (present != 0));
    if (!found) {
      CHECK(found.error().fault == Fault::setting);
      CHECK(found.error().reason.text() == "no credential: wordpress");
      continue;
    }
    CHECK(found->account == expected);
    CHECK(found->host == expected + ".example");
    CHECK(found->secret.reveal() == "s3cret");
    CHECK(found->granted_to.value == "asha");
    CHECK(found->tenant == "asha");
    CHECK((found->owner == Owner::platform) == (expected == "platform"));
    CHECK((found->owner == Owner::portal) == (expected == "portal"));
  }
}

TEST_CASE("the platform's credential serves only who was granted that service") {
  World w;
  w.store("platform", "asha");
  CHECK_FALSE(w.resolve("asha").has_value());
  test::change(*w.database, "INSERT INTO platform_grants (tenant_id, service) VALUES ('asha', 'ai')");
  CHECK_FALSE(w.resolve("asha").has_value()); // another service's grant
  w.grant("asha");
  CHECK(w.resolve("asha").has_value());
  CHECK_FALSE(w.resolve("bolt").has_value());
  CHECK(w.resolve({.tenant = operator_tenant}).has_value()); // the operator's own
}

TEST_CASE("a tenant never gets another's credential, whatever campaign or task an item names") {
  World w;
  for (const char* scope : {"task", "campaign", "tenant"}) w.store(scope, "asha");
  CHECK_FALSE(w.resolve("bolt").has_value());
  CHECK_FALSE(w.resolve({.tenant = {"bolt"}, .campaign = CampaignId{"c-asha"}, .task = TaskId{"t-asha"}}).has_value());
  CHECK_FALSE(w.resolve({.tenant = {"nobody"}, .campaign = CampaignId{"c-asha"}}).has_value());
  // A portal serves its own tenants, and only the operator may name one.
  w.store("portal", "asha");
  CHECK(w.resolve("bolt")->owner == Owner::portal);
  CHECK_FALSE(w.resolve({.tenant = {"chai"}, .portal = PortalId{"door"}}).has_value());
  CHECK(w.resolve({.tenant = operator_tenant, .portal = PortalId{"door"}}).has_value());
  CHECK_FALSE(w.resolve({.tenant = operator_tenant, .portal = PortalId{"other"}}).has_value());
}

TEST_CASE("a broader item does not get a narrower credential") {
  World w;
  w.store("task", "asha");
  w.store("campaign", "asha");
  CHECK_FALSE(w.resolve("asha", false).has_value());
  w.store("tenant", "asha");
  CHECK(w.resolve("asha", false)->account == "tenant");
  CHECK(w.resolve({.tenant = {"asha"}, .campaign = CampaignId{"c-asha"}})->account == "campaign");
}

TEST_CASE("the schema refuses rows whose keys belong to different tenants") {
  World w;
  w.store("tenant", "asha");
  for (const char* statement : {
           "UPDATE credentials SET tenant_id = 'bolt'",
           "UPDATE credentials SET owner_key = 'bolt'",
           "UPDATE credentials SET tenant_id = 'operator', owner_key = 'operator'",
           "UPDATE credentials SET scope = 'campaign', campaign_id = 'c-bolt', owner_key = 'c-bolt'",
           "UPDATE credentials SET scope = 'task', task_id = 't-bolt', owner_key = 't-bolt'",
           "UPDATE credentials SET scope = 'portal', portal_id = 'door', owner_key = 'door'",
           "UPDATE credentials SET scope = 'platform', owner_key = 'platform'",
           "UPDATE credentials SET campaign_id = 'c-asha'",
           "INSERT INTO tasks (id, tenant_id, campaign_id, slug) VALUES ('x', 'asha', 'c-bolt', 'x')",
       }) {
    CAPTURE(statement);
    CHECK_THROWS_AS(test::change(*w.database, statement), db::DatabaseError);
  }
  CHECK(w.resolve("asha").has_value());
}

TEST_CASE("a row that was moved, changed or sealed with another key does not open, and says which service") {
  for (const char* statement : {
           "UPDATE credentials SET tenant_id = 'bolt', owner_key = 'bolt'",
           "UPDATE credentials SET service = 'ai'",
           "UPDATE credentials SET id = 'other'",
           "UPDATE credentials SET base_url = 'https://evil.example'",
           "UPDATE credentials SET base_url = 'https://tenant.example:8443'",
           "UPDATE credentials SET base_url = 'http://tenant.example'",
           "UPDATE credentials SET account = 'admin'",
           "UPDATE credentials SET updated_at = updated_at - 1",
           "UPDATE credentials SET base_url = 'no url'",
           "UPDATE credentials SET sealed = ''",
           "UPDATE credentials SET sealed = substr(sealed, 5)",
           "UPDATE credentials SET scope = 'campaign', campaign_id = 'c-asha', owner_key = 'c-asha'",
       }) {
    CAPTURE(statement);
    World w;
    w.store("tenant", "asha");
    test::change(*w.database, statement);
    const std::string service = test::rows(*w.database, "SELECT service FROM credentials").at(0).text("service");
    const std::string owner = test::rows(*w.database, "SELECT tenant_id FROM credentials").at(0).text("tenant_id");
    const Expected<Credential> found = w.resolve(owner, true, service);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().fault == Fault::setting);
    CHECK(found.error().reason.text() == "credential cannot be opened: " + service);
    CHECK(found.error().detail.find("s3cret") == std::string::npos);
  }
  World w;
  w.store("tenant", "asha");
  w.vault = Vault(MasterKey::random());
  CHECK(w.resolve("asha").error().reason.text() == "credential cannot be opened: wordpress");
  // The path may change within the host: it is the host that the seal guards.
  World same;
  same.store("tenant", "asha");
  test::change(*same.database, "UPDATE credentials SET base_url = 'https://TENANT.example/blog'");
  CHECK(same.resolve("asha").has_value());
}

TEST_CASE("an older secret put back into its row does not open, however fast the row was changed") {
  World w;
  w.store(w.input("tenant", "asha", "first"));
  const std::string old = test::rows(*w.database, "SELECT sealed FROM credentials").at(0).text("sealed");
  CHECK(w.store(w.input("tenant", "asha", "second"))); // the clock stands still
  test::change(*w.database, "UPDATE credentials SET sealed = $old", {{"old", old}});
  CHECK(w.resolve("asha").error().reason.text() == "credential cannot be opened: wordpress");
}

TEST_CASE("a row whose owner is not the one that was asked for is a bug and never used") {
  World w;
  w.store("tenant", "asha");
  w.store("portal", "asha");
  w.database->run_script("PRAGMA ignore_check_constraints=ON");
  test::change(*w.database, "UPDATE credentials SET owner_key = 'bolt' WHERE scope = 'tenant'");
  CHECK(w.resolve("asha")->account == "portal");
  CHECK_FALSE(w.resolve("bolt")->account == "tenant");
  CHECK_THROWS_AS(w.again("asha", w.id_of("tenant"), "tenant.example"), std::logic_error);
  test::change(*w.database, "UPDATE credentials SET tenant_id = 'bolt' WHERE scope = 'portal'");
  CHECK_THROWS_AS(w.resolve("asha"), std::logic_error);
}

TEST_CASE("a database knows its key: by a check value, or by what it holds where there is none yet") {
  World w;
  const MasterKey other = MasterKey::random();
  const auto fit = [&](const MasterKey& key) {
    KeyFit out = KeyFit::fits;
    w.database->read([&](db::Transaction& tx) { out = key_fit(tx, key); });
    return out;
  };
  CHECK(fit(w.vault.key()) == KeyFit::unknown);
  CHECK(fit(other) == KeyFit::unknown);
  w.store("tenant", "asha");
  CHECK(fit(w.vault.key()) == KeyFit::unknown);
  CHECK(fit(other) == KeyFit::another);
  w.database->transact([&](db::Transaction& tx) { remember_key(tx, w.vault.key()); });
  w.database->transact([&](db::Transaction& tx) { remember_key(tx, other); }); // the first one stands
  CHECK(fit(w.vault.key()) == KeyFit::fits);
  CHECK(fit(other) == KeyFit::another);
  test::change(*w.database, "DELETE FROM credentials");
  CHECK(fit(w.vault.key()) == KeyFit::fits);
  CHECK(fit(other) == KeyFit::another);
}

TEST_CASE("an unopenable credential does not fall through to a broader one") {
  World w;
  w.grant("asha");
  w.store("tenant", "asha");
  w.store("platform", "asha");
  test::change(*w.database, "UPDATE credentials SET sealed = '' WHERE scope = 'tenant'");
  CHECK(w.resolve("asha").error().reason.text() == "credential cannot be opened: wordpress");
}

TEST_CASE("the same input writes nothing; each changed part does") {
  World w;
  CHECK(w.store("tenant", "asha"));
  const auto row = [&] { return test::rows(*w.database, "SELECT id, sealed, updated_at FROM credentials").at(0); };
  const db::Row first = row();
  CHECK_FALSE(w.store("tenant", "asha"));
  CHECK(row().text("sealed") == first.text("sealed"));
  const std::function<void(NewCredential&)> changes[] = {
      [](NewCredential& c) { c.secret = Secret("other"); },           [](NewCredential& c) { c.account = "other"; },
      [](NewCredential& c) { c.settings = R"({"model":"m"})"; },      [](NewCredential& c) { c.base_url += "/blog"; },
      [](NewCredential& c) { c.base_url = "https://moved.example"; },
  };
  for (const auto& change : changes) {
    const db::Row before = row();
    NewCredential c = w.input("tenant", "asha");
    change(c);
    CHECK(w.store(c));
    CHECK_FALSE(w.store(c));
    CHECK(w.resolve("asha")->base_url == c.base_url);
    CHECK(w.resolve("asha")->secret.reveal() == c.secret.reveal());
    // The row stays, items remember it; but not at another place.
    CHECK((row().text("id") == before.text("id")) == (c.base_url == "https://tenant.example"));
    w.store("tenant", "asha");
  }
  // A row that no longer opens is written again, also by the same input.
  test::change(*w.database, "UPDATE credentials SET sealed = ''");
  CHECK(w.store("tenant", "asha"));
  CHECK(w.resolve("asha").has_value());
}

TEST_CASE("another spelling of a credential's place is no other place; another path, port or scheme is") {
  struct Spelling {
    const char* url;
    bool same;
  };
  for (const Spelling& s :
       {Spelling{"https://tenant.example/blog/", true}, Spelling{"https://Tenant.EXAMPLE/blog", true},
        Spelling{"https://tenant.example:443/blog//", true}, Spelling{"HTTPS://tenant.example/blog", true},
        Spelling{"https://tenant.example/Blog", false}, Spelling{"https://tenant.example/", false},
        Spelling{"https://tenant.example:8443/blog", false}, Spelling{"http://tenant.example/blog", false},
        Spelling{"https://tenant.example/blog?site=2", false}}) {
    CAPTURE(s.url);
    World w;
    NewCredential c = w.input("tenant", "asha");
    c.base_url = "https://tenant.example/blog";
    w.store(c);
    const std::string id = w.id_of("tenant");
    c.base_url = s.url;
    CHECK(w.store(c));
    CHECK((w.id_of("tenant") == id) == s.same);
    CHECK(w.resolve("asha")->base_url == s.url);
  }
}

TEST_CASE("a changed credential is no longer parked, and what waited for it is due") {
  World w;
  w.store("tenant", "asha");
  const std::string id = w.id_of("tenant");
  const Time later = noon + Millis(3'600'000);
  const std::string of_this = waits_for(CredentialId{id}), of_any = waits_for_one("wordpress");
  struct Waiting {
    const char* key;
    const char* tenant;
    std::string waits_for;
  };
  const Waiting table[] = {{"waits", "asha", of_this},  {"missing", "asha", of_any}, {"others", "asha", "portal"},
                           {"bolts", "bolt", of_any},   {"looked up", "asha", ""},   {"not yet", "asha", of_this},
                           {"held up", "asha", of_this}};
  w.database->transact([&](db::Transaction& tx) {
    for (const Waiting& row : table)
      tx.execute(test::sql("INSERT INTO ledger (stage, key, tenant_id, state, due_at, waits_for, created_at) "
                           "VALUES ('post', $key, $tenant, 'due', $due, $for, 0)"),
                 {{"key", row.key}, {"tenant", row.tenant}, {"due", later}, {"for", row.waits_for}});
    tx.execute(test::sql("INSERT INTO parks (scope, id, until, reason, since) "
                         "VALUES ('credential', $id, $until, 'refused', 0)"),
               {{"id", id}, {"until", later}});
    for (const char* key : {"looked up", "not yet", "held up"})
      tx.execute(test::sql("UPDATE ledger SET state = 'uncertain', uncertain_turn = 1, look_after = $after "
                           "WHERE key = $key"),
                 {{"key", key}, {"after", std::string(key) == "not yet" ? later - Millis(1) : noon}});
  });
  const auto due = [&] {
    std::string keys;
    for (const db::Row& r :
         test::rows(*w.database, "SELECT key FROM ledger WHERE due_at <= $now ORDER BY key", {{"now", noon}}))
      keys += r.text("key") + ";";
    return keys;
  };
  CHECK_FALSE(w.store("tenant", "asha"));
  CHECK(due().empty()); // the same input wakes nobody
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks") == 1);
  CHECK(w.store(w.input("tenant", "asha", "new password")));
  // Uncertain items keep their look-up's own times, unless only the credential held it up.
  CHECK(due() == "held up;missing;waits;");
  CHECK(test::number(*w.database, "SELECT due_at AS n FROM ledger WHERE key = 'not yet'") == to_ms(later) - 1);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks WHERE until > $now OR told_at IS NOT NULL",
                     {{"now", noon}}) == 0);
}

TEST_CASE("an uncertain attempt gets its own credential again, on its own host, or none") {
  World w;
  w.store("tenant", "asha");
  w.store("portal", "asha");
  const std::string id = w.id_of("tenant");
  CHECK(w.again("asha", id, "tenant.example")->account == "tenant");
  CHECK_FALSE(w.again("asha", "gone", "tenant.example").has_value());
  CHECK_FALSE(w.again("bolt", id, "tenant.example").has_value());
  CHECK(w.again("bolt", w.id_of("portal"), "portal.example").has_value());
  CHECK_FALSE(w.again("chai", w.id_of("portal"), "portal.example").has_value());
  const Expected<Credential> other_host = w.again("asha", id, "moved.example");
  REQUIRE_FALSE(other_host.has_value());
  CHECK(other_host.error().reason.code() == "credential.moved");
}

TEST_CASE(
    "at another path of its host a credential is another one: what was sent to the old place is not looked up there") {
  World w;
  NewCredential c = w.input("tenant", "asha");
  c.base_url = "https://sites.example/one/";
  w.store(c);
  const std::string id = w.id_of("tenant");
  REQUIRE(w.again("asha", id, "sites.example").has_value());
  c.secret = Secret("another");
  w.store(c);
  CHECK(w.again("asha", id, "sites.example").has_value());
  c.base_url = "https://sites.example/two/";
  w.store(c);
  CHECK_FALSE(w.again("asha", id, "sites.example").has_value());
  CHECK(w.resolve("asha")->base_url == "https://sites.example/two/");
}

TEST_CASE("the platform's credential is given again only while the grant stands") {
  World w;
  w.grant("asha");
  w.store("platform", "asha");
  const std::string id = w.id_of("platform");
  CHECK(w.again("asha", id, "platform.example").has_value());
  test::change(*w.database, "DELETE FROM platform_grants");
  CHECK_FALSE(w.again("asha", id, "platform.example").has_value());
}

TEST_CASE(
    "a renewed secret takes the old one's place, un-parks nothing, and gives way to what somebody brought meanwhile") {
  World w;
  w.store("tenant", "asha");
  test::change(*w.database,
               "INSERT INTO parks (scope, id, until, reason, since) SELECT 'credential', id, 9000000000000, "
               "'smtp.slow_down', 0 FROM credentials");
  const Credential used = *w.resolve("asha");
  const auto renew = [&](const Credential& c, const char* secret) {
    bool done = false;
    w.database->transact([&](db::Transaction& tx) { done = w.vault.renew(tx, c, Secret(secret), noon); });
    return done;
  };
  CHECK(renew(used, "renewed"));
  CHECK(w.resolve("asha")->secret.reveal() == "renewed");
  CHECK(w.resolve("asha")->id == used.id);
  CHECK(w.resolve("asha")->updated_at > used.updated_at);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks") == 1);
  CHECK_FALSE(renew(used, "late")); // fetched with the secret before
  CHECK(w.resolve("asha")->secret.reveal() == "renewed");
  const Credential before = *w.resolve("asha");
  w.store(w.input("tenant", "asha", "brought"));
  CHECK_FALSE(renew(before, "late"));
  CHECK(w.resolve("asha")->secret.reveal() == "brought");
}

TEST_CASE("the document that was imported before a secret was renewed is no news, and brings nothing back") {
  World w;
  w.store(w.input("tenant", "asha", "first"));
  const auto renew = [&](const char* secret) {
    const Credential used = *w.resolve("asha");
    w.database->transact([&](db::Transaction& tx) { CHECK(w.vault.renew(tx, used, Secret(secret), noon)); });
  };
  const auto secret = [&] { return std::string(w.resolve("asha")->secret.reveal()); };
  for (const char* renewed : {"second", "third"}) {
    renew(renewed);
    const Time since = w.resolve("asha")->updated_at;
    w.store(w.input("tenant", "asha", "first"));
    CHECK(secret() == renewed);
    CHECK(w.resolve("asha")->updated_at == since);
  }
  // Other settings are news, and its own place keeps what was renewed there; another place gets what is imported.
  NewCredential other = w.input("tenant", "asha", "first");
  other.settings = R"({"model":"x"})";
  w.store(other);
  CHECK(secret() == "third");
  w.store(w.input("tenant", "asha", "first"));
  CHECK(secret() == "third");
  other.base_url = "https://elsewhere.example";
  w.store(other);
  CHECK(secret() == "first");
  w.store(w.input("tenant", "asha", "brought"));
  CHECK(secret() == "brought");
  renew("again");
  w.store(w.input("tenant", "asha", "brought"));
  CHECK(secret() == "again");
  w.store(w.input("tenant", "asha", "again")); // and what is said to be the secret is
  renew("more");
  w.store(w.input("tenant", "asha", "brought"));
  CHECK(secret() == "brought");
}

TEST_CASE("marks are one tenant's, outlive its secret, and are not the key") {
  World w;
  for (const char* tenant : {"asha", "bolt"}) w.store("tenant", tenant);
  const std::string asha(w.resolve("asha")->marks.reveal()), bolt(w.resolve("bolt")->marks.reveal());
  CHECK(asha.size() == 32);
  CHECK(asha != bolt);
  w.store(w.input("tenant", "asha", "another"));
  CHECK(w.resolve("asha")->marks.reveal() == asha);
  CHECK(std::string_view(reinterpret_cast<const char*>(w.vault.key().bytes()), 32) != asha);
  // By the platform's account too it is the tenant that is marked.
  w.store("platform", "chai");
  w.grant("chai");
  CHECK(w.resolve("chai", false)->marks.reveal() != asha);
}
