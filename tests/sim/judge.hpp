// Invariants of the ledger, looked at from outside: by rows and by what the remote world remembers.
#pragma once

#include "sim/scene.hpp"

#include <functional>

namespace milkrun::sim {

// Before each commit of a run: what must be true at every moment.
void judge_commit(Stand& s, db::Transaction& tx);
// After each run. `run`: one that came to its own end, "" when it died; its rows must be in order then.
void judge_ledger(Stand& s, const std::string& run, bool at_rest);
// The effect of a `once` stage against its row (state, reason, tenant_id, key). `again_elsewhere`: how often an
// operator sent it again as another item.
void judge_effect(Stand& s, const std::string& stage, const std::string& key, const db::Row& row,
                  std::int64_t again_elsewhere = 0);
// Messages of the outbox against the ledger, what was sent, and the counter of messages. `effect_of`: the effect that a
// row (contact_id, phone, text) stands for.
void judge_outbox(Stand& s, bool at_rest, const std::function<std::string(const db::Row&)>& effect_of);
// usage.used of a meter against rows of (tenant_id, period, n).
void judge_used(Stand& s, const std::string& meter, const db::Rows& expected);
// `question`: rows of (tenant_id, meter, period, n) that are above their limit.
void judge_limits(Stand& s, db::Transaction& tx, const char* question);
// A `once` call leaves: its mark must be durable.
void must_be_armed(Stand& s, const std::string& stage, const Key& key);

} // namespace milkrun::sim
