// What all scenes share: jobs, and tenants with accounts at services whose stored passwords are right or wrong.
#pragma once

#include "sim/scene.hpp"

#include <initializer_list>
#include <set>

namespace milkrun::sim {

// The text between two marks; "" when the first is not there.
std::string cut(std::string_view text, std::string_view from, std::string_view to);

// Jobs of the product by their names.
std::vector<Job> product_jobs(std::initializer_list<std::string_view> names);

class TenantScene : public Scene {
public:
  const std::vector<Job>& jobs() const override { return jobs_; }
  void mend(Stand& s) override;
  void decide_held(Stand& s) override;

protected:
  // Where each tenant has an account; "{}" in the address is the tenant's id. All of one tenant have one password.
  struct Account {
    std::string service, base_url, account, settings = "{}";
  };
  TenantScene(std::vector<Job> jobs, std::vector<Account> accounts)
      : jobs_(std::move(jobs)), accounts_(std::move(accounts)) {}

  // Its row and its accounts; `more` adds what the scene wants, in the same transaction.
  void add_tenant(Stand& s, const std::function<void(db::Transaction&, const db::Param& id)>& more);
  void add_tenants(Stand& s, int how_many, const std::function<void(db::Transaction&, const db::Param& id)>& more);
  void new_password(Stand& s, const std::string& tenant, bool right);
  // How the services see the password; the scene's say.
  virtual std::string shown(const std::string& secret) const { return secret; }
  // Whether the services let the one in whose password was shown.
  bool may_enter(const std::string& tenant) const { return !tenant.empty() && !locked_out_.contains(tenant); }
  const std::string& any_tenant(Stand& s) const { return s.dice.of(tenants_); }

  // What happens in every scene between two runs: a password is changed, a tenant put to rest or woken, an item is
  // decided by the operator.
  void common_meddling(Stand& s);

private:
  const std::vector<Job> jobs_;
  const std::vector<Account> accounts_;
  std::vector<std::string> tenants_;
  std::set<std::string> locked_out_;
  int passwords_ = 0;
};

} // namespace milkrun::sim
