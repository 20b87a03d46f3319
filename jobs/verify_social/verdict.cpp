// A verdict is written once: the claim's state is the fence, the reward's and the message's unique keys the belt.
#include "jobs/verify_social/verdict.hpp"

#include "outreach/letters.hpp"
#include "outreach/outbox.hpp"
#include "sql/verify_social_verdict.hpp"

#include <fmt/format.h>

namespace milkrun::verify_social {
namespace {

namespace sql = milkrun::sql::verify_social_verdict;

void grant(Settling& s, const TenantId& tenant, const std::string& completion) {
  const auto story = s.tx.one(sql::story, {{"tenant", tenant.value}, {"completion", completion}});
  if (!story) throw std::logic_error("a verified claim has no task"); // foreign keys forbid it
  const std::string& contact = story->text("contact_id");
  s.tx.execute(sql::reward, {{"id", new_id()},
                             {"tenant", tenant.value},
                             {"completion", completion},
                             {"contact", contact},
                             {"campaign", story->text("campaign_id")},
                             {"spins", story->integer("reward_spins")},
                             {"now", s.now}});
  if (!story->flag("notifications")) return;
  outreach::NewMessage message{.origin = "completion:" + completion,
                               .tenant = tenant,
                               .contact = contact,
                               .campaign = story->text("campaign_id"),
                               .text = {},
                               .expires_at = s.now + Millis(story->integer("message_ttl_ms"))};
  outreach::write_verified(message, *story);
  outreach::post(s, message);
}

} // namespace

Decided out_of_time() { return {.state = "failed", .reason = "claim.out_of_time"}; }
Decided campaign_over() { return {.state = "expired", .reason = "claim.campaign_over"}; }
Decided past_deadline(const Reason& why) {
  if (!why.empty()) return {.state = "manual", .reason = Reason("claim.undecided").about(why)};
  return {.state = "expired", .reason = "claim.expired"};
}

bool decide(Settling& s, const TenantId& tenant, const std::string& completion, const Decided& d) {
  const bool ours =
      s.tx.execute(sql::decide, {{"tenant", tenant.value},
                                 {"completion", completion},
                                 {"state", d.state},
                                 {"now", s.now},
                                 {"grade", d.grade == '\0' ? db::Value() : db::Value(std::string(1, d.grade))},
                                 {"source", d.source},
                                 {"evidence", d.evidence},
                                 {"evidence_at", db::value(d.evidence_at)},
                                 {"reason", d.reason.code()},
                                 {"args", d.reason.args_json()},
                                 {"by_operator", d.by_operator}}) == 1;
  if (!ours) return false;
  if (d.state == "verified") grant(s, tenant, completion);
  if (s.count)
    s.count(d.state == "verified" ? fmt::format("verified ({})", d.grade)
            : d.state == "manual" ? "for a person"
                                  : "not verified",
            d.reason, 1);
  return ours;
}

bool decide_by_hand(Settling& s, const OperatorWord& word) {
  Decided d{.state = word.yes ? "verified" : "failed",
            .source = word.by.empty() ? "operator" : "operator: " + word.by,
            .evidence_at = s.now,
            .by_operator = true};
  if (word.yes)
    d.grade = 'E';
  else
    d.reason = word.reason.empty() ? Reason("claim.rejected") : Reason("claim.rejected_for", {word.reason});
  return decide(s, word.tenant, word.claim, d);
}

void put_off(Settling& s, const TenantId& tenant, const std::string& completion, const Reason& why, Time look_at) {
  s.tx.execute(sql::put_off, {{"tenant", tenant.value},
                              {"completion", completion},
                              {"reason", why.code()},
                              {"args", why.args_json()},
                              {"look_at", look_at}});
}

} // namespace milkrun::verify_social
