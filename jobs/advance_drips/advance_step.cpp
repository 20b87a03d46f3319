// advance-step: one conditional update and one row of the outbox, in the transaction that admits the step. No network.
#include "base/zone.hpp"
#include "jobs/advance_drips/stages.hpp"
#include "jobs/advance_drips/walk.hpp"
#include "outreach/contact.hpp"
#include "outreach/letters.hpp"
#include "outreach/reach.hpp"
#include "outreach/wording.hpp"
#include "sql/advance_drips_advance_step.hpp"

#include <algorithm>
#include <array>

namespace milkrun::advance_drips {
namespace {

namespace sql = milkrun::sql::advance_drips_advance_step;

constexpr Millis rest{3'600'000}, soon{60'000};
constexpr Millis reach_patience{48 * 3'600'000}; // so long a step waits for a channel, then it is passed over
constexpr const char* all_channels = R"(["whatsapp","email"])";

Key key_of(const std::string& enrollment, const std::string& step) { return {"enrollment", enrollment, step}; }

// A step that is a template alone has nothing to say by e-mail.
std::vector<std::string> channels_of(const db::Row& row, Time now) {
  std::vector<std::string> out = outreach::channels_to(row, row.text("channels"), outreach::Class::marketing, now);
  if (outreach::pick(row.text("text"), "", "").empty()) std::erase(out, "email");
  return out;
}

outreach::NewMessage message_of(const Item& item, Time now) {
  const db::Row& row = item.row;
  outreach::NewMessage message{.origin = item.key.text(),
                               .tenant = item.tenant,
                               .contact = row.text("contact_id"),
                               .campaign = row.text("campaign_id"),
                               .kind = outreach::Class::marketing,
                               .text = {},
                               .expires_at = now + Millis(row.integer("message_ttl_ms"))};
  if (const std::vector<std::string> channels = channels_of(row, now); !channels.empty()) {
    message.channel = channels.front();
    message.fallback.assign(channels.begin() + 1, channels.end());
  }
  outreach::write_step(message, row);
  return message;
}

Verdict is_here(const Item& item, Time) {
  if (item.row.text("walk_state") != "active" || item.row.text_or_empty("step_id") != item.key.part)
    return Cancel{"step.past"};
  return Go{};
}

// Of a campaign that has ended the walk ends, at once.
bool is_over(const db::Row& row) { return row.text("campaign_status") == "ended"; }

Verdict may_run(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (is_over(row)) return Go{};
  if (row.text("campaign_status") != "running") return Snooze{now + rest, "step.campaign_at_rest", "tenant"};
  if (!row.flag("tenant_active")) return Snooze{now + rest, "tenant.inactive", "tenant"};
  return Go{};
}

// Enrolment, later by what pauses added.
Time started_of(const db::Row& row) { return row.time("started_at") + Millis(row.integer("shifted_ms")); }

Before before_of(const db::Row& row, Time planned, const std::optional<Time>& said) {
  return {planned, outreach::next_opening(row, planned).value_or(planned), said};
}

Verdict is_due(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (is_over(row)) return Go{};
  if (!row.flag("enqueued")) return Snooze{now + soon, "step.not_yet"}; // its delay is another: discover dates it anew
  const std::string& zone_name = outreach::zone_in_campaign(row);
  const Time due = moment_of(row, zone_name);
  if (now < due) return Snooze{due, "step.not_yet"};
  // It keeps its distance to the message before it, also where that one waited in the outbox.
  if (row.time("step_at") <= row.time("previous_at")) return Go{};
  if (row.flag("under_way")) return Snooze{now + rest, "step.not_yet"};
  const Time apart = spaced_moment(row, zone_name, before_of(row, row.time("previous_at"), row.maybe_time("said_at")),
                                   started_of(row));
  if (now < apart) return Snooze{apart, "step.not_yet"};
  return Go{};
}

Verdict is_for_her(const Item& item, Time now) {
  const Decided decided = decide(item.row, now);
  if (decided.move == Move::wait) return Snooze{decided.until, decided.reason};
  if (decided.move == Move::skip) return Cancel{decided.reason};
  return Go{};
}

// What ends the walk meets no obstacle.
bool is_sent(const db::Row& row, Time now) { return decide(row, now).move == Move::send; }

Verdict in_hours(const Item& item, Time now) {
  if (!is_sent(item.row, now)) return Go{};
  if (const auto opens = outreach::next_opening(item.row, now)) return Snooze{*opens, "message.outside_hours"};
  return Go{};
}

// deliver counts the messages of the day; asked here too, so that they wait as steps and do not expire as messages.
Verdict one_a_day(const Item& item, Time now) {
  const db::Row& row = item.row;
  const std::string& zone_name = outreach::zone_of_contact(row);
  const auto last = row.maybe_time("last_marketing_at");
  if (row.maybe_integer("marketing_per_day") == 1 && last && is_sent(row, now) &&
      zone::local_date(zone_name, *last) == zone::local_date(zone_name, now))
    return Snooze{zone::slot_at(zone_name, zone::Frequency::daily, now).end, "message.marketing_used_up"};
  return Go{};
}

Verdict is_reachable(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (!is_sent(row, now) || !channels_of(row, now).empty()) return Go{};
  const Reason why =
      outreach::lacks_consent(row, row.text("channels")) ? Reason("step.no_consent") : Reason("step.no_channel");
  if (now < row.time("step_at") + reach_patience) return Snooze{now + rest, why};
  return Cancel{why};
}

Verdict is_writable(const Item& item, Time now) {
  if (!is_sent(item.row, now)) return Go{};
  if (const Reason cannot = message_of(item, now).cannot; !cannot.empty())
    return Snooze{now + rest, Reason("step.unwritable").about(cannot)};
  return Go{};
}

constexpr Rule rules[] = {{"step", is_here},         {"campaign", may_run}, {"moment", is_due},
                          {"condition", is_for_her}, {"hours", in_hours},   {"day", one_a_day},
                          {"reach", is_reachable},   {"text", is_writable}};

Plan plan(const Item&, Time) { return {}; }

// The step's row ends by this, and the walk goes on without it.
bool is_passed_over(const Settling& s) {
  static constexpr std::array skips{ReasonCode("step.off"), ReasonCode("step.not_for_her"),
                                    ReasonCode("step.no_channel"), ReasonCode("step.no_consent")};
  return s.next == Next::cancelled && std::ranges::any_of(skips, [&](ReasonCode one) { return s.reason.is(one); });
}

// From when the next delay is counted: the planned moment, of a step that had to wait for its condition the end of
// that.
Time counted_from(const db::Row& row, Move move, Time now) {
  const Time planned = moment_of(row, outreach::zone_in_campaign(row));
  if (row.text("condition").empty() || row.text("on_false") != "wait") return planned;
  if (move == Move::skip && !row.flag("removed") && row.flag("step_active"))
    return planned + Millis(row.integer("wait_up_to_ms"));
  return row.flag("waited") ? now : planned;
}

// Nothing of the walk was for somebody who has agreed to nothing.
bool was_in_vain(Settling& s, const Item& item, bool says) {
  const db::Row& row = item.row;
  return !says && outreach::lacks_consent(row, all_channels) &&
         !s.tx.one(sql::said_something, {{"contact", row.text("contact_id")}, {"id", row.text("enrollment_id")}});
}

void leave(Settling& s, const Item& item, const Reason& why) {
  s.tx.execute(sql::leave, {{"tenant", item.tenant.value},
                            {"id", item.row.text("enrollment_id")},
                            {"step", item.row.text("step_id")},
                            {"reason", why.code()},
                            {"args", why.args_json()},
                            {"now", s.now}});
}

// Takes the walk to its next step or to its end. `said`: the message that goes out, "" for none that is new; `says`:
// one goes out, or went.
void go_on(Settling& s, const Item& item, Move move, bool says, const std::string& said = "") {
  const db::Row& row = item.row;
  const Time previous = counted_from(row, move, s.now);
  const db::Param tenant("tenant", item.tenant.value), id("id", row.text("enrollment_id")),
      step("step", row.text("step_id")), message("message", said.empty() ? db::Value() : db::Value(said));
  const auto next =
      s.tx.one(sql::next, {tenant, id, {"campaign", row.text("campaign_id")}, {"position", row.integer("position")}});
  if (!next && was_in_vain(s, item, says)) return leave(s, item, "walk.no_consent");
  std::int64_t moved = 0;
  if (next) {
    const Time at = spaced_moment(*next, outreach::zone_in_campaign(row),
                                  before_of(row, previous, says ? s.now : row.maybe_time("said_at")), started_of(row));
    moved = s.tx.execute(
        sql::go_on,
        {tenant, id, step, message, {"next", next->text("id")}, {"next_at", at}, {"previous_at", previous}});
    s.enqueue("advance-step", key_of(row.text("enrollment_id"), next->text("id")), item.tenant, at);
  } else {
    moved = s.tx.execute(sql::complete, {tenant, id, step, message, {"now", s.now}, {"previous_at", previous}});
  }
  // It stood there when its rules were asked, in this transaction.
  if (moved != 1) throw std::logic_error("a walk left its step while it was taken on");
}

void settle(Settling& s, const Item& item, const Result&) {
  const db::Row& row = item.row;
  if (is_passed_over(s)) {
    go_on(s, item, decide(row, s.now).move, false);
    return;
  }
  if (s.next != Next::done) return;
  const Decided decided = decide(row, s.now);
  if (decided.move == Move::leave) return leave(s, item, decided.reason);
  const outreach::NewMessage message = message_of(item, s.now);
  const bool says = !message.channel.empty();
  go_on(s, item, decided.move, says, says ? outreach::post(s, message) : std::string());
}

void begin_walk(Discovery& d, const db::Row& walk) {
  const TenantId tenant{walk.text("tenant_id")};
  const db::Rows steps = d.tx.query(sql::steps, {{"campaign", walk.text("campaign_id")}});
  const auto stands_at = std::ranges::find_if(
      steps, [&](const db::Row& step) { return step.text("id") == walk.text_or_empty("step_id"); });
  const db::Row* first = stands_at != steps.end() ? &*stands_at : next_step(steps, -1);
  if (first == nullptr) return; // the statement asked for one
  const Time at =
      spaced_moment(*first, outreach::zone_in_campaign(walk),
                    before_of(walk, walk.time("previous_at"), walk.maybe_time("said_at")), started_of(walk));
  d.tx.execute(sql::begin_walk,
               {{"tenant", tenant.value}, {"id", walk.text("id")}, {"step", first->text("id")}, {"step_at", at}});
  d.enqueue("advance-step", key_of(walk.text("id"), first->text("id")), tenant, at);
  if (stands_at != steps.end()) d.hasten("advance-step", key_of(walk.text("id"), first->text("id")), at);
}

std::size_t discover(Discovery& d) {
  const db::Rows fresh = d.tx.query(
      sql::fresh,
      {{"only", d.only ? d.only->value : ""}, {"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& walk : fresh)
    d.one(
        {walk.text("tenant_id")}, [&] { begin_walk(d, walk); },
        [&](Time until) { d.tx.execute(sql::put_off, {{"id", walk.text("id")}, {"until", until}}); });
  return fresh.size();
}

} // namespace

Stage advance_step() {
  return {.name = "advance-step",
          .load = sql::load,
          .discover = discover,
          .undiscovered = &sql::any,
          .plan = plan,
          .rules = rules,
          .settle = settle}; // no work: settled where it is admitted
}

} // namespace milkrun::advance_drips
