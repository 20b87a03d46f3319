// Who goes first is admitted first, in any tenant; those behind keep a share, whatever the size of either crowd.
#include "support/fake_job.hpp"

#include <ostream>
#include <set>

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

// The calls in their order: "f…" those that go first, "b…" those behind.
struct Crowd : FakeWorld {
  explicit Crowd(int places) {
    options.in_flight = places;
    job = {.name = "fake", .help = "", .stages = {test::fake::stage("post", false)}, .preview = job.preview};
  }
  void add(const std::string& tenant, const std::string& prefix, int items, Rank rank) {
    database.transact([&](db::Transaction& tx) {
      for (int i = 0; i < items; ++i)
        item_in(tx, fmt::format("{}-{}-{}", prefix, tenant, i), "ok", tenant + ".example", tenant, "", rank);
    });
  }
  // How many of the calls number `from` to `to` were of those behind.
  long behind(std::size_t from, std::size_t to) const {
    long n = 0;
    for (std::size_t i = from; i < std::min(to, network.sent.size()); ++i)
      n += network.sent[i].find("/b-") != std::string::npos;
    return n;
  }
};

} // namespace

TEST_CASE("fifty thousand that can wait do not hold up five hundred that cannot") {
  Crowd w(16);
  for (int t = 0; t < 100; ++t) {
    const std::string tenant = fmt::format("t{:03}", t);
    w.tenant(tenant);
    w.add(tenant, "b", 500, Rank::behind);
    if (t % 10 == 9) w.add(tenant, "f", 50, Rank::first);
  }
  w.options.limit = 1'000;
  w.run_at_once();
  REQUIRE(w.network.sent.size() == 1'000);
  // All five hundred are among the first six hundred and seventy or so, and the others had their quarter meanwhile.
  CHECK(w.behind(0, 700) <= 205);
  CHECK(w.behind(0, 600) >= 120);
  CHECK(w.in_state("done") == 1'000);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM ledger WHERE behind = 0 AND state <> 'done'") == 0);
}

TEST_CASE("within one tenant too, and the share is kept when places come free one by one") {
  Crowd w(1);
  w.tenant("asha");
  w.add("asha", "b", 200, Rank::behind);
  w.add("asha", "f", 200, Rank::first);
  w.options.limit = 100;
  w.run_at_once();
  REQUIRE(w.network.sent.size() == 100);
  CHECK(w.behind(0, 100) >= 20);
  CHECK(w.behind(0, 100) <= 30);
  w.options.limit.reset();
  w.run_at_once();
  CHECK(w.in_state("done") == 400);
}

TEST_CASE("a crowd that goes first never keeps the others out for good") {
  Crowd w(8);
  for (int t = 0; t < 50; ++t) {
    const std::string tenant = fmt::format("t{:02}", t);
    w.tenant(tenant);
    w.add(tenant, "f", 200, Rank::first);
  }
  w.tenant("z");
  w.add("z", "b", 40, Rank::behind);
  w.options.limit = 400;
  w.run_at_once();
  CHECK(w.behind(0, 400) == 40);
}

TEST_CASE("where more tenants wait than there are places, one goes on over its connection for some rows, not for all") {
  Crowd w(2);
  for (int t = 0; t < 5; ++t) {
    const std::string tenant = fmt::format("t{}", t);
    w.tenant(tenant);
    w.add(tenant, "b", 40, Rank::behind);
  }
  w.run_at_once();
  const auto tenant_of = [&](std::size_t i) { return w.network.sent[i].substr(std::string("https://").size(), 2); };
  REQUIRE(w.network.sent.size() == 200);
  std::set<std::string> early;
  for (std::size_t i = 0; i < 24; ++i) early.insert(tenant_of(i));
  CHECK(early.size() == 2); // two places, two tenants
  early.clear();
  for (std::size_t i = 0; i < 110; ++i) early.insert(tenant_of(i));
  CHECK(early.size() == 5); // long before anybody is through
}

TEST_CASE("a dry run counts both") {
  Crowd w(4);
  w.tenant("asha");
  w.add("asha", "b", 3, Rank::behind);
  w.add("asha", "f", 2, Rank::first);
  const RunReport report = dry_run(w.job, w.options, w.database, w.vault, w.clock);
  CHECK(FakeWorld::items(report, "would-run") == 5);
}
