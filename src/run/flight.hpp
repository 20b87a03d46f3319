// An admitted item on its way. Private to src/run.
#pragma once

#include "ledger/attempts.hpp"
#include "run/call.hpp"
#include "run/judge.hpp"

#include <memory>

namespace milkrun {

struct Flight {
  Script script;         // stage, item, credentials, answers
  ledger::Candidate row; // as it was admitted
  std::int64_t turn = 0; // with the run's id the fence
  std::string service, host, account;
  std::vector<ledger::Reserved> reserved;
  std::optional<Time> armed_at, look_after;
  std::optional<Wanted> next;              // named and not yet handed to the network
  std::optional<std::uint64_t> asked = {}; // digest of the call under way
  std::chrono::steady_clock::time_point sent_at{};
  std::optional<Step> end; // Result, Looked or Bug: to be settled
  std::size_t part = 0;    // how much of that earlier turns have settled (Stage::settle_part)

  const Stage& stage() const { return *script.stage; }
  const Item& item() const { return script.item; }
  const Credential* credential() const {
    return script.credentials.empty() ? nullptr : &script.credentials.begin()->second;
  }
  bool wants_arm() const { return next && next->request.effect == http::Effect::once && !armed_at; }
};

} // namespace milkrun
