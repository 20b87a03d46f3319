// The stages of verify-social, in the order an item walks them.
#pragma once

#include "job/stage.hpp"

namespace milkrun::verify_social {

// verify-object (`watch:ID:N`): one look at an object answers all the claims that wait for it.
Stage verify_object();
// verify-claim (`completion:ID`): claims that share no call.
Stage verify_claim();

} // namespace milkrun::verify_social
