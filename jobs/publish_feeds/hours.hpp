// When a post is made: the hours of its tenant's day, and how many a day.
#pragma once

#include "job/stage.hpp"

#include <string_view>

namespace milkrun::publish_feeds {

// The moment in what is left of the tenant's publish_hours of the day of `now`; when nothing is left of them, in those
// of the next day where the slot goes on, else `now`.
// Drawn by a hash of `whose`: the same for ever.
Time drawn_moment(const db::Row& row, std::string_view whose, Time now);

// A rule: an article whose slot is over waits until today's slot has chosen its own, which go first. From slot,
// first_tried and last_tried.
Verdict day_is_chosen(const Item& item, Time now);
// What such an article waits for; the choice wakes it.
inline constexpr std::string_view days_choice = "the choice of its tenant's slot";

// A slot's worth a day, counted as `meter`: an article whose slot is over takes a place that today's own articles
// leave, the newest first; one of the slot itself, or by hand, is only counted. From publish_from, publish_until,
// max_items, slot and newer.
Quota place_of_day(const db::Row& row, std::string_view meter, Time now);

} // namespace milkrun::publish_feeds
