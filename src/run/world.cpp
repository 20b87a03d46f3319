// A run's memory of the database.
#include "run/world.hpp"

#include "log/log.hpp"

#include <fmt/format.h>

namespace milkrun {
namespace {

constexpr std::size_t most_kept = 20'000; // opened credentials

std::string column(const Item& i, std::string_view name) {
  return i.row.has(name) ? i.row.text_or_empty(name) : std::string();
}

using ParkId = std::pair<ParkScope, std::string>;

// What could stand in the item's way.
std::vector<ParkId> parks_on(const Item& item, const Credential* c) {
  const std::string account = ledger::account_of(c);
  std::vector<ParkId> ids = {{ParkScope::tenant, item.tenant.value},
                             {ParkScope::credential, c != nullptr ? c->id.value : ""},
                             {ParkScope::portal, ledger::portal_of(item)},
                             {ParkScope::app, ledger::app_of(c)},
                             {ParkScope::page, account},
                             {ParkScope::account, account},
                             {ParkScope::sender, account}};
  std::erase_if(ids, [](const ParkId& id) { return id.second.empty(); });
  return ids;
}

} // namespace

void World::refresh(db::Transaction& tx) {
  const std::int64_t version = database_.data_version();
  if (version == version_) return;
  version_ = version;
  usage.forget();
  paces.forget();
  const ledger::Revisions r = ledger::revisions(tx);
  if (r.credentials != revisions_.credentials) forget_credentials();
  if (r.rests != revisions_.rests) load_rests(tx);
  revisions_ = r;
}

void World::catch_up(db::Transaction& tx) {
  if (rests_changed_) load_rests(tx);
}

void World::load_rests(db::Transaction& tx) {
  rests_changed_ = false;
  parks_.clear();
  for (ledger::Parked& p : ledger::parks(tx)) {
    remember(std::move(p));
  }
  breakers.refresh(tx);
}

void World::remember(ledger::Parked p) {
  std::tuple id{p.scope, p.id, p.of_tenant ? p.tenant : std::string()};
  parks_.insert_or_assign(std::move(id), std::move(p));
}

void World::forget() {
  version_ = -1;
  revisions_ = {};
  forget_credentials();
}

void World::flush(db::Transaction& tx) {
  usage.flush(tx);
  paces.flush(tx);
}

Expected<Credential> World::credential(db::Transaction& tx, const Item& item, std::string_view service) {
  const std::string campaign = column(item, "campaign_id"), task = column(item, "task_id");
  const std::string portal = item.tenant == operator_tenant ? column(item, "portal_id") : std::string();
  const Chain chain{item.tenant.value, campaign, task, portal, std::string(service)};
  if (const auto found = credentials_.find(chain); found != credentials_.end()) return found->second;
  CredentialScope scope{.tenant = item.tenant};
  if (!campaign.empty()) scope.campaign = CampaignId{campaign};
  if (!task.empty()) scope.task = TaskId{task};
  if (!portal.empty()) scope.portal = PortalId{portal};
  Expected<Credential> found = vault_.resolve(tx, scope, service);
  if (found) {
    // Stays in release builds: the one mistake a multi-tenant program must never make.
    if (found->granted_to != item.tenant) throw std::logic_error("credential granted to another tenant");
    log::mask(found->secret);
    // The platform's serves many tenants: its secret lies in memory once all the same.
    found->secret = secrets_.try_emplace({found->id.value, found->updated_at}, found->secret).first->second;
  } else {
    return found; // not kept: the next one may come by a grant or a settle of this run
  }
  if (credentials_.size() >= most_kept) forget_credentials();
  return credentials_.emplace(chain, std::move(found)).first->second;
}

Expected<Credential> World::again(db::Transaction& tx, const TenantId& tenant, const CredentialId& id,
                                  const std::string& host) const {
  Expected<Credential> found = vault_.again(tx, tenant, id, host);
  if (found) log::mask(found->secret);
  return found;
}

std::shared_ptr<const Mask> World::mask_of(const Credential& c) {
  if (masks_.size() >= most_kept) masks_.clear();
  std::shared_ptr<const Mask>& kept = masks_[{c.id.value, c.updated_at}];
  if (!kept) {
    auto made = std::make_shared<Mask>();
    made->add(c.secret);
    kept = std::move(made);
  }
  return kept;
}

std::optional<Snooze> World::parked(const Item& item, const Credential* c, Time now) const {
  if (parks_.empty()) return std::nullopt;
  const ledger::Parked* longest = nullptr;
  for (const auto& [scope, name] : parks_on(item, c)) {
    for (const std::string& whose : {std::string(), item.tenant.value}) {
      const auto found = parks_.find({scope, name, whose});
      if (found == parks_.end() || found->second.until <= now) continue;
      if (longest == nullptr || found->second.until > longest->until) longest = &found->second;
    }
  }
  if (longest == nullptr) return std::nullopt;
  return Snooze{longest->until, Reason("parked", {std::string(ledger::word(longest->scope))}).about(longest->reason),
                longest->scope == ParkScope::credential && c != nullptr ? waits_for(c->id) : std::string()};
}

void World::park(db::Transaction& tx, const ledger::Parked& p, Time now) {
  for (ledger::Parked& stored : ledger::put(tx, p, now)) remember(std::move(stored));
}

std::optional<ledger::Parked> World::take_out(ParkScope scope, const std::string& id) {
  std::optional<ledger::Parked> was;
  for (auto at = parks_.lower_bound({scope, id, ""});
       at != parks_.end() && std::get<0>(at->first) == scope && std::get<1>(at->first) == id; at = parks_.erase(at))
    if (!was) was = std::move(at->second);
  return was;
}

std::optional<ledger::Parked> World::unpark(db::Transaction& tx, const CredentialId& id, Time now) {
  std::optional<ledger::Parked> was = take_out(ParkScope::credential, id.value);
  if (!was) return std::nullopt;
  ledger::unpark(tx, ParkScope::credential, id.value);
  ledger::wake_all(tx, waits_for(id), now);
  return was;
}

std::vector<std::string> World::lift(db::Transaction& tx, const Item& item, const Credential* c, Time now) {
  std::vector<std::string> lifted;
  for (const auto& [scope, name] : parks_on(item, c)) {
    const ledger::Parked* resting = nullptr;
    for (const std::string& whose : {std::string(), item.tenant.value})
      if (const auto found = parks_.find({scope, name, whose}); found != parks_.end() && found->second.until > now)
        resting = &found->second;
    if (resting == nullptr) continue;
    lifted.push_back(fmt::format("{}: {}", ledger::word(scope), resting->reason.code()));
    ledger::unpark(tx, scope, name);
    if (scope == ParkScope::credential) ledger::wake_all(tx, waits_for(CredentialId{name}), now);
    take_out(scope, name);
  }
  return lifted;
}

std::optional<ledger::Parked> World::lift(db::Transaction& tx, ParkScope scope, const std::string& id, Time now) {
  std::optional<ledger::Parked> was = take_out(scope, id);
  if (!was) return std::nullopt;
  ledger::unpark(tx, scope, id);
  if (scope == ParkScope::template_) ledger::wake_all(tx, ledger::waits_for_template(id), now);
  return was;
}

bool World::renew(db::Transaction& tx, const Credential& c, const Secret& secret, Time now) {
  log::mask(secret);
  if (!vault_.renew(tx, c, secret, now)) return false;
  forget_credentials();
  return true;
}

} // namespace milkrun
