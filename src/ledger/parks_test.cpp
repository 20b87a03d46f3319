// Which parks an answer asks for, whose they are, and how long they last.
#include "ledger/parks.hpp"
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};

Park rest(ParkScope scope, Millis how_long, std::string id = "") {
  return Park{.scope = scope, .id = std::move(id), .rest = how_long, .reason = "feed.slow_down"};
}

Item item_of(const char* tenant = "asha", bool portal_work = false) {
  return {.stage = "post",
          .key = Key{"x", "1"},
          .tenant = {tenant},
          .row = portal_work ? test::row_of({{"portal_id", "door"}}) : test::row_of({{"title", "t"}})};
}

Credential own_wordpress() {
  Credential c = test::wordpress();
  c.owner = Owner::tenant;
  return c;
}

// "scope:id+minutes;" of each, with "~" for what rests for one tenant only.
std::string asked(LedgerWorld& w, const Result& result, const Item& item = item_of(),
                  const Credential& c = own_wordpress()) {
  std::string all;
  for (const ledger::Parked& p :
       w.in([&](db::Transaction& tx) { return ledger::parks_of(tx, item, result, &c, noon); }))
    all += std::string(ledger::word(p.scope)) + (p.of_tenant ? ":~" : ":") + p.id + "+" +
           std::to_string((p.until - noon) / minute) + ";";
  return all;
}

ledger::Parked parked(Time until, Reason reason = "feed.slow_down", ParkScope scope = ParkScope::app) {
  return {.scope = scope,
          .id = "a",
          .until = until,
          .reason = std::move(reason),
          .detail = "d",
          .tenant = "asha",
          .since = noon,
          .told_at = {}};
}

} // namespace

TEST_CASE("a refused credential is parked for an hour, and a park without an id means the call's own") {
  LedgerWorld w;
  const auto failed = [&](Error e) { return asked(w, Result{std::unexpected(std::move(e))}); };
  CHECK(failed({.fault = Fault::setting, .reason = "wordpress.password_refused"}) ==
        "credential:c1+59;");                                                           // a second less
  CHECK(failed({.fault = Fault::setting, .reason = "bug", .item_only = true}).empty()); // its template, not the account
  CHECK(failed({.fault = Fault::setting, .reason = "bug", .parks = {rest(ParkScope::credential, 5 * minute)}}) ==
        "credential:c1+5;");
  CHECK(failed({.fault = Fault::rate_limited, .reason = "bug", .parks = {rest(ParkScope::host, 5 * minute)}}).empty());
  CHECK(failed({.fault = Fault::rate_limited,
                .reason = "bug",
                .parks = {rest(ParkScope::page, minute, "p9"), rest(ParkScope::tenant, minute)}}) ==
        "page:~p9+1;tenant:asha+1;");
  CHECK(failed({.fault = Fault::permanent, .reason = "bug"}).empty());
  CHECK(failed({.fault = Fault::outage, .reason = "bug"}).empty());
  CHECK(asked(w, Result{.outcome = Outcome(Done{}), .parks = {rest(ParkScope::app, minute, "a")}}) == "app:~a+1;");
}

TEST_CASE("nothing that others share is rested without its name") {
  LedgerWorld w;
  const auto parks = [&](ParkScope scope, Millis how_long) {
    return asked(w, Result{.outcome = Outcome(Done{}), .parks = {rest(scope, how_long)}});
  };
  CHECK(parks(ParkScope::tenant, 5 * hour) == "tenant:asha+300;");
  for (const ParkScope shared : {ParkScope::app, ParkScope::page, ParkScope::account, ParkScope::sender}) {
    CAPTURE(ledger::word(shared));
    CHECK(parks(shared, minute) == "credential:c1+1;");
  }
}

TEST_CASE("what tenants share rests for the one who met the trouble, and for all once a second one did") {
  LedgerWorld w;
  const Result refused{fail(Fault::setting, "ai.credential_refused")};
  CHECK(asked(w, refused, item_of(), test::wordpress()) == "credential:~c1+59;"); // the platform's
  CHECK(asked(w, refused, item_of("operator"), test::wordpress()) == "credential:c1+59;");
  const auto met = [&](const char* tenant, Time now) {
    return w.in([&](db::Transaction& tx) {
      const Credential c = test::wordpress();
      std::size_t rows = 0;
      for (const ledger::Parked& p : ledger::parks_of(tx, item_of(tenant), refused, &c, now))
        rows += ledger::put(tx, p, now).size();
      return rows;
    });
  };
  const auto stored = [&] {
    std::string all;
    for (const ledger::Parked& p : w.in([&](db::Transaction& tx) { return ledger::parks(tx); }))
      all += p.id + (p.of_tenant ? " of " + p.tenant : "") + ";";
    return all;
  };
  CHECK(met("asha", noon) == 1);
  CHECK(met("asha", noon) == 1); // the same tenant, however often
  CHECK(stored() == "c1 of asha;");
  CHECK(met("bolt", noon) == 2);
  CHECK(stored() == "c1;c1 of asha;c1 of bolt;");
  w.in([&](db::Transaction& tx) { ledger::unpark(tx, ParkScope::credential, "c1"); });
  CHECK(stored() == "");
  CHECK(met("asha", noon) == 1);
  CHECK(met("bolt", noon + 2 * hour) == 1); // the first one's was over by then
}

TEST_CASE("only portal work rests the portal") {
  LedgerWorld w;
  const Result r{.outcome = Outcome(Done{}), .parks = {rest(ParkScope::portal, minute)}};
  CHECK(asked(w, r, item_of("operator", true)) == "portal:door+1;");
  CHECK(asked(w, r) == "credential:c1+1;");
}

TEST_CASE("a credential that was changed while its call was under way is not parked") {
  LedgerWorld w;
  const Result refused{fail(Fault::setting, "wordpress.password_refused")};
  test::change(*w.database,
               "INSERT INTO credentials (id, scope, tenant_id, service, base_url, sealed, updated_at, owner_key) "
               "VALUES ('c1', 'tenant', 'asha', 'wordpress', 'https://h', '', 0, 'asha')");
  CHECK(asked(w, refused) == "credential:c1+59;");
  test::change(*w.database, "UPDATE credentials SET updated_at = 1");
  CHECK(asked(w, refused).empty());
}

TEST_CASE("a longer park replaces a shorter one, and a shorter one changes nothing") {
  LedgerWorld w;
  const auto put = [&](Time until, Reason reason) {
    w.in([&](db::Transaction& tx) { ledger::put(tx, parked(until, std::move(reason)), noon); });
    return test::rows(*w.database, "SELECT until, reason, times FROM parks WHERE scope = 'app'").at(0);
  };
  CHECK(put(noon + minute, "feed.gone").time("until") == noon + minute);
  CHECK(put(noon + 5 * minute, "feed.broken").text("reason") == "feed.broken");
  CHECK(put(noon + 2 * minute, "feed.too_large").text("reason") == "feed.broken");
  const db::Row r = put(noon + 2 * minute, "feed.too_large");
  CHECK(r.time("until") == noon + 5 * minute);
  CHECK(r.integer("times") == 1); // one rest, however many calls were refused in it
}

TEST_CASE("a credential that stays refused is looked at hourly for a day, then daily") {
  LedgerWorld w;
  const Credential c = test::wordpress();
  const Result refused{fail(Fault::setting, "wordpress.password_refused")};
  Time now = noon;
  Millis last{0};
  for (int i = 0; i < 26; ++i) {
    w.in([&](db::Transaction& tx) {
      for (const ledger::Parked& p : ledger::parks_of(tx, item_of(), refused, &c, now)) {
        last = p.until - now;
        ledger::put(tx, p, now);
      }
    });
    if (i < 24) CHECK(last == hour - second);
    now += last;
  }
  CHECK(last == 24 * hour - second);
}

TEST_CASE("parks are known while they hold and after, are forgotten two days later, and everybody learns of a change") {
  LedgerWorld w;
  const auto rests = [&] { return w.in([&](db::Transaction& tx) { return ledger::revisions(tx); }).rests; };
  const std::int64_t before = rests();
  w.in([&](db::Transaction& tx) { ledger::put(tx, parked(noon + minute), noon); });
  CHECK(rests() == before + 1);
  const auto parks = [&] { return w.in([&](db::Transaction& tx) { return ledger::parks(tx); }); };
  REQUIRE(parks().size() == 1);
  const ledger::Parked p = parks().at(0);
  CHECK(p.until == noon + minute);
  CHECK(p.scope == ParkScope::app);
  CHECK(p.id == "a");
  CHECK(p.tenant == "asha");
  CHECK(p.detail == "d");
  CHECK(p.since == noon);
  CHECK_FALSE(p.told_at.has_value());
  w.in([&](db::Transaction& tx) { ledger::told(tx, p, noon + Millis(5)); });
  CHECK(parks().at(0).told_at == noon + Millis(5));
  w.in([&](db::Transaction& tx) { ledger::forget_parks(tx, noon + 48 * hour); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks") == 1);
  w.in([&](db::Transaction& tx) { ledger::forget_parks(tx, noon + 48 * hour + minute); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks") == 0);
  w.in([&](db::Transaction& tx) { ledger::unpark(tx, ParkScope::app, "a"); });
  CHECK(rests() == before + 1); // nothing was there
}
