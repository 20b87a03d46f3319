// What a verdict changes: the claim, its reward and its message, in one transaction.
#pragma once

#include "job/stage.hpp"

#include <optional>
#include <string>

namespace milkrun::verify_social {

struct Decided {
  std::string state;         // "verified", "failed", "expired", "unsupported", "manual"
  char grade = '\0';         // A to E; of verified ones
  std::string source = {};   // "instagram comments", "click log", ...
  std::string evidence = {}; // the platform's id of the artefact
  std::optional<Time> evidence_at = {};
  Reason reason = {};       // of those that are not verified
  bool by_operator = false; // counts also where the claim waits for a person (manual, unsupported)
};

// Verdicts of the campaign's time: it does not hold the claim · the campaign has ended, nobody knows when.
Decided out_of_time();
Decided campaign_over();
// Its deadline has passed and it was not seen: expired; or a person decides, where the answers prove nothing (`why`).
Decided past_deadline(const Reason& why = {});

// Writes the verdict of a pending claim (an operator's: also of a manual or unsupported one). A verified one is
// rewarded once and its person is told, when the campaign's notifications are on. False: it was decided before (by
// hand, by another run); nothing changes then.
bool decide(Settling& s, const TenantId& tenant, const std::string& completion, const Decided& verdict);

// The same by an operator's word: verified with grade E and the source "operator: NAME", or failed.
bool decide_by_hand(Settling& s, const OperatorWord& word);

// Not decided yet: why, and when it is looked at again.
void put_off(Settling& s, const TenantId& tenant, const std::string& completion, const Reason& why, Time look_at);

} // namespace milkrun::verify_social
