// Tenants and their passwords.
#include "sim/tenant_scene.hpp"

#include "jobs/jobs.hpp"
#include "sim/operator.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::sim {

std::string cut(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t a = text.find(from);
  if (a == std::string_view::npos) return {};
  const std::string_view rest = text.substr(a + from.size());
  return std::string(rest.substr(0, rest.find(to)));
}

std::vector<Job> product_jobs(std::initializer_list<std::string_view> names) {
  std::vector<Job> out;
  for (const Job* job : all_jobs())
    if (std::ranges::find(names, job->name) != names.end()) out.push_back(*job);
  return out;
}

void TenantScene::add_tenant(Stand& s, const std::function<void(db::Transaction&, const db::Param&)>& more) {
  const std::string id = fmt::format("tenant{}", tenants_.size());
  tenants_.push_back(id);
  s.real.transact([&](db::Transaction& tx) {
    test::add_tenant(tx, id);
    more(tx, {"id", id});
  });
  new_password(s, id, true);
}

void TenantScene::add_tenants(Stand& s, int how_many,
                              const std::function<void(db::Transaction&, const db::Param&)>& more) {
  for (int i = 0; i < how_many; ++i) add_tenant(s, more);
}

void TenantScene::new_password(Stand& s, const std::string& tenant, bool right) {
  const std::string secret = fmt::format("secret-{}-{}", tenant, ++passwords_);
  s.remote.knows(shown(secret), tenant);
  if (right)
    locked_out_.erase(tenant);
  else
    locked_out_.insert(tenant);
  s.real.transact([&](db::Transaction& tx) {
    for (const Account& a : accounts_)
      s.vault.store(tx,
                    {.scope = "tenant",
                     .tenant = {tenant},
                     .owner_key = tenant,
                     .service = a.service,
                     .base_url = fmt::format(fmt::runtime(a.base_url), tenant),
                     .account = a.account,
                     .settings = a.settings,
                     .secret = Secret(secret)},
                    s.clock.now());
  });
}

void TenantScene::mend(Stand& s) {
  for (const std::string& tenant : tenants_) new_password(s, tenant, true);
  test::change(s.real, "UPDATE tenants SET active = 1");
}

void TenantScene::decide_held(Stand& s) { sim::decide_held(s, jobs_); }

void TenantScene::common_meddling(Stand& s) {
  Dice& d = s.dice;
  const std::string& tenant = any_tenant(s);
  switch (d.below(4)) {
  case 0: return new_password(s, tenant, d.percent(50));
  case 1: return test::change(s.real, "UPDATE tenants SET active = 1 - active WHERE id = $id", {{"id", tenant}});
  default: return operator_word(s, jobs_);
  }
}

} // namespace milkrun::sim
