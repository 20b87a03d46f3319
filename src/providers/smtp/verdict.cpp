// One rule above the table: only words about the recipient's own address touch the recipient. What is said of us, of
// our domain or of our speed makes the sender wait.
#include "providers/smtp/verdict.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace milkrun::smtp {
namespace {

using std::chrono::minutes;

enum class Kind {
  busy,
  down,
  no_way,
  retry,
  slow,
  used_up,
  credential,
  sender,
  policy,
  dead,
  full,
  too_large,
  needs_utf8,
  refused
};

struct Enhanced { // "5.7.1"
  int type = 0, subject = 0, detail = 0;
  friend bool operator==(const Enhanced&, const Enhanced&) = default;
};

// The first word of the text, where servers put it; "550-5.1.1" lines are cut apart by the transport.
std::optional<Enhanced> enhanced_of(int code, std::string_view reply) {
  const std::string_view word = text::trim(reply).substr(0, text::trim(reply).find_first_of(" \r\n\t"));
  const auto parts = text::split(word, '.');
  if (parts.size() != 3) return std::nullopt;
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = parts[i].size() <= 3 ? text::to_int(parts[i]) : std::nullopt;
    if (!number || *number < 0) return std::nullopt;
    numbers.at(i) = static_cast<int>(*number);
  }
  if (numbers[0] != code / 100) return std::nullopt;
  return Enhanced{numbers[0], numbers[1], numbers[2]};
}

bool is_policy(const Enhanced& e) {
  if (e.type == 4) return e.subject == 7 && (e.detail == 23 || e.detail == 27 || (e.detail >= 29 && e.detail <= 32));
  return e.type == 5 && e.subject == 7; // whatever is not a sign-in: our name, our DNS, our content, their rules
}

// What ails the server itself (5.3.x: full, closed, set up wrongly; 5.4.x: loops, no route) is no word about the
// recipient. Only a no to the recipient may mean him by it: Microsoft says 5.4.1 of one that it does not know.
std::optional<Kind> kind_of_server(Phase phase, const Enhanced& e) {
  if (e == Enhanced{5, 4, 5}) return Kind::used_up; // Google: the account's mails of the day
  if (e == Enhanced{5, 3, 1} || e == Enhanced{5, 3, 2} || e == Enhanced{5, 3, 5}) return Kind::down;
  const bool of_server = e.type == 5 && ((e.subject == 3 && e.detail != 4) || e.subject == 4);
  return of_server && phase == Phase::message ? std::optional(Kind::no_way) : std::nullopt;
}

bool mentions(const std::string& said, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return said.find(word) != std::string::npos; });
}

// "exceeded the max emails per hour", "sending quota exceeded": how much we send, under whatever code. A mailbox that
// is full, a mail that is too large and one that goes in circles have their limits, too.
bool is_our_limit(const std::string& said) {
  if (mentions(said,
               {"mailbox", "inbox", "size", "large", "too big", "storage", "disk", "hop", "line length", "receiving"}))
    return false;
  const bool of_sending = mentions(said, {"hour", "daily", "per day", "a day", "24 h", "per minute", "sending",
                                          "sender", "outgoing", "outbound", " rate", "bulk"});
  return (of_sending && mentions(said, {"limit", "quota", "exceed", "maximum", "throttl"})) ||
         mentions(said, {"too many messages", "too many emails", "too many e-mails", "too many mails", "too much mail",
                         "rate limit", "ratelimit"});
}

// Of the recipient, who gets too much just now: the letter waits, and nothing is wrong with the address.
bool is_flooded(const std::string& said) {
  return mentions(said, {"receiving mail at a rate", "receiving mail too quickly", "receiving too many"});
}

Kind kind_by_enhanced(const Enhanced& e) {
  if (e == Enhanced{5, 7, 8} || e == Enhanced{5, 7, 30} || e == Enhanced{5, 7, 57}) return Kind::credential;
  if (is_policy(e)) return Kind::policy;
  if (e == Enhanced{4, 7, 0} || e == Enhanced{4, 7, 28} || e == Enhanced{4, 5, 3}) return Kind::slow;
  if (e.type == 4 && e.subject == 7 && e.detail >= 500) return Kind::slow; // Microsoft: of our address on the network
  if (e.type == 4) return Kind::retry;
  if (e.subject == 1 && (e.detail == 7 || e.detail == 8)) return Kind::sender;
  if (e.subject == 1 && (e.detail <= 3 || e.detail == 6 || e.detail == 10) && e.detail > 0) return Kind::dead;
  if (e == Enhanced{5, 2, 1}) return Kind::dead;
  if (e == Enhanced{5, 2, 2}) return Kind::full;
  if (e == Enhanced{5, 3, 4} || e == Enhanced{5, 2, 3}) return Kind::too_large;
  if (e == Enhanced{5, 6, 7}) return Kind::needs_utf8;
  return Kind::refused;
}

Kind kind_of(Phase phase, int code, std::string_view reply) {
  // 454 is the one sign-in trouble that passes by itself; its 4.7.0 does not mean that we are too fast.
  if (code == 454) return Kind::busy;
  if (code == 530 || code == 534 || code == 535 || code == 538) return Kind::credential;
  const auto enhanced = enhanced_of(code, reply);
  const bool for_good = code >= 500;
  if (phase == Phase::sign_in) return for_good ? Kind::credential : Kind::busy;
  if (phase == Phase::connect) return for_good ? Kind::policy : Kind::busy; // it will not talk to us at all
  const std::string said = text::lower(reply);
  if (phase == Phase::recipient && is_flooded(said)) return Kind::retry;
  const bool of_mailbox = enhanced && (enhanced->subject == 2 || kind_by_enhanced(*enhanced) == Kind::dead);
  if (!of_mailbox && is_our_limit(said)) return for_good ? Kind::used_up : Kind::slow;
  if (enhanced) {
    if (const auto of_server = kind_of_server(phase, *enhanced)) return *of_server;
    const Kind kind = kind_by_enhanced(*enhanced);
    // Before a recipient was named nothing can be said of one.
    const bool of_us = kind == Kind::credential || kind == Kind::policy || kind == Kind::slow || kind == Kind::retry ||
                       kind == Kind::too_large;
    return phase == Phase::sender && !of_us ? Kind::sender : kind;
  }
  if (!for_good) return Kind::retry;
  if (phase == Phase::sender) return Kind::sender;
  return code == 552 ? Kind::too_large : Kind::refused;
}

struct Meaning {
  Fault fault;
  Reason reason;
  Millis rest{0};     // where the server names no time itself
  bool parks = false; // the sender rests, not this letter alone
  bool alone = false; // this letter waits, its server serves the others
  Also also = Also::nothing;
};

Meaning meaning_of(Kind kind) {
  switch (kind) {
  case Kind::busy: return {.fault = Fault::outage, .reason = "smtp.try_later"};
  case Kind::down: return {.fault = Fault::outage, .reason = "smtp.server_trouble"};
  case Kind::no_way: return {.fault = Fault::outage, .reason = "smtp.server_trouble", .alone = true};
  case Kind::retry: return {.fault = Fault::rate_limited, .reason = "smtp.try_later", .rest = minutes(15)};
  case Kind::slow:
    return {.fault = Fault::rate_limited, .reason = "smtp.slow_down", .rest = minutes(15), .parks = true};
  case Kind::used_up:
    return {.fault = Fault::rate_limited, .reason = "smtp.slow_down", .rest = std::chrono::hours(1), .parks = true};
  case Kind::credential: return {.fault = Fault::setting, .reason = "smtp.signin_refused"};
  case Kind::sender: return {.fault = Fault::setting, .reason = "smtp.sender_refused"};
  case Kind::policy: return {.fault = Fault::setting, .reason = "smtp.policy"};
  case Kind::dead: return {.fault = Fault::permanent, .reason = "smtp.no_such_address", .also = Also::address_dead};
  // It may be empty tomorrow: nothing is wrong with the address.
  case Kind::full:
    return {.fault = Fault::rate_limited,
            .reason = "smtp.mailbox_full",
            .rest = std::chrono::hours(6),
            .also = Also::mailbox_full};
  case Kind::too_large: return {.fault = Fault::permanent, .reason = "smtp.too_large"};
  case Kind::needs_utf8: return {.fault = Fault::permanent, .reason = "smtp.needs_smtputf8"};
  case Kind::refused: break;
  }
  return {.fault = Fault::permanent, .reason = "smtp.refused"};
}

} // namespace

Phase phase_of(std::string_view word) {
  if (word == "sign-in") return Phase::sign_in;
  if (word == "sender") return Phase::sender;
  if (word == "recipient") return Phase::recipient;
  return word == "message" ? Phase::message : Phase::connect;
}

Answer refused(Phase phase, int code, std::string_view reply) {
  const Kind kind = kind_of(phase, code, reply);
  Meaning meaning = meaning_of(kind);
  // A no to the recipient that names neither us nor the address as its cause: definite, and nothing to remember.
  if (phase == Phase::recipient && (kind == Kind::refused || kind == Kind::needs_utf8)) meaning.also = Also::not_taken;
  Error error{.fault = meaning.fault,
              .reason = meaning.reason,
              .detail = text::one_line(fmt::format("{} {}", code, reply), 300),
              .http_status = code};
  if (meaning.parks) error.parks = {{ParkScope::credential, "", meaning.rest, error.reason}};
  if (meaning.alone) error.parks = {{ParkScope::page, "", Millis(0), error.reason}};
  if (meaning.fault == Fault::rate_limited) error.retry_after = meaning.rest;
  return {.receipt = std::unexpected(std::move(error)), .also = meaning.also};
}

} // namespace milkrun::smtp
