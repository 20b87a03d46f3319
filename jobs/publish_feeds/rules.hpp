// Rules that several stages of publish-feeds share.
#pragma once

#include "base/zone.hpp"
#include "job/stage.hpp"

#include <string>

namespace milkrun::publish_feeds {

// Reasons an item waits for the portal; a successful sync wakes exactly these.
inline constexpr ReasonCode portal_unread = "portal.unread";
inline constexpr ReasonCode portal_skips = "portal.skips";
inline constexpr ReasonCode tenant_inactive = "tenant.inactive";

// What a gate says of the item's tenant, from the tenant columns every load of this job selects: snoozed while the
// tenant is not active (one list without it must not cost it what was begun), its portal is unread or says skip.
Verdict tenant_gate(const Item& item, Time now);
// "Posts used up" as the ledger says it, for the month of `now`.
Reason quota_reason(Time now);
// Posts the tenant may still make in the month of `now` by its plan or its portal; nullopt: no limit.
std::optional<std::int64_t> post_limit(const db::Row& row, Time now);
// The slot of the tenant's frequency at `now`.
zone::Slot tenant_slot(const db::Row& row, Time now);
// End of the portal's slot at `now`.
Time portal_slot_end(std::int64_t interval_ms, Time now);

// An article that found no way to its site in this time is given up, whosever trouble it was.
inline constexpr Millis article_patience{7LL * 24 * 3'600'000};
// A rule: the article is younger than that, or was brought back less long ago. For rows that have its `waits_since`.
Verdict in_patience(const Item& item, Time now);
// An operator wants another try: the article waits again for what it had come to.
void revive(Settling& s, const TenantId& tenant, const std::string& article);

// The article will never be a post: says so, and reports it to the tenant's portal.
void give_up(Settling& s, const TenantId& tenant, const std::string& article, const Reason& reason);
// Stores and enqueues the callback of an article; nothing when the tenant has no portal.
void report(Settling& s, const TenantId& tenant, const std::string& article, std::string_view status,
            const std::string& error);

} // namespace milkrun::publish_feeds
