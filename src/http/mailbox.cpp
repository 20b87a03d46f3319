// A sleeping thread costs a system call to wake and some 45 µs until it runs: so nobody is woken who is awake.
#include "http/mailbox.hpp"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace milkrun::http {

Mailbox::Mailbox() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() { close(wake_); }

void Mailbox::wake_network() {
  if (!std::exchange(network_sleeps_, false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one); // fails only when it is readable anyway
}

void Mailbox::post(std::uint64_t ticket, Request request) {
  const Instant now = std::chrono::steady_clock::now();
  const std::lock_guard hold(lock_);
  mail_.calls.push_back({.ticket = ticket, .request = std::move(request), .at = now});
  wake_network();
}

void Mailbox::found(std::uint64_t call, Addresses addresses) {
  const std::lock_guard hold(lock_);
  mail_.names.push_back({.call = call, .addresses = std::move(addresses)});
  wake_network();
}

void Mailbox::mailed(std::uint64_t call, Expected<Response> response) {
  const std::lock_guard hold(lock_);
  mail_.mailed.push_back({.call = call, .response = std::move(response)});
  wake_network();
}

void Mailbox::stop(Instant open_calls_end) {
  const std::lock_guard hold(lock_);
  mail_.stop = mail_.stop ? std::min(*mail_.stop, open_calls_end) : open_calls_end;
  wake_network();
}

void Mailbox::quit() {
  const std::lock_guard hold(lock_);
  mail_.quit = true;
  wake_network();
}

std::vector<Net::Answer> Mailbox::collect() {
  const std::lock_guard hold(lock_);
  if (answers_.empty() && failure_) std::rethrow_exception(failure_);
  return std::exchange(answers_, {});
}

void Mailbox::wait(Millis at_most) {
  std::unique_lock hold(lock_);
  caller_sleeps_ = true;
  news_.wait_for(hold, at_most, [this] { return !answers_.empty() || nudged_ || failure_; });
  caller_sleeps_ = nudged_ = false;
}

void Mailbox::nudge() {
  const std::lock_guard hold(lock_);
  nudged_ = true;
  if (caller_sleeps_) news_.notify_one();
}

Mailbox::Mail Mailbox::take() {
  const std::lock_guard hold(lock_);
  network_sleeps_ = mail_.calls.empty() && mail_.names.empty() && mail_.mailed.empty() && !mail_.stop && !mail_.quit;
  return std::exchange(mail_, {});
}

void Mailbox::publish(std::vector<Net::Answer>& answers) {
  if (answers.empty()) return;
  const std::lock_guard hold(lock_);
  if (answers_.empty())
    answers_.swap(answers);
  else
    std::ranges::move(answers, std::back_inserter(answers_));
  answers.clear();
  if (caller_sleeps_) news_.notify_one();
}

void Mailbox::fail(std::exception_ptr why) {
  const std::lock_guard hold(lock_);
  failure_ = std::move(why);
  news_.notify_one();
}

} // namespace milkrun::http
