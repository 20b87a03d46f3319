// Which of a tenant's new items become articles.
#pragma once

#include "job/stage.hpp"

namespace milkrun::publish_feeds {

// Once every feed of the tenant has been tried in the slot: the newest max_items candidates over all of them, fair
// between the feeds, become articles, as far as the month's posts allow. The others stay candidates for the next slots
// until their time is over. Runs again when a feed that failed at first is read later in the slot, and when the month
// allows more (choose-items).
void choose(Settling& s, const TenantId& tenant, const db::Row& row, const std::string& slot);

// The item becomes an article of the slot, and is to be written.
void make_article(Settling& s, const TenantId& tenant, const std::string& feed, const std::string& item,
                  const std::string& slot, Time at);

} // namespace milkrun::publish_feeds
