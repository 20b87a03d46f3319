// From a claimed key to an item that can be begun: load, plan, gate, resolve. Also how an item ends.
#include "run/room.hpp"

#include "base/text.hpp"
#include "http/client.hpp"
#include "log/log.hpp"

#include <fmt/format.h>

namespace milkrun {
namespace {

constexpr Millis mend{3'600'000}; // an item that wakes a bug is tried again after an hour

void note_bug(db::Transaction& tx, const RunContext& run, const Ready& ready, const std::string& what,
              std::vector<Ended>& ended) {
  if (const auto d = end_by_bug(tx, run, ready, what)) ended.push_back({ready.stage->name, *d});
}

// An item that ends without an attempt: the gate said no, or there is no credential.
void end_unbegun(db::Transaction& tx, const RunContext& run, const Ready& ready, Outcome outcome,
                 std::vector<Ended>& ended) {
  const Time now = run.now();
  const Result result{std::move(outcome)};
  const ledger::Decision d = ledger::decide(*ready.stage, result.outcome, 0, now, jitter(), std::nullopt);
  ledger::Ownership ownership = ledger::Ownership::ours;
  const auto bug = bug_in(
      [&] { tx.savepoint([&] { ownership = end_item(tx, run, ready, ready.item, d, result, unbegun(run), now); }); });
  if (bug)
    note_bug(tx, run, ready, *bug, ended);
  else if (ownership != ledger::Ownership::lost)
    ended.push_back({ready.stage->name, d});
}

// Nothing is left to look up with: a person decides.
void hold_unknown(db::Transaction& tx, const RunContext& run, const Ready& ready, std::vector<Ended>& ended) {
  const ledger::Decision d{.next = Next::held,
                           .at = run.now(),
                           .counted = true,
                           .word = "held",
                           .reason = "run.unknown_outcome",
                           .detail = "the row of its attempt is gone",
                           .quota_stays = true};
  if (ledger::finish(tx, ready.item, d, Result{fail(Fault::uncertain, d.reason)}, unbegun(run), run.now()) !=
      ledger::Ownership::lost)
    ended.push_back({ready.stage->name, d});
}

// As it is, as it may be sent without blanks, and each line of one that has several parts.
void mask(const Secret& secret) {
  log::mask(secret);
  log::mask(without_blanks(secret));
  for (const Secret& line : lines_of(secret)) log::mask(line);
}

// The uncertain attempt's own credential; false when the item was ended instead.
Expected<void> resolve_again(db::Transaction& tx, const RunContext& run, Ready& ready) {
  ready.host = ready.uncertain->host;
  if (!ready.uncertain->credential) return {};
  Credential c = TRY(run.rooms.vault.again(tx, ready.item.tenant, *ready.uncertain->credential, ready.host));
  mask(c.secret);
  ready.credentials.emplace(c.service, std::move(c));
  return {};
}

std::optional<TaskId> task_of(const Item& i) {
  if (!i.row.has("task_id") || i.row.null("task_id")) return std::nullopt;
  return TaskId{i.row.text("task_id")};
}
std::optional<CampaignId> campaign_of(const Item& i) {
  if (!i.row.has("campaign_id") || i.row.null("campaign_id")) return std::nullopt;
  return CampaignId{i.row.text("campaign_id")};
}
std::optional<PortalId> portal_of(const Item& i) {
  if (i.tenant != operator_tenant || !i.row.has("portal_id")) return std::nullopt;
  return PortalId{i.row.text_or_empty("portal_id")};
}

Expected<void> resolve(db::Transaction& tx, const RunContext& run, Ready& ready) {
  const CredentialScope scope{ready.item.tenant, campaign_of(ready.item), task_of(ready.item), portal_of(ready.item)};
  for (const std::string_view service : ready.plan.services) {
    Credential c = TRY(run.rooms.vault.resolve(tx, scope, service));
    // Stays in release builds: the one mistake a multi-tenant program must never make.
    if (c.granted_to != ready.item.tenant) throw std::logic_error("credential granted to another tenant");
    mask(c.secret);
    ready.host = c.host;
    ready.credentials.emplace(c.service, std::move(c));
  }
  if (ready.plan.services.empty()) ready.host = ready.plan.host;
  return {};
}

} // namespace

std::optional<std::string> bug_in(const std::function<void()>& call) {
  try {
    call();
    return std::nullopt;
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::constraint) throw;
    return e.what();
  } catch (const std::exception& e) {
    return e.what();
  }
}

std::optional<ledger::Decision> end_by_bug(db::Transaction& tx, const RunContext& run, const Ready& ready,
                                           const std::string& what) {
  ledger::Decision d = wait_for_mend(run.now(), what);
  if (ready.uncertain) d.next = Next::uncertain;
  d.quota_stays = ready.uncertain.has_value();
  const Result nothing_done{fail(Fault::transient, d.reason)};
  if (ledger::finish(tx, ready.item, d, nothing_done, unbegun(run), run.now()) == ledger::Ownership::lost)
    return std::nullopt;
  return d;
}

std::optional<Outcome> refused_by_gate(const Stage& stage, const Item& item, Time now) {
  if (stage.gate == nullptr) return std::nullopt;
  const Verdict verdict = stage.gate(item, now);
  if (const Snooze* s = std::get_if<Snooze>(&verdict)) return Outcome(*s);
  if (const Cancel* c = std::get_if<Cancel>(&verdict)) return Outcome(*c);
  return std::nullopt;
}

ledger::Decision wait_for_mend(Time now, const std::string& what) {
  return {.next = Next::due,
          .at = now + mend,
          .counted = false,
          .word = "waiting", // for somebody: the run warns of it, as of a refused credential
          .reason = "bug",
          .detail = text::one_line(what)};
}

double jitter() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(random);
}

db::Row load_row(db::Transaction& tx, const Stage& stage, const Item& item) {
  return tx.one(stage.load, {{"id", item.id()}}).value_or(db::Row());
}

Settling settling_of(db::Transaction& tx, const RunContext& run, const ledger::Decision& d, Time now) {
  return {.tx = tx,
          .now = now,
          .run = run.run,
          .next = d.next,
          .next_at = d.at,
          .reason = d.reason,
          .enqueue = [&tx, now](std::string_view next, const std::string& key, const TenantId& tenant,
                                Time due_at) { ledger::enqueue(tx, next, key, tenant, due_at, now); },
          .hasten = [&tx](std::string_view next, const std::string& key,
                          Time due_at) { ledger::hasten(tx, next, key, due_at); },
          .wake =
              [&tx, &run, now](const TenantId& tenant, const Reason& reason) {
                for (const Stage& s : run.job.stages) ledger::wake(tx, s.name, tenant, reason, now);
              },
          .store_credential = [&tx, &run, now](const NewCredential& c) { return run.rooms.vault.store(tx, c, now); }};
}

void settle_stage(db::Transaction& tx, const RunContext& run, const Stage& stage, const Item& item,
                  const ledger::Decision& d, const Result& result, Time now) {
  Settling settling = settling_of(tx, run, d, now);
  stage.settle(settling, item, result);
}

ledger::Ownership end_item(db::Transaction& tx, const RunContext& run, const Ready& ready, const Item& item,
                           const ledger::Decision& d, const Result& result, const ledger::Finish& how, Time now) {
  const ledger::Ownership ownership = ledger::finish(tx, item, d, result, how, now);
  ledger::park(tx, item, result, ready.credential(), ready.host, now);
  if (ownership == ledger::Ownership::lost || ready.stage->settle == nullptr || item.row.empty()) return ownership;
  settle_stage(tx, run, *ready.stage, item, d, result, now);
  return ownership;
}

std::optional<Ready> prepare(db::Transaction& tx, const RunContext& run, const Stage& stage,
                             const ledger::Claimed& claimed, std::vector<Ended>& ended) {
  Ready ready{.stage = &stage,
              .item = {.stage = std::string(stage.name),
                       .key = claimed.key,
                       .tenant = claimed.tenant,
                       .attempt = claimed.attempts + 1,
                       .row = {}},
              .plan = {},
              .credentials = {},
              .host = {},
              .uncertain = {},
              .absent = claimed.absent,
              .alone = claimed.crashes > 0};
  ready.item.row = load_row(tx, stage, ready.item);
  if (claimed.uncertain) {
    ready.uncertain = ledger::attempt(tx, *claimed.uncertain);
    if (!ready.uncertain) { // somebody deleted it: nobody can look the call up any more
      hold_unknown(tx, run, ready, ended);
      return std::nullopt;
    }
    // A credential that is gone leaves the question open: begin() turns that into `held`.
    if (!resolve_again(tx, run, ready)) ready.credentials.clear();
    return ready;
  }
  if (ready.item.row.empty()) {
    end_unbegun(tx, run, ready, Cancel{row_gone}, ended);
    return std::nullopt;
  }
  std::optional<Outcome> refused;
  const auto bug = bug_in([&] {
    const Time now = run.now();
    refused = refused_by_gate(stage, ready.item, now);
    if (!refused && stage.plan != nullptr) ready.plan = stage.plan(ready.item, now);
  });
  if (bug) {
    note_bug(tx, run, ready, *bug, ended);
    return std::nullopt;
  }
  if (!refused) {
    const Expected<void> resolved = resolve(tx, run, ready);
    if (resolved) return ready;
    refused = std::unexpected(resolved.error());
  }
  end_unbegun(tx, run, ready, std::move(*refused), ended);
  return std::nullopt;
}

} // namespace milkrun
