// Shares of the memory that answers may take.
#include "http/room.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace milkrun::http;

namespace {

constexpr std::size_t kib = 1024, mib = 1024 * kib;

} // namespace

TEST_CASE("while there is room everybody gets what he asks for, alone even all of it") {
  const auto room = std::make_shared<Room>(8 * mib);
  Held one(room, "a");
  CHECK(one.grow_to(8 * mib));
  CHECK(room->held() == 8 * mib);
  CHECK_FALSE(one.grow_to(8 * mib + 1));
  CHECK(room->held() == 8 * mib);
}

TEST_CASE("when all is taken, who has less than his share gets it still, and who has more waits") {
  const auto room = std::make_shared<Room>(8 * mib);
  Held greedy(room, "a"), modest(room, "b");
  REQUIRE(greedy.grow_to(8 * mib));
  CHECK(modest.grow_to(4 * mib)); // half of it: there are two
  CHECK_FALSE(modest.grow_to(4 * mib + 1));
  CHECK_FALSE(greedy.grow_to(8 * mib + 1));
  Held third(room, "c");
  CHECK(third.grow_to(2 * mib));
  CHECK_FALSE(third.grow_to(3 * mib)); // a third
  CHECK(room->held() <= 16 * mib);
}

TEST_CASE("never more than twice the amount is held, whoever comes in whatever order") {
  const auto room = std::make_shared<Room>(4 * mib);
  std::vector<std::unique_ptr<Held>> all;
  for (int i = 0; i < 200; ++i) {
    Held& h = *all.emplace_back(std::make_unique<Held>(room, "t" + std::to_string(i % 50)));
    for (std::size_t size = 256 * kib; h.grow_to(size) && size < 16 * mib; size += 256 * kib) {
    }
    CHECK(room->held() <= 8 * mib);
  }
  all.clear();
  CHECK(room->held() == 0);
}

TEST_CASE("what must not wait is taken anyhow, and the others wait for it") {
  const auto room = std::make_shared<Room>(300 * kib);
  {
    Held once(room, "asha");
    CHECK(once.grow_to(1'000 * kib, true));
    CHECK(room->held() >= 1'000 * kib);
    Held read(room, "bolt");
    CHECK_FALSE(read.grow_to(200 * kib));
    CHECK(once.settle(10 * kib, true));
    CHECK(read.grow_to(200 * kib));
  }
  CHECK(room->held() == 0);
}

TEST_CASE("what is small is not asked for on the way, and counts once it is whole") {
  const auto room = std::make_shared<Room>(mib);
  Held big(room, "a");
  REQUIRE(big.grow_to(mib));
  {
    Held small(room, "a");
    CHECK(small.grow_to(64 * kib));
    CHECK(room->held() == mib);
    CHECK_FALSE(small.settle(10 * kib, false)); // its tenant has all there is
    CHECK(small.settle(10 * kib, true));
    CHECK(room->held() == mib + 10 * kib);
  }
  CHECK(room->held() == mib);
  CHECK(big.settle(100, false)); // what was taken in steps and not needed
  CHECK(room->held() == 100);
}
