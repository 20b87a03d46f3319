// The mails of the network. libcurl waits inside for the replies to a mail's last line and to QUIT, and would stop the
// one network thread for as long as a server likes; so a mail has a thread to itself while it is on its way.
#pragma once

#include "http/mail_session.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace milkrun::http {

class MailPool {
public:
  struct Limits {
    std::size_t threads = 256;  // mails on their way at once, and connections, in use or idle
    std::size_t an_account = 4; // connections to one account of one server
    Millis idle{4'000};         // a connection that idled longer is not used again
  };
  struct Job {
    std::uint64_t id = 0;
    Request request;
    Destination destination; // admitted
    Instant connect_by{}, end_by{};
  };
  // Called on the pool's threads, once for every job that is not withdrawn.
  using Done = std::function<void(std::uint64_t id, Expected<Response>)>;

  MailPool(const TransferSettings& settings, const Guard& guard, Limits limits, Done done);
  ~MailPool(); // ends all that is open
  MailPool(const MailPool&) = delete;
  MailPool& operator=(const MailPool&) = delete;

  void submit(Job job); // never blocks
  // True when the job still waited for a thread: it has no answer then, and never will.
  bool withdraw(std::uint64_t id);
  // Nothing more leaves; what has left whole may wait for its reply until then.
  void stop(Instant open_mails_end);

private:
  struct Idle {
    std::unique_ptr<MailSession> session;
    Instant since;
  };
  void work();
  std::optional<Job> next_job();
  std::unique_ptr<MailSession> take_session(const std::string& account, std::vector<Idle>& stale);
  void make_room(std::vector<Idle>& stale);
  Expected<Response> send(const Job& job, MailSession& session);

  const TransferSettings& settings_;
  const Guard& guard_;
  const Limits limits_;
  const Done done_;
  MailStop stop_;
  std::mutex lock_; // guards the rest
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::map<std::string, std::size_t> busy_; // by account
  std::size_t on_their_way_ = 0;
  std::map<std::string, std::vector<Idle>> sessions_;
  std::size_t idle_ = 0; // of sessions_
  std::vector<std::thread> threads_;
  std::size_t free_threads_ = 0;
  bool quit_ = false;
};

} // namespace milkrun::http
