// verify-claim: claims that share no call: visits by our own log, one follower asked by her id, and what the campaign's
// policy decides without evidence.
#include "base/zone.hpp"
#include "jobs/verify_social/method.hpp"
#include "jobs/verify_social/served.hpp"
#include "jobs/verify_social/stages.hpp"
#include "jobs/verify_social/verdict.hpp"
#include "jobs/verify_social/waits.hpp"
#include "outreach/contact.hpp"
#include "providers/meta/meta.hpp"
#include "sql/verify_social_verify_claim.hpp"

namespace milkrun::verify_social {
namespace {

namespace sql = milkrun::sql::verify_social_verify_claim;

constexpr ReasonCode not_written = "claim.not_written";

// What the claim's check said.
struct Said {
  std::optional<Decided> decided = {};
  Served served = {};
};

// Ended, nobody knows when: no claim can be said to have been made in time.
bool is_over(const db::Row& row) { return row.text("campaign_status") == "ended" && row.null("ends_at"); }

Verdict is_open(const Item& item, Time) {
  if (item.row.text("completion_state") != "pending") return Cancel{"claim.decided"};
  return Go{};
}

Verdict tenant_may(const Item& item, Time now) {
  if (!item.row.flag("tenant_active")) return tenant_inactive(now);
  return Go{};
}

Verdict campaign_runs(const Item& item, Time now) {
  const db::Row& row = item.row;
  const std::string& status = row.text("campaign_status");
  if (is_over(row) || (row.flag("task_active") && (status == "running" || status == "ended"))) return Go{};
  return campaign_at_rest(now);
}

Verdict its_turn(const Item& item, Time now) {
  const Time look_at = item.row.maybe_time("look_at").value_or(item.row.time("verify_after"));
  if (look_at > now && !is_over(item.row)) return Snooze{look_at, "claim.next_look"};
  return Go{};
}

constexpr Rule rules[] = {
    {"claim", is_open}, {"tenant", tenant_may}, {"campaign", campaign_runs}, {"next look", its_turn}};

bool needs_call(const db::Row& row) { return choice_of(row).method == Method::follow && !row.text("igsid").empty(); }

Plan plan(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (is_over(row) || !timely(row)) return {}; // ended without a call or a place among the honor claims
  if (needs_call(row)) return {.services = {"instagram"}};
  if (choice_of(row).method != Method::honor) return {};
  const std::string& zone_name = outreach::zone_of_contact(row);
  return {.quota = {{.meter = "honor claims of contact " + row.text("contact_id"),
                     .period = zone::local_date(zone_name, now),
                     .amount = 1,
                     .limit = row.integer("honor_cap"),
                     .again = zone::slot_at(zone_name, zone::Frequency::daily, now).end,
                     .reason = "claim.honor_used_up"}}};
}

Decided verified(char grade, std::string source, std::optional<Time> at = {}) {
  return {.state = "verified", .grade = grade, .source = std::move(source), .evidence_at = at};
}

// Our own click log: when the person went to the page, and that she stayed.
Decided visit(const db::Row& row) {
  const auto clicked = row.maybe_time("clicked_at");
  if (!clicked) return {.state = "failed", .source = "click log", .reason = "claim.no_visit"};
  const Millis stayed = row.maybe_time("left_at").value_or(row.time("claimed_at")) - *clicked;
  const Millis least(row.integer("visit_ms"));
  if (stayed >= least) return verified('D', "click log", clicked);
  return {.state = "failed",
          .source = "click log",
          .reason = Reason("claim.short_visit", {std::to_string(least.count() / 1000)})};
}

Result decided(Decided verdict) { return {Done{verdict.state}, Said{std::move(verdict)}}; }

// Not shown yet: looked at again, until the deadline has passed.
Result not_yet(const db::Row& row, Time now, Reason why, bool conclusive) {
  const Time deadline = row.time("deadline_at");
  if (now >= deadline) return decided(past_deadline(conclusive ? Reason() : why));
  const Time next = next_look(now, static_cast<int>(row.integer("looks")), deadline);
  return {Snooze{next, std::move(why)}, Said{}};
}

Result ask_follower(const db::Row& row, const Credential& credential, const Outside& outside) {
  const Time now = outside.clock.now();
  if (const auto refused = token_refused(credential, row.text("policy") == "platform", now)) return {*refused};
  meta::Client client(outside.http, credential, outside.settings.timeout("meta", Millis(30'000)));
  auto answer = client.follows(row.text("igsid"));
  const auto with = [&](Result result) {
    Said said = payload_of<Said>(result) != nullptr ? *payload_of<Said>(result) : Said{};
    said.served = served_by(credential, answer.served_version);
    result.payload = std::move(said);
    result.parks = std::move(answer.parks);
    result.spent = {{"graph_calls", answer.calls}};
    return result;
  };
  if (!answer.value) {
    if (answer.value.error().reason.is("meta.person_not_consented")) return with(not_yet(row, now, not_written, false));
    return with({std::unexpected(std::move(answer.value).error())});
  }
  if (!*answer.value) return with(not_yet(row, now, "meta.follow_not_told", false));
  if (!**answer.value) return with(not_yet(row, now, "claim.not_following_yet", true));
  return with(decided(verified('A', "instagram profile", now)));
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const db::Row& row = item.row;
  if (is_over(row)) return decided(campaign_over());
  if (!timely(row)) return decided(out_of_time());
  const Choice choice = choice_of(row);
  switch (choice.method) {
  case Method::visit: return decided(visit(row));
  case Method::honor: return decided(verified('E', "honor"));
  case Method::statistical:
    return decided(drawn(row.text("seed"), row.text("completion_id"), row.real("probability"))
                       ? verified('E', "statistical")
                       : Decided{.state = "failed", .source = "statistical", .reason = "claim.not_drawn"});
  case Method::manual: return decided({.state = "manual", .reason = choice.reason});
  case Method::follow:
    if (row.text("igsid").empty()) return not_yet(row, outside.clock.now(), not_written, false);
    return ask_follower(row, credentials.at("instagram"), outside);
  case Method::unsupported: return decided({.state = "unsupported", .reason = choice.reason});
  default: // the policy was changed since the claim came in: it now shares a look, which a new claim would join
    return decided({.state = "manual", .reason = "claim.policy_changed"});
  }
}

void settle(Settling& s, const Item& item, const Result& result) {
  const std::string& completion = item.row.text("completion_id");
  const Said* said = payload_of<Said>(result);
  if (said != nullptr) remember(s, said->served);
  if (said != nullptr && said->decided && s.next == Next::done)
    decide(s, item.tenant, completion, *said->decided);
  else if (said != nullptr && s.next == Next::due && snooze_of(result.outcome) != nullptr)
    put_off(s, item.tenant, completion, s.reason, s.next_at);
  else if (s.next == Next::discarded)
    decide(s, item.tenant, completion, {.state = "manual", .reason = s.reason});
  else
    s.tx.execute(sql::waits, {{"tenant", item.tenant.value},
                              {"completion", completion},
                              {"reason", s.reason.code()},
                              {"args", s.reason.args_json()}});
}

} // namespace

Stage verify_claim() {
  return {.name = "verify-claim",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 12}};
}

} // namespace milkrun::verify_social
