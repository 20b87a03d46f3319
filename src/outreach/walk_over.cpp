#include "outreach/walk_over.hpp"

#include "base/words.hpp"

#include <algorithm>

namespace milkrun::outreach {

std::optional<Reason> walk_is_over(const db::Row& row) {
  if (row.text("campaign_status") == "ended") return Reason("walk.campaign_ended");
  if (row.flag("exit_on_opt_out") && (row.integer("opted_out_whatsapp") == 1 || row.integer("opted_out_email") == 1))
    return Reason("walk.opted_out");
  if (const auto wrote = row.maybe_time("wrote_at");
      row.flag("exit_on_reply") && wrote && *wrote > row.time("started_at"))
    return Reason("walk.replied");
  const std::string& goal = row.text("goal_tag");
  if (!goal.empty() && std::ranges::count(words_in(row.text("tags")), goal) > 0) return Reason("walk.goal");
  return std::nullopt;
}

} // namespace milkrun::outreach
