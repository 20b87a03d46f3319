// From what a feed showed to the items that may become articles.
#pragma once

#include "job/stage.hpp"
#include "providers/feed/feed.hpp"

#include <string>
#include <vector>

namespace milkrun::publish_feeds {

// What one poll brought.
struct Polled {
  feed::Fetched fetched;
  std::vector<Reason> refused; // by the tenant's and the feed's filters, item by item; empty = none refuses
  Millis candidate_for{0};     // the time of a candidate
};

struct Filtered {
  std::vector<Reason> refused; // item by item; empty = none refuses
  std::size_t unsearched = 0;  // of them those whose turn did not come in time: nobody knows what is in them
  std::string slow = {};       // a filter of which that is said
};

// Asks the filters of the feed's row (tenant_include, tenant_exclude, include, exclude) about each item.
Filtered refused_items(const db::Row& row, const feed::Feed& feed);

// Stores what was not seen before: as a candidate, or with the reason why not, and then without its text. An item is
// seen when its identity is known in its feed; when it has no id, by link or text as well; across the tenant's feeds
// always by link or text. Where all items of a feed come back under new ids, they are the old ones, renamed. At most
// 100 candidates and 4 MiB a feed, 300 and 16 MiB a tenant are kept: the newest. Of the rest a feed's newest 5,000 are
// remembered, without their texts.
void store_items(Settling& s, const Item& item, const Polled& polled);

// A candidate that will not be an article: its text goes, its reason is told.
void pass_over(Settling& s, const TenantId& tenant, const std::string& item, const Reason& reason);

} // namespace milkrun::publish_feeds
