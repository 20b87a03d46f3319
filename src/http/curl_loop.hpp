// The network thread's own: every call from its arrival to its answer. Nothing here blocks but the sleep of a turn.
#pragma once

#include "http/call.hpp"
#include "http/curl_multi.hpp"
#include "http/guard.hpp"
#include "http/mail_pool.hpp"
#include "http/mailbox.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace milkrun::http {

class Loop {
public:
  struct Limits {
    std::size_t kept;        // connections, in use or idle, when a call ends: the longest idle are closed
    std::size_t connections; // at any time: the longest idle makes place
    std::size_t open;        // transfers at once; more wait their turn
    std::size_t mails;       // connections of mails, which have a file each
  };
  Loop(TransferSettings settings, Limits limits, const Guard& guard, std::shared_ptr<Mailbox> mailbox,
       std::shared_ptr<Room> room);
  void run(); // until the mailbox says quit; every call that came in before has its answer then

private:
  using Id = std::uint64_t;
  void take_in(Mailbox::Mail mail);
  void begin(Id id, Call& call);
  void named(Id id, Call& call, const Addresses& addresses);
  void queue(Id id, Call& call);
  std::size_t places() const;
  void fill_places();
  void open(Id id, Call& call);
  void mail(Id id, Call& call);
  void mailed(Mailbox::Mailed& mailed);
  void reap();
  void unpack_some();
  void ask_for_room(Instant now);
  static bool no_patience_left(const Transfer& transfer, Instant now);
  void finish(Id id, Call& call, Expected<Response> result);
  void answer(Id id, Call& call, Expected<Response> response);
  void wait_at_most_until(Id id, const Call& call) { patience_.emplace(call.connect_by, id); }
  void end_overdue(Instant now);
  void stop_unsent();
  void end_all();
  void mark_in_flight();
  Millis time_left(Instant now) const;
  Easy take_handle();

  TransferSettings settings_;
  Limits limits_;
  const Guard& guard_;
  std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<Room> room_;
  std::vector<Easy> spare_; // before the multi: what it still knows of them goes first
  Multi multi_;
  Id last_id_ = 0;
  std::unordered_map<Id, Call> calls_;        // all that have no answer yet
  std::deque<Id> queue_;                      // vetted, without a place yet
  std::unordered_map<CURL*, Id> open_;        // handed to libcurl
  std::deque<Id> packed_;                     // whole answers that are still being unpacked
  bool unpacking_ = false;                    // … and some were, in the last turn
  bool somebody_waits_ = false;               // for memory
  std::set<std::pair<Instant, Id>> patience_; // of those who wait for a name or a place
  std::vector<Net::Answer> answers_;          // of this turn
  std::unique_ptr<MailPool> mails_;           // made by the first mail
  std::optional<Instant> stop_;               // nothing more leaves; open calls end then
};

} // namespace milkrun::http
