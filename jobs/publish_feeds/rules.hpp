// Rules that several stages of publish-feeds share.
#pragma once

#include "base/zone.hpp"
#include "job/stage.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::publish_feeds {

// Reasons an item waits for the portal; a successful sync wakes exactly these.
inline constexpr ReasonCode portal_unread = "portal.unread";
inline constexpr ReasonCode portal_row_unusable = "portal.row_unusable";
inline constexpr ReasonCode tenant_inactive = "tenant.inactive";

// The slot of an article that an operator chose: it takes no place of the slots' own articles, and is never late.
inline constexpr std::string_view slot_by_hand = "by hand";

// A feed that answers 410 is asked once more after this; then it is believed, and the feed stops.
inline constexpr std::chrono::hours gone_age{24};

// What a gate says of the item's tenant, from the tenant columns every load of this job selects: snoozed while the
// tenant is not active (one list without it must not cost it what was begun), its portal is unread, gives it nothing to
// work with or says skip.
Verdict tenant_gate(const Item& item, Time now);
// "Posts used up" as the ledger says it, for the month of `now`.
Reason quota_reason(Time now);
// Posts the tenant may still make in the month of `now` by its plan or its portal; nullopt: no limit.
std::optional<std::int64_t> post_limit(const db::Row& row, Time now);
// The slot of the tenant's frequency at `now`.
zone::Slot tenant_slot(const db::Row& row, Time now);
// End of the portal's slot at `now`.
Time portal_slot_end(std::int64_t interval_ms, Time now);

// A rule: the article has not outlived its patience, whosever trouble it was. For rows that have its patient_until.
Verdict in_patience(const Item& item, Time now);
// Whether the article's first try in this stage is some hours ago: what it can do without, its picture or its terms, is
// waited for as long as that, not for its whole patience.
bool waited_for_extras(const Item& item, const Outside& outside);
// An operator wants another try: the article waits again for what it had come to, as one of the slot at `now`.
void revive(Settling& s, const Item& item);
// The article will never be a post: says so, and reports it to the tenant's portal.
void give_up(Settling& s, const Item& item);

} // namespace milkrun::publish_feeds
