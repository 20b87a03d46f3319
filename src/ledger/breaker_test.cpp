// The breaker: five failures in a row, rests that grow, one probe, and no tenant rests what others use.
#include "ledger/breaker.hpp"
#include "ledger/parks.hpp"
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using ledger::Breakers;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};
const TenantId asha{"asha"}, bolt{"bolt"}, cleo{"cleo"};

struct World : LedgerWorld {
  Breakers breakers;

  Breakers::Failed fail(const TenantId& tenant, Time now, std::optional<Millis> after = {}, const char* host = "h") {
    const Error seen{.fault = Fault::outage, .reason = "feed.server_error", .detail = "why", .retry_after = after};
    return in([&](db::Transaction& tx) { return breakers.fail(tx, "fake", host, tenant, seen, now); });
  }
  Breakers::Failed fail_times(int n, const TenantId& tenant, Time now) {
    Breakers::Failed last;
    for (int i = 0; i < n; ++i) last = fail(tenant, now);
    return last;
  }
  Breakers::Answer ask(const TenantId& tenant, Time now, const char* host = "h", const char* service = "fake") {
    return in([&](db::Transaction& tx) { return breakers.ask(tx, service, host, tenant, now); });
  }
  void probe(const TenantId& tenant, Time now) {
    in([&](db::Transaction& tx) { breakers.probe(tx, "fake", "h", tenant, now); });
  }
  std::size_t recover(const TenantId& tenant) {
    return in([&](db::Transaction& tx) { return breakers.recover(tx, "fake", "h", tenant); }).size();
  }
  // As another run sees it.
  Breakers::Answer ask_from_rows(const TenantId& tenant, Time now) {
    Breakers theirs;
    return in([&](db::Transaction& tx) {
      theirs.refresh(tx);
      return theirs.ask(tx, "fake", "h", tenant, now);
    });
  }
};

} // namespace

TEST_CASE("a destination rests after five failures in a row, and one good answer makes it well") {
  World w;
  for (int i = 1; i <= 4; ++i) {
    const auto failed = w.fail(asha, noon);
    CHECK(failed.failures == i);
    CHECK_FALSE(failed.until.has_value());
    CHECK_FALSE(w.ask(asha, noon).rest.has_value());
  }
  CHECK(w.recover(asha) == 0); // it did not rest, so nobody is told
  CHECK(w.fail(asha, noon).failures == 1);
  const auto fifth = w.fail_times(4, asha, noon);
  CHECK(fifth.began);
  CHECK(fifth.until == noon + minute);
  const auto answer = w.ask(asha, noon);
  REQUIRE(answer.rest.has_value());
  CHECK(answer.rest->until == noon + minute);
  CHECK(answer.rest->reason.code() == "destination.rests");
  CHECK(answer.rest->reason.text() == "fake h rests: feed: server error");
  CHECK(w.ask_from_rows(asha, noon).rest.has_value());
  CHECK_FALSE(w.ask(bolt, noon).rest.has_value());
  CHECK_FALSE(w.ask(asha, noon, "other").rest.has_value());
  CHECK(w.recover(asha) == 1);
  CHECK_FALSE(w.ask(asha, noon).rest.has_value());
  CHECK_FALSE(w.ask_from_rows(asha, noon).rest.has_value());
}

TEST_CASE("each rest is longer than the one before, to an hour") {
  World w;
  Time now = noon;
  w.fail_times(4, asha, now);
  for (const int minutes : {1, 2, 5, 15, 30, 60, 60, 60}) {
    CAPTURE(minutes);
    const auto failed = w.fail(asha, now);
    REQUIRE(failed.until.has_value());
    CHECK(*failed.until - now == minutes * minute);
    CHECK(failed.began == (now == noon));
    now = *failed.until;
  }
}

TEST_CASE("calls that were under way when the rest began do not lengthen it") {
  World w;
  w.fail_times(5, asha, noon);
  const auto late = w.fail_times(300, asha, noon + 30 * second);
  CHECK(late.until == noon + minute);
  CHECK_FALSE(late.began);
  CHECK(*w.fail(asha, noon + minute).until == noon + 3 * minute); // the second rest, not the third hundredth
}

TEST_CASE("what a service asks for is believed up to an hour, and never shortens the rest") {
  for (const auto& [after, until] :
       {std::pair{10 * minute, 10 * minute}, {100 * hour, hour}, {second, minute}, {-hour, minute}}) {
    CAPTURE(after.count());
    World w;
    w.fail_times(4, asha, noon);
    CHECK(*w.fail(asha, noon, after).until - noon == until);
  }
}

TEST_CASE("after a rest one item tries it, the others wait, and are not kept waiting by a probe that never ended") {
  World w;
  w.fail_times(5, asha, noon);
  const Time over = noon + minute;
  CHECK(w.ask(asha, over).probe);
  CHECK_FALSE(w.ask(asha, over).rest.has_value());
  w.probe(asha, over);
  CHECK_FALSE(w.ask(asha, over).probe);
  REQUIRE(w.ask(asha, over).rest.has_value());
  CHECK(w.ask(asha, over).rest->until == over + 2 * minute);
  CHECK(w.ask_from_rows(asha, over).rest.has_value()); // of another run neither
  CHECK(w.ask(asha, over + 2 * minute).probe);
  const auto failed = w.fail(asha, over + second);
  CHECK(failed.until == over + second + 2 * minute);
  CHECK(w.ask(asha, *failed.until).probe); // the next one, at once after the next rest
}

TEST_CASE("a destination rests for all only once a second tenant met the trouble too") {
  World w;
  w.fail_times(50, asha, noon);
  CHECK_FALSE(w.ask(bolt, noon).rest.has_value());
  w.fail_times(4, bolt, noon);
  CHECK_FALSE(w.ask(cleo, noon).rest.has_value());
  w.fail(bolt, noon);
  REQUIRE(w.ask(cleo, noon).rest.has_value());
  CHECK(w.ask(cleo, noon).rest->until == noon + minute);
  CHECK(w.ask_from_rows(cleo, noon).rest.has_value());
  CHECK(*w.fail(cleo, noon + minute).until == noon + 3 * minute); // one that never failed alone
  const Time over = noon + 3 * minute;
  CHECK(w.ask(cleo, over).probe);
  w.probe(cleo, over);
  CHECK(w.ask(asha, over).rest.has_value()); // one probe for all of them
  CHECK(w.recover(cleo) == 1);
  CHECK_FALSE(w.ask(cleo, over).rest.has_value());
}

TEST_CASE("where eight calls in a row may have happened, whosever they were, a destination rests for all at once") {
  World w;
  const auto lose = [&](const std::string& tenant, Time now) {
    const Error seen{.fault = Fault::uncertain, .reason = "network.connection_lost"};
    return w.in([&](db::Transaction& tx) { return w.breakers.fail(tx, "fake", "h", {tenant}, seen, now); });
  };
  for (int i = 1; i < 8; ++i) CHECK_FALSE(lose("t" + std::to_string(i), noon).until.has_value());
  CHECK_FALSE(w.ask_from_rows(cleo, noon).rest.has_value());
  SUBCASE("in several runs") {
    w.in([&](db::Transaction& tx) { w.breakers.refresh(tx); });
    const auto last = lose("t8", noon + second);
    CHECK(last.began);
    CHECK(last.until == noon + second + minute);
    REQUIRE(w.ask_from_rows(cleo, noon + second).rest.has_value());
    const Time over = noon + second + minute;
    CHECK(w.ask(cleo, over).probe);
    w.probe(cleo, over);
    CHECK(w.ask(bolt, over).rest.has_value());
    CHECK(lose("cleo", over).until == over + 2 * minute);
    CHECK(w.recover(bolt) == 1);
    CHECK_FALSE(w.ask(cleo, over).rest.has_value());
  }
  SUBCASE("a good answer begins the count anew") {
    CHECK(w.recover(bolt) == 0);
    for (int i = 1; i < 8; ++i) CHECK_FALSE(lose("u" + std::to_string(i), noon).until.has_value());
    CHECK(lose("u8", noon).until.has_value());
  }
}

TEST_CASE("the calls that one tenant loses make no other one wait, and outages are not counted so") {
  World w;
  const Error seen{.fault = Fault::uncertain, .reason = "network.connection_lost"};
  for (int i = 0; i < 50; ++i)
    w.in([&](db::Transaction& tx) { return w.breakers.fail(tx, "fake", "h", asha, seen, noon); });
  CHECK(w.ask(asha, noon).rest.has_value());
  CHECK_FALSE(w.ask(bolt, noon).rest.has_value());
  for (int i = 0; i < 20; ++i) w.fail({"t" + std::to_string(i)}, noon);
  CHECK_FALSE(w.ask(bolt, noon).rest.has_value());
}

TEST_CASE("no tenant alone keeps the others away: who lengthened the rest of all last, lengthens only his own") {
  World w;
  w.fail_times(5, bolt, noon);
  w.fail_times(5, asha, noon); // now for all
  REQUIRE(w.ask(cleo, noon).rest.has_value());
  Time now = noon + minute;
  for (int i = 0; i < 8; ++i) {
    CAPTURE(i);
    w.probe(asha, now);
    CHECK(w.fail(asha, now).until > now);
    CHECK_FALSE(w.ask(cleo, now).rest.has_value());
    CHECK(w.ask(cleo, now).probe);
    CHECK(w.ask(asha, now).rest.has_value());
    now += hour;
  }
  // Another one's failure is another word.
  CHECK(w.fail(cleo, now).until == now + 2 * minute);
  CHECK(w.ask(bolt, now).rest.has_value());
}

TEST_CASE("a rest that is over for long is no second tenant's word") {
  World w;
  w.fail_times(5, asha, noon);
  w.fail_times(5, bolt, noon + 47 * hour);
  CHECK_FALSE(w.ask(cleo, noon + 47 * hour).rest.has_value());
  w.fail_times(5, cleo, noon + 47 * hour + minute / 2); // two of now
  CHECK(w.ask({"dora"}, noon + 47 * hour + minute / 2).rest.has_value());
}

TEST_CASE("who is well there takes the rest of all away, and what others still meet is their own") {
  World w;
  w.fail_times(5, asha, noon);
  w.fail_times(5, bolt, noon);
  Time now = noon + minute;
  w.probe(cleo, now);
  CHECK(w.recover(cleo) == 1);
  for (int i = 0; i < 9; ++i) {
    CAPTURE(i);
    now += hour;
    for (const TenantId& dead : {asha, bolt}) {
      CHECK(w.fail(dead, now).until > now);
      CHECK(w.ask(dead, now).rest.has_value());
    }
    CHECK_FALSE(w.ask(cleo, now).rest.has_value());
  }
  w.recover(asha);
  w.recover(bolt);
  w.fail_times(5, asha, now);
  w.fail_times(5, bolt, now); // well meanwhile: their word counts again
  CHECK(w.ask(cleo, now).rest.has_value());
}

namespace {

// Tenants with one item each for the same host, by the minute. The ring always begins with the dead ones.
struct Host : World {
  std::vector<TenantId> ring{asha, bolt, cleo};
  std::map<TenantId, int> polls;
  Time now = noon;

  Host() {
    test::add_tenants(*database, {"cleo"});
    for (const TenantId& t : ring) enqueue("x:" + t.value, t.value);
  }
  void wait(const TenantId& t, Time due, const char* word) {
    test::change(*database, "UPDATE ledger SET due_at = $d, waits_for = $w WHERE tenant_id = $t",
                 {{"d", due}, {"w", word}, {"t", t.value}});
  }
  void run() {
    for (const TenantId& t : ring) {
      if (row("x:" + t.value).time("due_at") > now) continue;
      const auto answer = ask(t, now);
      if (answer.rest) {
        wait(t, answer.rest->until, "fake h");
        continue;
      }
      if (answer.probe) probe(t, now);
      if (t != cleo) {
        wait(t, fail(t, now).until.value_or(now + minute / 2) + second, "fake h");
        continue;
      }
      if (recover(t) > 0)
        test::change(*database, "UPDATE ledger SET due_at = $n, waits_for = '' WHERE waits_for <> ''", {{"n", now}});
      ++polls[t];
      wait(t, now + hour / 2, "");
    }
    now += minute;
  }
};

} // namespace

TEST_CASE("two tenants whose own things are dead keep a shared host from nobody, though they come first") {
  Host h;
  h.wait(cleo, noon + 3 * hour, "");
  while (h.now < noon + 33 * hour) h.run();
  CHECK(h.polls[cleo] >= 55); // of 60
}

TEST_CASE("after a rest of all the others try it before those who failed there, and nobody waits for nobody") {
  Host h;
  h.fail_times(5, asha, noon);
  h.fail_times(5, bolt, noon); // for all; bolt said so last
  const Time over = noon + minute;
  for (const TenantId& t : h.ring) h.wait(t, over, "fake h");
  CHECK(h.ask(asha, over).rest.has_value());
  CHECK(h.ask(bolt, over).rest.has_value());
  CHECK(h.ask(cleo, over).probe);
  h.wait(cleo, over + hour, "fake h"); // it may not be tried now
  CHECK(h.ask(asha, over).probe);
  CHECK(h.ask(bolt, over).rest.has_value()); // it lets asha try
  h.wait(asha, over, "");
  CHECK(h.ask(bolt, over).probe);
  h.wait(cleo, over, "fake h");
  CHECK(h.ask(bolt, over + hour).probe); // an hour later nobody is waited for
}

TEST_CASE("a host that asks for a rest gets it from the tenant that was asked, an hour at most, and from all after a "
          "second") {
  World w;
  const auto rest = [&](const TenantId& tenant, Millis how_long) {
    w.in([&](db::Transaction& tx) {
      w.breakers.rest(tx, "fake", "h", tenant, {.rest = how_long, .reason = "feed.slow_down", .detail = "d"}, noon);
    });
  };
  rest(asha, 24 * hour);
  REQUIRE(w.ask(asha, noon).rest.has_value());
  CHECK(w.ask(asha, noon).rest->until == noon + hour);
  CHECK_FALSE(w.ask(bolt, noon).rest.has_value());
  rest(bolt, 5 * minute);
  REQUIRE(w.ask(cleo, noon).rest.has_value());
  CHECK(w.ask(cleo, noon).rest->until == noon + 5 * minute);
  CHECK(w.ask(cleo, noon + 5 * minute).probe);
}

TEST_CASE("the service tells destinations on one host apart, and no host is no destination") {
  World w;
  w.fail_times(5, asha, noon);
  CHECK_FALSE(w.ask(asha, noon, "h", "other").rest.has_value());
  for (int i = 0; i < 9; ++i) CHECK_FALSE(w.fail(asha, noon, {}, "").until.has_value());
  CHECK_FALSE(w.ask(asha, noon, "").rest.has_value());
  CHECK(ledger::waits_for("fake", "h") == "fake h");
}

TEST_CASE("what was seen is kept for people, told once, and forgotten two days after its end") {
  World w;
  w.fail_times(5, asha, noon);
  REQUIRE(w.breakers.all().size() == 1);
  const ledger::Destination d = w.breakers.all()[0];
  CHECK(d.step == 1);
  CHECK(d.since == noon);
  CHECK(d.detail == "why");
  w.in([&](db::Transaction& tx) {
    Breakers::told(tx, d, noon + second);
    w.breakers.refresh(tx);
  });
  CHECK(w.breakers.all()[0].told_at == noon + second);
  w.in([&](db::Transaction& tx) { Breakers::forget(tx, noon + 48 * hour); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks WHERE scope = 'destination'") == 1);
  w.in([&](db::Transaction& tx) { Breakers::forget(tx, noon + 48 * hour + minute); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM parks WHERE scope = 'destination'") == 0);
}

TEST_CASE("every change tells the other runs' memories") {
  World w;
  const auto rests = [&] { return w.in([&](db::Transaction& tx) { return ledger::revisions(tx); }).rests; };
  const std::int64_t before = rests();
  w.fail(asha, noon);
  CHECK(rests() == before + 1);
  w.recover(asha);
  CHECK(rests() == before + 2);
  w.recover(asha);
  CHECK(rests() == before + 2);
}
