// What keeps a claim or a look waiting that somebody else must change: asked again after an hour.
#pragma once

#include "job/stage.hpp"

namespace milkrun::verify_social {

Snooze tenant_inactive(Time now);
Snooze campaign_at_rest(Time now); // not running, or the task is off

// The chain may end at a token that others share; only a campaign that says so (`platform_ok`) may be checked with it.
std::optional<Snooze> token_refused(const Credential& credential, bool platform_ok, Time now);

} // namespace milkrun::verify_social
