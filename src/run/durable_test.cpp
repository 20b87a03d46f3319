// What must not happen twice leaves when the disk has its mark, and no turn waits for the disk.
#include "support/database_door.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

// A disk that has what was committed when the test says so.
class SlowDisk final : public test::DatabaseDoor {
public:
  using DatabaseDoor::DatabaseDoor;
  std::function<std::uint64_t(std::uint64_t written)> on_disk = [](std::uint64_t written) { return written; };
  std::uint64_t early = 0;
  bool refuses = false;

  std::uint64_t transact_early(const Body& body) override {
    real_.transact(body);
    return ++early;
  }
  std::uint64_t durable() override {
    if (refuses) throw db::DatabaseError(db::DatabaseError::Kind::broken, "the disk refuses");
    const std::uint64_t has = on_disk(early);
    if (has < early && grown_) grown_(); // asked again at once
    return has;
  }
  void when_durable(std::function<void()> grown) override { grown_ = std::move(grown); }

private:
  std::function<void()> grown_;
};

struct SlowWorld : FakeWorld {
  SlowDisk disk{database};
  SlowWorld() {
    tenant("asha");
    options.compute_threads = 0;
  }
  RunReport run() { return milkrun::run(job, options, rooms(disk), {}); }
};

} // namespace

TEST_CASE("a once call leaves when the disk has its mark, what may happen twice does not wait for it") {
  SlowWorld w;
  w.item("mark");
  w.item("read", "repeatable");
  int asked = 0;
  std::vector<std::string> before;
  w.disk.on_disk = [&](std::uint64_t written) -> std::uint64_t {
    // Has it only when the other call is out, however late its thread begins.
    if (++asked < 5 || (w.network.calls() == 0 && asked < 10'000'000)) return 0;
    if (before.empty())
      before = [&] {
        std::lock_guard hold(w.network.lock);
        return w.network.sent;
      }();
    return written;
  };
  CHECK(w.run().ended_by == "finished");
  CHECK(before == std::vector<std::string>{"https://h.example/read"});
  CHECK(w.in_state("done") == 2);
}

TEST_CASE("a commit that the disk has lets the marks leave that it holds, and no later ones") {
  SlowWorld w;
  w.options.in_flight = 1;
  w.item("first");
  w.item("second");
  std::vector<std::size_t> calls; // when the disk is asked
  w.disk.on_disk = [&](std::uint64_t written) -> std::uint64_t {
    calls.push_back(w.network.calls());
    // The second one's mark is in the turn that settles the first.
    return calls.size() % 3 == 0 ? written : written - 1;
  };
  CHECK(w.run().ended_by == "finished");
  CHECK(w.in_state("done") == 2);
  REQUIRE(calls.size() >= 6);
  CHECK(calls[2] == 0);
  CHECK(calls[3] == 1);
  CHECK(calls[5] == 1);
}

TEST_CASE("a disk that refuses ends the run before a call leaves whose mark it has not") {
  SlowWorld w;
  w.item("mark");
  w.disk.refuses = true;
  CHECK_THROWS_AS(w.run(), db::DatabaseError);
  CHECK(w.network.calls() == 0);
}

TEST_CASE("the desk is woken when the disk has a mark") {
  SlowWorld w;
  w.item("mark");
  test::ClientNet door(w.network);
  const Rooms rooms{w.database, w.vault, door, w.clock, w.settings, w.runs_file}; // over the real log
  CHECK(milkrun::run(w.job, w.options, rooms, {}).ended_by ==
        "finished"); // with no other news it would sleep for a second
  CHECK(w.in_state("done") == 1);
}
