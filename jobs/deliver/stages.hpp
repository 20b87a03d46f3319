// The stage that sends messages: of the job deliver, and the last stage of every job that causes messages.
#pragma once

#include "job/stage.hpp"

namespace milkrun::deliver {

// deliver (`message:ID`): one message of the outbox goes out through its tenant's own account, at most once.
Stage deliver();

} // namespace milkrun::deliver
