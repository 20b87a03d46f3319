// verify-object: one look at a post, a follower list or a counter, with the credential of the claims' own tenant, and
// a verdict for each claim that waits for it.
//
// "Not seen" proves nothing until the deadline, and nothing at all while the answer is not conclusive.
#include "jobs/verify_social/discover.hpp"
#include "jobs/verify_social/look.hpp"
#include "jobs/verify_social/method.hpp"
#include "jobs/verify_social/stages.hpp"
#include "jobs/verify_social/waits.hpp"
#include "sql/verify_social_verify_object.hpp"

namespace milkrun::verify_social {
namespace {

namespace sql = milkrun::sql::verify_social_verify_object;

Verdict is_waited_for(const Item& item, Time) {
  if (item.row.integer("pending") == 0) return Cancel{"watch.no_claims"};
  return Go{};
}

Verdict tenant_may(const Item& item, Time now) {
  if (!item.row.flag("tenant_active")) return tenant_inactive(now);
  return Go{};
}

Verdict in_time(const Item& item, Time) {
  if (item.row.integer("past") == item.row.integer("pending")) return Cancel{"watch.claims_out_of_time"};
  return Go{};
}

Verdict campaign_runs(const Item& item, Time now) {
  const auto look_at = item.row.maybe_time("look_at");
  if (!look_at) return campaign_at_rest(now);
  if (*look_at > now) return Snooze{*look_at, "claim.next_look"};
  return Go{};
}

constexpr Rule rules[] = {
    {"claims", is_waited_for}, {"tenant", tenant_may}, {"campaign's time", in_time}, {"campaign", campaign_runs}};

Plan plan(const Item& item, Time) { return {.services = {std::string_view(item.row.text("service"))}}; }

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Credential& credential = credentials.at(item.row.text("service"));
  if (const auto refused = token_refused(credential, item.row.flag("platform_ok"), outside.clock.now()))
    return {*refused};
  return look(item.row, credential, outside);
}

// The next row of the watch, when claims still wait. A watch that is done for now keeps its count: the key of its next
// row must be new.
void go_on(Settling& s, const Item& item, Time not_before) {
  const db::Param tenant("tenant", item.tenant.value), watch("watch", item.row.text("watch_id"));
  s.tx.execute(sql::looked, {tenant, watch});
  const auto next = s.tx.one(sql::next_look, {tenant, watch});
  if (!next || next->null("look_at")) return;
  const Key key{"watch", item.row.text("watch_id"), std::to_string(item.row.integer("looks") + 1)};
  s.enqueue("verify-object", key, item.tenant, std::max(next->time("look_at"), not_before));
}

// Why its claims wait.
void note(Settling& s, const Item& item) {
  s.tx.execute(sql::waits, {{"tenant", item.tenant.value},
                            {"watch", item.row.text("watch_id")},
                            {"reason", s.reason.code()},
                            {"args", s.reason.args_json()},
                            {"now", s.now}});
}

// What the campaign's end has decided needs no look, and waits for none.
void end_past(Settling& s, const Item& item) {
  for (const db::Row& claim :
       s.tx.query(sql::past, {{"tenant", item.tenant.value}, {"watch", item.row.text("watch_id")}}))
    decide(s, item.tenant, claim.text("id"), claim.flag("ended") ? campaign_over() : out_of_time());
}

void judge_all(Settling& s, const Item& item, const Seen& seen) {
  const db::Param tenant("tenant", item.tenant.value), watch("watch", item.row.text("watch_id"));
  Judge judge(item.row, seen, [&](const std::string& task, const std::string& evidence) {
    return s.tx.query(sql::used, {{"task", task}, {"evidence", evidence}}).empty();
  });
  for (const db::Row& claim : s.tx.query(sql::waiting, {tenant, watch, {"looked_at", seen.at}})) {
    const Judgement j = judge.of(claim);
    if (j.decided)
      decide(s, item.tenant, claim.text("id"), *j.decided);
    else if (claim.time("look_at") <= seen.at) {
      put_off(s, item.tenant, claim.text("id"), j.why_not,
              next_look(s.now, static_cast<int>(claim.integer("looks")), claim.time("deadline_at")));
      s.count("pending", j.why_not, 1);
    }
  }
  if (const auto count = judge.new_count())
    s.tx.execute(sql::counted, {tenant, watch, {"count", *count}, {"now", s.now}});
}

void settle(Settling& s, const Item& item, const Result& result) {
  const Seen* seen = payload_of<Seen>(result);
  if (seen != nullptr) remember(s, seen->served);
  end_past(s, item);
  if (s.next == Next::done && seen != nullptr) {
    judge_all(s, item, *seen);
    return go_on(s, item, s.now);
  }
  note(s, item);
  if (s.next == Next::cancelled) return go_on(s, item, s.now);
  // Given up for this time, not for good: the object may be mended, the claims wait until their deadline.
  if (s.next == Next::discarded) {
    if (seen != nullptr) judge_all(s, item, *seen);
    go_on(s, item, s.now + std::chrono::hours(6));
  }
}

} // namespace

Stage verify_object() {
  return {.name = "verify-object",
          .load = sql::load,
          .discover = discover_claims,
          .undiscovered = &undiscovered_claims,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 6}};
}

} // namespace milkrun::verify_social
