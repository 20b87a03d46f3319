// Opened credentials of a run: one copy of each secret, wiped when the run forgets it.
#include "db/sqlite.hpp"
#include "run/world.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

const std::string shared = "sk-of-the-platform-0123456789-longer-than-what-fits-into-a-string-itself";

// What lies at an address of this process, whether it is freed or not.
std::string lies_at(const char* address, std::size_t size) {
  std::string bytes(size, '?');
  const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  const ssize_t got = pread(fd, bytes.data(), size, static_cast<off_t>(reinterpret_cast<std::uintptr_t>(address)));
  close(fd);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

struct Opened {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  Vault vault{MasterKey::random()};
  ledger::Budgets budgets;
  std::unique_ptr<milkrun::World> world = std::make_unique<milkrun::World>(*database, vault, budgets);

  Opened() {
    database->transact([&](db::Transaction& tx) {
      for (const char* tenant : {"asha", "bolt"}) {
        test::add_tenant(tx, tenant);
        tx.execute(test::sql("INSERT INTO platform_grants (tenant_id, service) VALUES ($tenant, 'ai')"),
                   {{"tenant", tenant}});
      }
      vault.store(tx,
                  {.scope = "platform",
                   .tenant = operator_tenant,
                   .owner_key = "platform",
                   .service = "ai",
                   .base_url = "https://ai.example/",
                   .account = "",
                   .secret = Secret(std::string(shared))},
                  test::noon);
    });
  }
  // Where the secret lies that a tenant's items get.
  const char* place(const char* tenant) {
    const char* at = nullptr;
    database->transact([&](db::Transaction& tx) {
      world->refresh(tx);
      const auto found =
          world->credential(tx, {.stage = "write-article", .key = {"item", "1"}, .tenant = {tenant}}, "ai");
      REQUIRE(found);
      CHECK(found->secret.reveal() == shared);
      CHECK(found->granted_to == TenantId{tenant});
      at = found->secret.reveal().data();
    });
    return at;
  }
};

} // namespace

TEST_CASE("a secret that serves several tenants lies in memory once") {
  Opened run;
  const char* const one = run.place("asha");
  CHECK(run.place("bolt") == one);
  CHECK(run.place("asha") == one);
  CHECK(lies_at(one, shared.size()) == shared);
}

TEST_CASE("an opened secret is wiped when the run forgets it, and at its end") {
  Opened run;
  const char* const one = run.place("asha");
  SUBCASE("a credential was changed") { run.world->credential_changed(); }
  SUBCASE("a turn was rolled back") { run.world->forget(); }
  SUBCASE("the run ends") { run.world.reset(); }
  const std::string there = lies_at(one, shared.size());
  CHECK(there.find(shared.substr(shared.size() / 2)) == std::string::npos);
  CHECK(there.find("platform") == std::string::npos);
}
