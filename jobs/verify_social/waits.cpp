// The two stages that wait so say it in the same words.
#include "jobs/verify_social/waits.hpp"

namespace milkrun::verify_social {
namespace {

constexpr Millis rest{3'600'000};

} // namespace

Snooze tenant_inactive(Time now) { return {now + rest, "tenant.inactive"}; }

Snooze campaign_at_rest(Time now) { return {now + rest, "claim.campaign_at_rest"}; }

std::optional<Snooze> token_refused(const Credential& credential, bool platform_ok, Time now) {
  if (credential.owner == Owner::tenant || platform_ok) return std::nullopt;
  return Snooze{now + rest, "claim.policy_forbids_token"};
}

} // namespace milkrun::verify_social
