// The two stages that wait so say it in the same words.
#include "jobs/verify_social/waits.hpp"

namespace milkrun::verify_social {
namespace {

constexpr Millis rest{3'600'000};

} // namespace

Snooze tenant_inactive(Time now) { return {now + rest, "the tenant is not active"}; }

Snooze campaign_at_rest(Time now) { return {now + rest, "the campaign is not running or the task is off"}; }

std::optional<Snooze> token_refused(const Credential& credential, bool platform_ok, Time now) {
  if (credential.owner == Owner::tenant || platform_ok) return std::nullopt;
  return Snooze{now + rest, "the campaign's policy does not allow the platform's token"};
}

} // namespace milkrun::verify_social
