// What an answer means for all who call the same destination, or use the same credential. Private to src/run.
#pragma once

#include "run/turn.hpp"

namespace milkrun {

// It is in trouble, or well: the breaker learns it, and its words go into the decision. `e`: nullptr when all went
// well.
void note_destination(Turn& turn, const Flight& flight, const Error* e, ledger::Around& around);
// What the result parks, and what it shows to be well again.
void rest_what_it_says(Turn& turn, const Flight& flight, const Result& result);

} // namespace milkrun
