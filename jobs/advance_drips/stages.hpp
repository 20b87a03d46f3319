// The stage of advance-drips before the outbox.
#pragma once

#include "job/stage.hpp"

namespace milkrun::advance_drips {

// advance-step (`enrollment:ID:STEP`): the step becomes a message or is passed over, and the walk goes on to the next.
Stage advance_step();

} // namespace milkrun::advance_drips
