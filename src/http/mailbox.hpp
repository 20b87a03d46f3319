// What passes between the callers of the network and its thread: one lock, whole batches, and a wake only for who
// sleeps.
#pragma once

#include "http/net.hpp"
#include "http/resolver.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

namespace milkrun::http {

using Instant = std::chrono::steady_clock::time_point;

class Mailbox {
public:
  struct Posted {
    std::uint64_t ticket;
    Request request;
    Instant at;
  };
  struct Name { // what a lookup found
    std::uint64_t call;
    Addresses addresses;
  };
  struct Mailed { // what became of a mail
    std::uint64_t call;
    Expected<Response> response;
  };
  // What the network thread finds: everything since its last look.
  struct Mail {
    std::vector<Posted> calls;
    std::vector<Name> names;
    std::vector<Mailed> mailed;
    std::optional<Instant> stop; // no call may leave any more, and open ones end then
    bool quit = false;
  };

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Callers, any thread.
  void post(std::uint64_t ticket, Request request);
  void found(std::uint64_t call, Addresses addresses);
  void mailed(std::uint64_t call, Expected<Response> response);
  void stop(Instant open_calls_end);
  void quit();
  std::vector<Net::Answer> collect(); // throws what ended the network thread
  void wait(Millis at_most);
  void nudge();

  // The network thread.
  int wake_fd() const { return wake_; } // readable when mail came after an empty take()
  Mail take();
  void publish(std::vector<Net::Answer>& answers); // leaves it empty
  void fail(std::exception_ptr why);               // no answer will come any more

private:
  void wake_network(); // with the lock held

  int wake_;
  std::mutex lock_; // guards the rest
  Mail mail_;
  bool network_sleeps_ = false;
  std::vector<Net::Answer> answers_;
  std::exception_ptr failure_;
  bool nudged_ = false, caller_sleeps_ = false;
  std::condition_variable news_;
};

} // namespace milkrun::http
