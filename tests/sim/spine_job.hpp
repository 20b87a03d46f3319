// A job with a stage of every kind that the ledger knows: settled where it is admitted (plan), heavy reads that cost
// something (fetch), a `once` call that can be looked up (post), one that cannot (message), one that may be repeated
// (tell).
#pragma once

#include "job/stage.hpp"

namespace milkrun::sim {

// The job's own tables: `sim_tenants`, `sim_items`, and what the stages were told (`sim_told`).
extern const char* const spine_schema;

std::vector<Job> spine_jobs();

} // namespace milkrun::sim
