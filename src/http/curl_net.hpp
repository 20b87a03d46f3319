// The real network: libcurl on one thread.
#pragma once

#include "http/guard.hpp"
#include "http/net.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace milkrun::http {

struct CurlOptions {
  std::string ca_file = {}; // PEM bundle that replaces the system's; empty = the system's
  std::string user_agent = "milkrun";
  // Calls at a time that are usual: four times as many connections are kept, as far as the limit of open files allows.
  // With fewer, many hosts cost a handshake a call.
  std::size_t in_flight = 256;
  // Exchanges at a time, at most (fewer where the limit of open files is low): who comes later waits for a place, and
  // his time runs.
  std::size_t most_open = 10'000;
  // Memory for answers, until who asked has let go of them. Twice as much is held at worst (room.hpp).
  std::size_t answer_memory = std::size_t{48} * 1024 * 1024;
  // A connection that idled longer is likelier to be dead, and a dead one makes a `once` call uncertain.
  std::chrono::seconds once_idle{4};
  // After stop(): how long calls that have left may wait for their answer.
  Millis grace{10'000};
};

// One thread, started by the first submit(), owns every exchange, the connection cache and the CA store; it blocks
// for nothing but its own sleep: names are looked up elsewhere. Time limits run from submit() and are those of the
// monotonic clock: a process that was stopped and goes on later sends nothing that is overdue.
// Redirects (GET of Effect::read or repeatable only): 301, 302, 303, 307, 308; past max_redirects (when not 0) ->
// permanent "network.too_many_redirects"; https to http -> permanent "network.redirect_to_plain_http".
// A connection serves one tenant, except to hosts whose answers no tenant has a hand in (Request::shared_host): there
// identity is a header of each request, and nothing is bound to a connection.
// A request of another effect than read is never sent twice, whatever becomes of its connection.
class CurlNet final : public Net {
public:
  CurlNet(CurlOptions options, Guard guard); // raises the process's soft limit of open files
  ~CurlNet() override;                       // ends open calls at once
  CurlNet(const CurlNet&) = delete;
  CurlNet& operator=(const CurlNet&) = delete;

  void submit(std::uint64_t ticket, Request request) override;
  std::vector<Answer> collect() override; // throws when libcurl itself failed: no call has an answer any more
  void wait(Millis at_most) override;
  void nudge() override;
  void quit() override;

  // From now on nothing leaves this machine: what has not left, and what is submitted later, is aborted at once.
  // What has left may be answered until the grace is over; then it ends as by abort(). Any thread.
  void stop();
  // The same without grace: open calls end now (read and repeatable -> aborted, `once` -> uncertain).
  void abort();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace milkrun::http
