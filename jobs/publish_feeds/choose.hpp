// Which of a tenant's new items become articles.
#pragma once

#include "job/stage.hpp"

namespace milkrun::publish_feeds {

// Once every feed of the tenant has been tried in the slot: the newest max_items unseen items over all of them become
// articles, as far as the month's posts allow; the others are kept as passed over, with the reason. Runs again when a
// feed that failed at first is read later in the slot.
void choose(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot);

} // namespace milkrun::publish_feeds
