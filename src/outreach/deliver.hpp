// The stage that sends messages: the last stage of every job that causes them, and the job deliver's own.
#pragma once

#include "job/stage.hpp"

namespace milkrun::outreach {

// deliver (`message:ID`): one message of the outbox goes out through its tenant's own account, at most once.
Stage deliver();

} // namespace milkrun::outreach
