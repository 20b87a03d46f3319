// An operator's word on items: what ended waits again, what waits is due, what rests in the way is tried, and each act
// is written down.
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};

struct World : FakeWorld {
  World() { tenant("asha"); }

  Bounds bounds;

  std::vector<Retried> retry(std::initializer_list<const char*> ids) {
    std::vector<Named> items;
    for (const char* id : ids) items.push_back({"post", Key{"x", id}, {"asha"}});
    return retry_items(job, items, {.user = "root", .name = "Eve"}, database, vault, clock, bounds);
  }
  bool say(const char* id, Word word) {
    return decide_item(job, "post", Key{"x", id}, {"asha"}, word, {.user = "root", .name = "Eve"}, database, vault,
                       clock, bounds);
  }
  void rewrite(const char* script) { test::change(database, "UPDATE feeds SET etag = $s", {{"s", script}}); }
  db::Rows acts() { return test::rows(database, "SELECT * FROM operator_acts ORDER BY id"); }
  std::int64_t resting() { return test::number(database, "SELECT count(*) AS n FROM parks"); }
};

} // namespace

TEST_CASE("what ended waits again and is done; what is done or in flight stays as it is") {
  World w;
  w.item("1", "permanent");
  w.item("2", "cancel");
  w.item("3");
  w.run();
  REQUIRE(w.state("1") == "discarded");
  REQUIRE(w.state("2") == "cancelled");
  const auto got = w.retry({"1", "2", "3"});
  REQUIRE(got.size() == 3);
  CHECK(got[0].done);
  CHECK(got[0].from == "discarded");
  CHECK(got[0].next.empty());
  CHECK(got[1].from == "cancelled");
  CHECK_FALSE(got[2].done);
  CHECK(w.state("3") == "done");
  CHECK(w.feed("1").text("last_error") == "due"); // its stage was told
  CHECK(w.ledger_row("1").integer("attempts") == 0);
  w.rewrite("ok");
  w.run();
  CHECK(w.in_state("done") == 3);
}

TEST_CASE("each act is written down with who, what and from where to where") {
  World w;
  w.job.stages[0] = test::fake::stage("post", false); // what is uncertain is held
  w.item("1", "permanent");
  for (const char* id : {"2", "3", "4"}) w.item(id, "uncertain");
  w.run();
  REQUIRE(w.in_state("held") == 3);
  CHECK(w.say("1", Word::retry));
  CHECK(w.say("2", Word::resend));
  CHECK(w.say("3", Word::drop));
  CHECK(w.say("4", Word::arrived));
  CHECK_FALSE(w.say("4", Word::drop)); // done already: no act
  const db::Rows acts = w.acts();
  REQUIRE(acts.size() == 4);
  const auto is = [&](std::size_t i, const char* verb, const char* key, const char* from, const char* to) {
    CAPTURE(i);
    CHECK(acts[i].text("verb") == verb);
    CHECK(acts[i].text("stage") == "post");
    CHECK(acts[i].text("key") == key);
    CHECK(acts[i].text("tenant_id") == "asha");
    CHECK(acts[i].text("from_state") == from);
    CHECK(acts[i].text("to_state") == to);
    CHECK(acts[i].text("os_user") == "root");
    CHECK(acts[i].text("said_by") == "Eve");
    CHECK(acts[i].time("at") == noon);
  };
  is(0, "items retry", "x:1", "discarded", "due");
  is(1, "items resend", "x:2", "held", "due");
  is(2, "items drop", "x:3", "held", "cancelled");
  is(3, "items arrived", "x:4", "held", "done");
  CHECK(acts[0].text("note") == "feed.server_error");
}

TEST_CASE("a parked credential is tried with the item, and all that waited for it are due") {
  World w;
  w.options.in_flight = 1;
  w.database.transact([&](db::Transaction& tx) {
    w.vault.store(tx,
                  {.scope = "tenant",
                   .tenant = {"asha"},
                   .owner_key = "asha",
                   .service = "wordpress",
                   .base_url = "https://asha.example",
                   .account = "a",
                   .secret = Secret("s3cret-pass")},
                  noon);
    for (int i = 0; i < 5; ++i) w.item_in(tx, std::to_string(i), "setting", "asha.example", "asha");
    tx.execute(test::sql("UPDATE feeds SET first_poll = 'none'"));
  });
  w.run();
  REQUIRE(w.network.calls() == 1);
  REQUIRE(w.resting() == 1);
  w.rewrite("ok");
  CHECK(w.run().idle); // nothing is tried for an hour
  const auto got = w.retry({"3"});
  CHECK(got[0].done);
  CHECK(got[0].from == "due");
  CHECK(got[0].next.empty());
  CHECK(w.resting() == 0);
  CHECK(w.acts().at(0).text("note").find("rests no more: credential: feed.server_error") != std::string::npos);
  w.run();
  CHECK(w.in_state("done") == 5);
}

TEST_CASE("a destination that rests is tried by one item, and the others go on when it is well") {
  World w;
  w.options.in_flight = 1;
  for (int i = 0; i < 8; ++i) w.item(std::to_string(i), "outage");
  w.run();
  w.clock.advance(minute);
  w.run(); // rests for two minutes now
  const auto calls = w.network.calls();
  CHECK(w.run().idle);
  CHECK(w.retry({"2"})[0].next.empty());
  SUBCASE("still down: one call, and it rests on") {
    w.run();
    CHECK(w.network.calls() == calls + 1);
    CHECK(w.in_state("due") == 8);
    CHECK(w.run().idle);
  }
  SUBCASE("well again") {
    w.rewrite("ok");
    w.run();
    CHECK(w.in_state("done") == 8);
  }
}

TEST_CASE("an uncertain item is looked up now, never before its time, and not between two look-ups that lie apart") {
  World w;
  w.item("1", "uncertain");
  w.run();
  REQUIRE(w.state("1") == "uncertain");
  const Time may = noon + minute; // twice the request's timeout
  test::change(w.database, "UPDATE ledger SET due_at = due_at + 7200000");
  CHECK(w.retry({"1"})[0].done);
  CHECK(w.state("1") == "uncertain");
  CHECK(w.ledger_row("1").time("due_at") == may);
  w.network.answer = [](const http::Request&) { return http::Response{.status = 404}; };
  w.clock.advance(2 * minute);
  w.run();
  REQUIRE(w.ledger_row("1").integer("absent") == 1);
  CHECK_FALSE(w.retry({"1"})[0].done);
  CHECK(w.ledger_row("1").time("due_at") > w.clock.now() + 5 * minute);
}

TEST_CASE("the answer says what the judge makes of the item now") {
  World w;
  w.item("1", "permanent");
  w.item("2", "permanent");
  w.item("3", "permanent");
  w.run();
  test::change(w.database, "UPDATE feeds SET stop_reason = 'cancel' WHERE id = '1'");
  test::change(w.database, "UPDATE feeds SET stop_reason = 'snooze' WHERE id = '2'");
  const auto got = w.retry({"1", "2", "3"});
  CHECK(got[0].next.is("feed.stopped"));
  CHECK_FALSE(got[0].next_at);
  CHECK(got[1].next.is("tenant.inactive"));
  CHECK(got[1].next_at == noon + hour);
  CHECK(got[2].next.empty());
}

TEST_CASE("a bug that one item wakes costs the others nothing, and is no act") {
  World w;
  for (const char* id : {"1", "2", "3"}) w.item(id, "permanent");
  w.run();
  test::change(w.database, "UPDATE feeds SET last_modified = 'throw' WHERE id = '2'");
  const auto got = w.retry({"1", "2", "3"});
  CHECK(got[0].done);
  CHECK_FALSE(got[1].done);
  CHECK(got[2].done);
  CHECK(w.state("2") == "discarded");
  CHECK(w.acts().size() == 2);
}

TEST_CASE("what is parked or waits for a destination holds the cause's code, for machines") {
  World w;
  w.options.in_flight = 1;
  for (int i = 0; i < 6; ++i) w.item(std::to_string(i), "outage");
  w.run();
  const db::Row row = w.ledger_row("5");
  CHECK(row.text("reason") == "destination.rests");
  CHECK(row.text("args") == R"(["fake h.example","feed.server_error"])");
  CHECK(Reason::stored(row.text("reason"), row.text("args")).text() == "fake h.example rests: feed: server error");
  w.clock.advance(second);
  const auto rests = resting_now(w.database, {}, w.clock.now()).resting;
  REQUIRE(rests.size() == 1);
  CHECK(rests[0].what == "destination fake h.example");
  CHECK(rests[0].items == 6);
}
