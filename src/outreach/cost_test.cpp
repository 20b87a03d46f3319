// What a delivered message costs the database: counted, because each statement more is felt with a million of them.
#include "outreach/deliver.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr int tenants = 100, contacts = 40; // of each tenant, one message for each

// Each tenant with an account and a host of its own.
void fill(FakeWorld& w, db::Transaction& tx) {
  for (int t = 0; t < tenants; ++t) {
    const std::string tenant = "t" + std::to_string(t);
    test::add_tenant(tx, tenant);
    tx.execute(test::sql("INSERT INTO campaigns (id, tenant_id, slug, window_start, window_end) VALUES ('g' || $t, $t, "
                         "'g', '00:00', '00:00')"),
               {{"t", tenant}});
    w.vault.store(tx,
                  {.scope = "tenant",
                   .tenant = {tenant},
                   .owner_key = tenant,
                   .service = "whatsapp",
                   .base_url = "https://" + tenant + ".example/send",
                   .account = "1",
                   .settings = R"({"adapter":"bearer"})",
                   .secret = Secret("token-of-" + tenant)},
                  noon);
    for (int c = 0; c < contacts; ++c) {
      const std::string id = tenant + "c" + std::to_string(c);
      tx.execute(test::sql("INSERT INTO contacts (id, tenant_id, phone, consent) VALUES ($id, $t, $phone, 1)"),
                 {{"id", id}, {"t", tenant}, {"phone", "+49170" + std::to_string(1'000'000 + t * contacts + c)}});
      tx.execute(test::sql("INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, text, created_at, "
                           "expires_at, state) "
                           "VALUES ($id, $t, $id, 'g' || $t, $id, 'Hi', $now, $until, 'queued')"),
                 {{"id", id}, {"t", tenant}, {"now", noon}, {"until", noon + Millis(86'400'000)}});
      ledger::enqueue(tx, "deliver", Key{"message", id}, {tenant}, noon, Rank::behind, noon);
    }
  }
}

} // namespace

TEST_CASE("a delivered message costs at most seven statements, with a hundred tenants and 64 in flight") {
  FakeWorld w;
  w.options.in_flight = 64;
  w.job = {.name = "deliver", .help = "", .stages = {outreach::deliver()}, .preview = w.job.preview};
  w.database.transact([&](db::Transaction& tx) { fill(w, tx); });
  w.network.answer = [](const http::Request&) {
    return http::Response{.status = 200, .body = R"({"id":"1","status":"queued"})"};
  };
  const std::int64_t before = w.database.statements();
  w.run_at_once();
  const std::int64_t spent = w.database.statements() - before;
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM messages WHERE state = 'sent'") == tenants * contacts);
  CHECK(w.network.calls() == tenants * contacts);
  CHECK(test::number(w.database, "SELECT sum(used) AS n FROM usage WHERE meter = 'messages'") == tenants * contacts);
  CHECK(static_cast<double>(spent) / (tenants * contacts) <= 7.0);
}
