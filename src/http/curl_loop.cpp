// A turn: take in what came, let libcurl work, hand out what is over, all of it at once.
#include "http/curl_loop.hpp"

#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "http/request_check.hpp"

#include <algorithm>
#include <new>

namespace milkrun::http {
namespace {

std::unexpected<Error> about(Fault fault, ReasonCode reason, const Call& call) {
  return fail(fault, reason, text::one_line(server_of(call.url), 100));
}

} // namespace

Loop::Loop(TransferSettings settings, Limits limits, const Guard& guard, std::shared_ptr<Mailbox> mailbox,
           std::shared_ptr<Room> room)
    : settings_(std::move(settings)), limits_(limits), guard_(guard), mailbox_(std::move(mailbox)),
      room_(std::move(room)),
      multi_(mailbox_->wake_fd(), static_cast<long>(limits_.kept), static_cast<long>(limits_.connections)) {}

void Loop::run() {
  while (true) {
    Mailbox::Mail mail = mailbox_->take();
    const bool busy = !mail.calls.empty() || !mail.names.empty() || !mail.mailed.empty() || mail.stop;
    const bool quit = mail.quit;
    take_in(std::move(mail));
    if (quit) break;
    const Instant now = std::chrono::steady_clock::now();
    end_overdue(now);
    mailbox_->publish(answers_);
    multi_.turn(busy || unpacking_ ? Millis(0) : time_left(now));
    mark_in_flight();
    unpack_some();
    ask_for_room(now);
    reap();
    mailbox_->publish(answers_);
  }
  stop_ = Instant::min();
  end_all();
  mails_.reset();
  for (Mailbox::Mailed& last : mailbox_->take().mailed) mailed(last);
  mailbox_->publish(answers_);
}

void Loop::take_in(Mailbox::Mail mail) {
  if (mail.stop) {
    const bool first = !stop_;
    stop_ = first ? *mail.stop : std::min(*stop_, *mail.stop);
    if (first) stop_unsent();
  }
  for (Mailbox::Posted& posted : mail.calls) {
    const Id id = ++last_id_;
    Call& call = calls_.emplace(id, Call(std::move(posted))).first->second;
    if (auto good = check_request(call.request); good)
      begin(id, call);
    else
      answer(id, call, std::unexpected(std::move(good).error()));
  }
  for (const Mailbox::Name& name : mail.names) {
    const auto call = calls_.find(name.call);
    if (call == calls_.end() || patience_.erase({call->second.connect_by, name.call}) == 0) continue; // left before
    named(name.call, call->second, name.addresses);
  }
  for (Mailbox::Mailed& one : mail.mailed) mailed(one);
}

// An exchange: the first of a call, or one more hop.
void Loop::begin(Id id, Call& call) {
  const Instant now = std::chrono::steady_clock::now();
  if (stop_) return answer(id, call, fail(Fault::aborted, "network.stopped"));
  if (now >= call.end_by) return answer(id, call, about(Fault::outage, "network.no_time_left", call));
  call.begin(now);
  auto destination = guard_.locate(call.url);
  if (!destination) return answer(id, call, std::unexpected(std::move(destination).error()));
  call.destination = *std::move(destination);
  if (call.destination.literal) return named(id, call, call.destination.addresses);
  const auto known = guard_.look_up(
      call.destination.host, [mailbox = mailbox_, id](const Addresses& addresses) { mailbox->found(id, addresses); });
  if (known) return named(id, call, *known);
  wait_at_most_until(id, call);
}

void Loop::named(Id id, Call& call, const Addresses& addresses) {
  if (!addresses) return answer(id, call, std::unexpected(addresses.error()));
  if (auto admitted = guard_.admit(call.destination, *addresses, call.request.caller); !admitted)
    return answer(id, call, std::unexpected(std::move(admitted).error()));
  if (call.request.envelope) return mail(id, call);
  if (open_.size() < places() && queue_.empty()) return open(id, call);
  wait_at_most_until(id, call);
  queue_.push_back(id);
}

void Loop::mail(Id id, Call& call) {
  if (!mails_)
    mails_ = std::make_unique<MailPool>(
        settings_, guard_,
        MailPool::Limits{.threads = limits_.mails, .idle = std::chrono::seconds(settings_.once_idle_s)},
        [mailbox = mailbox_](Id mail, Expected<Response> response) { mailbox->mailed(mail, std::move(response)); });
  call.mailed = true;
  wait_at_most_until(id, call); // for a thread
  mails_->submit({.id = id,
                  .request = std::move(call.request),
                  .destination = call.destination,
                  .connect_by = call.connect_by,
                  .end_by = call.end_by});
}

void Loop::mailed(Mailbox::Mailed& mailed) {
  const auto call = calls_.find(mailed.call);
  if (call == calls_.end()) return;
  patience_.erase({call->second.connect_by, mailed.call});
  answer(mailed.call, call->second, std::move(mailed.response));
}

// Transfers at once. Once there are mails, their connections are taken from them: all have the same files.
std::size_t Loop::places() const {
  return mails_ ? std::max<std::size_t>(limits_.open - std::min(limits_.mails, limits_.open), 1) : limits_.open;
}

void Loop::fill_places() {
  while (open_.size() < places() && !queue_.empty()) {
    const Id id = queue_.front();
    queue_.pop_front();
    const auto call = calls_.find(id);
    if (call == calls_.end()) continue; // left before
    patience_.erase({call->second.connect_by, id});
    open(id, call->second);
  }
}

// A process that was stopped (SIGSTOP) on the way here must not send late.
void Loop::open(Id id, Call& call) {
  call.transfer = std::make_unique<Transfer>(take_handle(), call.request, call.destination, guard_, call.with_secrets,
                                             room_, somebody_waits_);
  call.transfer->prepare(settings_);
  kill_point("http.before_send");
  const Instant now = std::chrono::steady_clock::now();
  if (now >= call.end_by) return finish(id, call, call.transfer->end(CURLE_OPERATION_TIMEDOUT, Veto::deadline));
  call.transfer->limit_time(now, call.connect_by, call.end_by);
  open_.emplace(call.transfer->easy(), id);
  multi_.add(call.transfer->easy());
}

Easy Loop::take_handle() {
  if (!spare_.empty()) {
    Easy easy = std::move(spare_.back());
    spare_.pop_back();
    return easy;
  }
  Easy easy(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  multi_.set_constant(easy.get());
  set_constant(easy.get(), settings_);
  return easy;
}

void Loop::reap() {
  while (const auto finished = multi_.next_finished()) {
    const auto [easy, code] = *finished;
    const auto at = open_.find(easy);
    const Id id = at->second;
    open_.erase(at);
    multi_.remove(easy);
    kill_point("http.after_answer");
    Call& call = calls_.at(id);
    if (code == CURLE_OK && call.transfer->packed()) {
      packed_.push_back(id);
      unpacking_ = true; // nothing else may wake the loop for it
    } else {
      finish(id, call, call.transfer->end(code));
    }
  }
  fill_places();
}

// One step for a few of them: all others must not wait for what is packed tightly.
void Loop::unpack_some() {
  const Instant now = std::chrono::steady_clock::now();
  unpacking_ = false;
  for (std::size_t i = std::min<std::size_t>(packed_.size(), 4); i > 0; --i) {
    const Id id = packed_.front();
    packed_.pop_front();
    Call& call = calls_.at(id);
    const bool moved = call.transfer->unpack_some();
    const bool over = !moved && no_patience_left(*call.transfer, now);
    unpacking_ = unpacking_ || moved;
    if (call.transfer->packed() && !over)
      packed_.push_back(id);
    else
      finish(id, call, call.transfer->end(CURLE_OK, over ? Veto::no_room : Veto::none));
  }
}

bool Loop::no_patience_left(const Transfer& transfer, Instant now) {
  constexpr Millis patience{5'000};
  const auto since = transfer.waits_for_room();
  return since && now - *since > patience;
}

// Answers that wait for memory: asked for again and again, for a while.
void Loop::ask_for_room(Instant now) {
  if (!somebody_waits_) return;
  somebody_waits_ = !packed_.empty();
  std::vector<Id> over;
  for (const auto& [easy, id] : open_) {
    Transfer& transfer = *calls_.at(id).transfer;
    if (no_patience_left(transfer, now))
      over.push_back(id);
    else if (transfer.waits_for_room())
      transfer.go_on();
  }
  for (const Id id : over) {
    Call& call = calls_.at(id);
    open_.erase(call.transfer->easy());
    multi_.remove(call.transfer->easy());
    finish(id, call, call.transfer->end(CURLE_ABORTED_BY_CALLBACK, Veto::no_room));
  }
}

// The end of an exchange, whose handle is out of the multi: of the call, too, unless a redirect is followed.
void Loop::finish(Id id, Call& call, Expected<Response> result) {
  spare_.push_back(call.transfer->take_easy());
  call.transfer.reset();
  if (!result) return answer(id, call, std::move(result));
  auto next = call.next_hop(*result);
  if (!next) return answer(id, call, std::unexpected(std::move(next).error()));
  if (next->empty()) return answer(id, call, std::move(result));
  call.follow(*result, *std::move(next));
  begin(id, call);
}

void Loop::answer(Id id, Call& call, Expected<Response> response) {
  // Where a redirect leads is the word of the destination, and nothing that its tenant has set.
  if (!response && !call.hops.empty() && response.error().fault == Fault::setting)
    response.error().fault = Fault::outage;
  if (response) response->hops = std::move(call.hops);
  answers_.push_back({.ticket = call.ticket, .response = std::move(response)});
  calls_.erase(id);
}

// Who waited for a name or a place until no time to connect is left.
void Loop::end_overdue(Instant now) {
  while (!patience_.empty() && patience_.begin()->first <= now) {
    const Id id = patience_.begin()->second;
    patience_.erase(patience_.begin());
    Call& call = calls_.at(id);
    if (call.mailed && !mails_->withdraw(id)) continue; // it is on its way
    const bool nameless = call.destination.addresses.empty();
    answer(id, call,
           about(Fault::outage, nameless ? ReasonCode("network.lookup_timed_out") : ReasonCode("network.no_time_left"),
                 call));
  }
  if (stop_ && *stop_ <= now) end_all();
}

Millis Loop::time_left(Instant now) const {
  Instant until = now + std::chrono::hours(1);
  if (!patience_.empty()) until = std::min(until, patience_.begin()->first);
  if (stop_ && !open_.empty()) until = std::min(until, *stop_);
  if (somebody_waits_) until = std::min(until, now + Millis(20)); // who gives memory back wakes nobody
  return std::chrono::ceil<Millis>(until - now);
}

// After a stop nothing more leaves this machine; what has left may still be answered.
void Loop::stop_unsent() {
  patience_.clear();
  queue_.clear();
  if (mails_) mails_->stop(*stop_); // answers for its own
  std::vector<Id> unsent;
  for (const auto& [id, call] : calls_) {
    if (!call.mailed && (!call.transfer || !call.transfer->sent())) unsent.push_back(id);
  }
  for (const Id id : unsent) {
    Call& call = calls_.at(id);
    if (!call.transfer) {
      answer(id, call, fail(Fault::aborted, "network.stopped"));
      continue;
    }
    open_.erase(call.transfer->easy());
    multi_.remove(call.transfer->easy());
    finish(id, call, call.transfer->end(CURLE_ABORTED_BY_CALLBACK, Veto::stopped));
  }
}

void Loop::end_all() {
  stop_unsent();
  for (const Id id : std::exchange(packed_, {})) { // these were answered; what has no room is not unpacked any more
    Call& call = calls_.at(id);
    while (call.transfer->packed() && call.transfer->unpack_some()) {
    }
    finish(id, call, call.transfer->end(CURLE_OK, call.transfer->packed() ? Veto::no_room : Veto::none));
  }
  for (const auto& [easy, id] : std::exchange(open_, {})) {
    multi_.remove(easy);
    Call& call = calls_.at(id);
    finish(id, call, call.transfer->end(CURLE_ABORTED_BY_CALLBACK, Veto::stopped));
  }
}

void Loop::mark_in_flight() {
#ifdef MILKRUN_TEST_HOOKS
  for (const auto& [easy, id] : open_) {
    if (calls_.at(id).transfer->in_flight_first_seen()) kill_point("http.in_flight");
  }
#endif
}

} // namespace milkrun::http
