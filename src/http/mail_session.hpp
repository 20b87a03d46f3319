// One connection to one account of a mail server, and the mails that go over it, one after the other.
#pragma once

#include "http/curl_transfer.hpp"

#include <atomic>
#include <string>
#include <string_view>

namespace milkrun::http {

// When open mails must end; shared by all sessions. Until stop() they may take their time.
class MailStop {
public:
  void stop(Instant open_mails_end) { ends_at_ = std::min(ends_at_.load(), open_mails_end.time_since_epoch().count()); }
  bool stopped() const { return ends_at_ != never; }
  bool over() const { return std::chrono::steady_clock::now().time_since_epoch().count() >= ends_at_; }

private:
  static constexpr Instant::rep never = Instant::max().time_since_epoch().count();
  std::atomic<Instant::rep> ends_at_ = never;
};

class MailSession {
public:
  explicit MailSession(const TransferSettings& settings);
  ~MailSession(); // never waits for the server
  MailSession(const MailSession&) = delete;
  MailSession& operator=(const MailSession&) = delete;

  // Sends one mail and waits for the server's word on it; blocks. Every mail of a session is for the same account.
  Expected<Response> send(const Request& request, const Destination& destination, const Guard& guard,
                          Instant connect_by, Instant end_by, const MailStop& stop);
  bool reusable() const { return mails_ < most_mails && good_; }

private:
  static constexpr int most_mails = 50; // servers count them, and some hang up at a hundred

  const TransferSettings& settings_;
  Easy easy_;
  int mails_ = 0;
  bool good_ = false; // the last one was taken
};

} // namespace milkrun::http
