// Signals: the first asks, the second or the clock ends.
#include "cli/lazy_client.hpp"
#include "cli/signals.hpp"

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

TEST_CASE("the http client is made by the first call and only once") {
  int made = 0, aborts = 0;
  LazyClient client([&] {
    ++made;
    auto fake = std::make_unique<test::FakeHttp>();
    fake->answer(200, "a");
    fake->answer(201, "b");
    return Network{.client = std::move(fake), .abort = [&] { ++aborts; }};
  });
  CHECK(made == 0);
  CHECK(client.send({})->status == 200);
  CHECK(client.send({})->status == 201);
  CHECK(made == 1);
  client.abort();
  CHECK(aborts == 1);
}

TEST_CASE("a client that was aborted before its first call is never made") {
  LazyClient client([]() -> Network { throw std::logic_error("must not be made"); });
  client.abort();
  const auto answer = client.send({});
  REQUIRE(!answer);
  CHECK(answer.error().fault == Fault::aborted);
}
