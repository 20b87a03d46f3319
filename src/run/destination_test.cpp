// Whose trouble an answer is: one page's, an account's, the host's; and who comes first.
#include "base/chance.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000}, hour{3'600'000};

// "page" and "host": whose trouble the answer is.
Result read_page(const Item& item, const Credentials&, const Outside& out) {
  const auto answer = out.http.send({.url = item.row.text("url")});
  if (!answer) return {std::unexpected(answer.error())};
  const std::string& script = item.row.text("etag");
  if (script == "ok") return {Done{"ref"}};
  Error e{.fault = Fault::outage, .reason = "feed.not_found"};
  if (script == "page") e.parks.push_back({.scope = ParkScope::page, .id = {}, .rest = Millis(0), .reason = e.reason});
  return {std::unexpected(std::move(e))};
}

struct World : FakeWorld {
  World() {
    for (const char* t : {"asha", "bolt", "cleo"}) tenant(t);
    job.stages[0].work = read_page;
    job.stages[0].repeats = true;
    job.stages[0].reconcile = nullptr;
    seed_chance(7);
  }
  ~World() { seed_chance(std::nullopt); }
  std::int64_t destinations() {
    return test::number(database, "SELECT count(*) AS n FROM parks WHERE scope = 'destination'");
  }
};

} // namespace

TEST_CASE("what a host answers about one page leaves the host well, and the item waits by itself") {
  World w;
  for (int i = 0; i < 8; ++i) w.item("asha" + std::to_string(i), "page");
  w.item("bolt", "page", "h.example", "bolt");
  for (int run = 0; run < 12; ++run) {
    w.run();
    w.clock.advance(hour);
  }
  CHECK(w.destinations() == 0);
  const db::Row row = w.ledger_row("bolt");
  CHECK(row.text("state") == "due");
  CHECK(row.integer("attempts") == 0);
  CHECK(row.text("waits_for").empty());
  CHECK(w.network.calls("https://h.example/bolt") >= 6); // and is looked at about hourly
  CHECK(w.network.calls("https://h.example/bolt") <= 24);
  w.item("cleo", "ok", "h.example", "cleo");
  w.run();
  CHECK(w.state("cleo") == "done");
}

TEST_CASE("one page's answer is an answer of its host: a rest ends with it") {
  World w;
  for (int i = 0; i < 5; ++i) w.item(std::to_string(i), "host");
  w.run();
  REQUIRE(w.destinations() == 1);
  test::change(w.database, "UPDATE feeds SET etag = 'page'");
  w.clock.advance(2 * minute);
  const RunReport r = w.run();
  CHECK(w.destinations() == 0);
  CHECK(r.recovered.size() == 1);
}

TEST_CASE("tenants whose own things fail there keep a shared host from nobody, whoever comes first") {
  World w;
  for (int i = 0; i < 6; ++i) {
    w.item("a" + std::to_string(i), "host", "h.example", "asha");
    w.item("b" + std::to_string(i), "host", "h.example", "bolt");
  }
  int polls = 0;
  for (int at = 0; at < 30 * 12; ++at) { // a run in five minutes, for thirty hours
    const bool poll = at >= 36 && at % 6 == 0;
    const std::string id = "c" + std::to_string(at);
    if (poll)
      w.database.transact([&](db::Transaction& tx) {
        w.item_in(tx, id, "ok", "h.example", "cleo");
        tx.execute(test::sql("UPDATE ledger SET due_at = $n WHERE key = 'x:' || $id"),
                   {{"n", w.clock.now()}, {"id", id}});
      });
    w.run();
    if (poll) ++polls;
    w.clock.advance(5 * minute);
  }
  CHECK(polls == 54);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM ledger WHERE tenant_id = 'cleo' AND state = 'done'") ==
        polls);
}

TEST_CASE("no tenant is always the first: each run begins at another one") {
  World w;
  for (int i = 0; i < 20; ++i)
    for (const char* t : {"asha", "bolt", "cleo"}) w.item(t + std::to_string(i), "ok", "h.example", t);
  w.options.limit = 1;
  for (int i = 0; i < 20; ++i) w.run();
  std::map<std::string, int> first;
  for (const std::string& url : w.network.sent) ++first[url.substr(18, 4)];
  CHECK(first.size() == 3);
  for (const auto& [tenant, times] : first) CHECK(times >= 2);
}
