// Invariants of the ledger, looked at from outside: by rows and by what the remote world remembers.
#pragma once

#include "sim/scene.hpp"

namespace milkrun::sim {

// After each run. `alive`: no process died in it and none stands still, so that its own rows must be in order.
void judge_ledger(Stand& s, const std::string& run, bool at_rest);
// The effect of a `once` stage against its row (state, reason, tenant_id, key).
void judge_effect(Stand& s, const std::string& stage, const std::string& key, const db::Row& row);
// usage.used of a meter against rows of (tenant_id, period, n).
void judge_used(Stand& s, const std::string& meter, const db::Rows& expected);
// A `once` call leaves: its mark must be durable.
void must_be_armed(Stand& s, const std::string& stage, const Key& key);

} // namespace milkrun::sim
