// How much a tenant's sender may send.
#pragma once

#include "job/stage.hpp"

namespace milkrun::outreach {

// Messages a sender may send in its local day `today` ("YYYY-MM-DD"): `cap` (nullopt: no cap), and for a new sender
// that began on `warmup_start` no more than its warm-up allows: 20 on the first day, 1,000 from the thirteenth on.
std::optional<std::int64_t> daily_cap(const std::optional<std::int64_t>& cap,
                                      const std::optional<std::string>& warmup_start, const std::string& today);

// Plan quota, daily cap and the cap of one contact, from the row of a message.
std::vector<Quota> quota_of(const db::Row& row, Time now);
// The channel's rate for one recipient, and the sender's own interval.
std::vector<Pace> pace_of(const Item& item);
// A message that a cap, the pace of its sender or the message before it puts off to `again` ages from when it may go:
// when it expires then; nullopt: as before. A cap of nothing never opens.
std::optional<Time> fresh_until(const db::Row& row, const Reason& why, Time again);

} // namespace milkrun::outreach
