// Who waits for what, in reports: bounded, and yet everybody's turn comes.
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

TEST_CASE("of many who wait for somebody each is told of in time, and those that are not listed are counted") {
  FakeWorld w;
  w.options.in_flight = 64;
  constexpr int waiting = 260;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < waiting; ++t) {
      const std::string id = "t" + std::to_string(1'000 + t);
      test::add_tenant(tx, id);
      w.item_in(tx, id, "ok", "h.example", id);
    }
  });
  test::change(w.database, "UPDATE feeds SET first_poll = 'none'"); // a credential that nobody has
  const auto told = [&] { return test::number(w.database, "SELECT count(*) AS n FROM told"); };
  for (int run = 1; run <= 12 && told() < waiting; ++run) {
    CAPTURE(run);
    const std::int64_t before = told();
    const RunReport r = w.run();
    CHECK(r.resting.size() == 50);
    CHECK(r.more_resting == waiting - 50);
    CHECK(told() > before); // news first
  }
  CHECK(told() == waiting);
  const RunReport after = w.run();
  CHECK(after.more_resting == waiting - 50);
  CHECK(std::ranges::none_of(after.resting, &Resting::news));
  CHECK(resting_now(w.database, w.clock.now()).more_resting == waiting - 50);
}

TEST_CASE("the standing of the one tenant of a run is told, however many are before it") {
  FakeWorld w;
  for (int t = 0; t < 205; ++t) w.tenant("t" + std::to_string(1'000 + t));
  w.job.standing = test::sql("SELECT id AS tenant_id, slug, 'no feed' AS standing FROM tenants "
                             "WHERE id <> 'operator' AND ($only = '' OR id = $only) ORDER BY slug LIMIT $limit");
  w.item("1", "ok", "h.example", "operator");
  w.options.tenant = TenantId{"t1204"};
  const RunReport r = w.run();
  REQUIRE(r.tenants.size() == 1);
  CHECK(r.tenants[0].slug == "t1204");
  CHECK(r.tenants[0].story == "no feed");
  CHECK_FALSE(r.cut);
}
