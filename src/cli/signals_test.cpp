// Signals: the first asks, the second or the clock ends.
#include "cli/lazy_net.hpp"
#include "cli/signals.hpp"

#include "support/client_net.hpp"
#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <unistd.h>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

void wait_for_stop(const std::stop_source& stop) {
  std::promise<void> stopped;
  const std::stop_callback when(stop.get_token(), [&] { stopped.set_value(); });
  stopped.get_future().wait();
}

} // namespace

TEST_CASE("the first signal requests the stop, the second aborts at once") {
  for (const int signal : {SIGTERM, SIGINT}) {
    std::stop_source stop;
    std::promise<void> aborted;
    const Signals signals(stop, [&] { aborted.set_value(); }, Millis(3'600'000));
    REQUIRE(kill(getpid(), signal) == 0);
    wait_for_stop(stop);
    REQUIRE(kill(getpid(), signal) == 0);
    aborted.get_future().wait();
    kill(getpid(), signal); // a third one changes nothing
  }
}

TEST_CASE("the end of the grace time aborts") {
  std::stop_source stop;
  std::promise<void> aborted;
  const Signals signals(stop, [&] { aborted.set_value(); }, Millis(1));
  REQUIRE(kill(getpid(), SIGTERM) == 0);
  aborted.get_future().wait();
  CHECK(stop.stop_requested());
}

TEST_CASE("without a signal nothing is asked for") {
  std::stop_source stop;
  bool aborted = false;
  {
    const Signals signals(stop, [&] { aborted = true; }, Millis(1));
  }
  CHECK(!stop.stop_requested());
  CHECK(!aborted);
}

TEST_CASE("the network is made by the first call and only once") {
  int made = 0, aborts = 0;
  test::FakeHttp fake;
  fake.answer(200, "a");
  fake.answer(201, "b");
  LazyNet net([&] {
    ++made;
    return Network{.net = std::make_unique<test::ClientNet>(fake), .abort = [&] { ++aborts; }};
  });
  CHECK(made == 0);
  net.submit(1, {});
  net.submit(2, {});
  const auto answers = net.collect();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].response->status == 200);
  CHECK(answers[1].response->status == 201);
  CHECK(made == 1);
  net.abort();
  CHECK(aborts == 1);
}

TEST_CASE("a network that was aborted before its first call is never made") {
  LazyNet net([]() -> Network { throw std::logic_error("must not be made"); });
  net.abort();
  net.submit(7, {});
  const auto answers = net.collect();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].ticket == 7);
  REQUIRE(!answers[0].response);
  CHECK(answers[0].response.error().fault == Fault::aborted);
}
