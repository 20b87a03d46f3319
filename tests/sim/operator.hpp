// An operator's words on items, remembered in `sim_words` for the judge: what she allowed to happen again, or said had
// happened.
#pragma once

#include "sim/scene.hpp"

namespace milkrun::sim {

extern const char* const operator_schema; // table sim_words

// One word on one item that fits it, if there is any.
void operator_word(Stand& s, const std::vector<Job>& jobs);
// Each held item gets one.
void decide_held(Stand& s, const std::vector<Job>& jobs);

} // namespace milkrun::sim
