// The stages of send-reminders before the outbox.
#pragma once

#include "job/stage.hpp"

namespace milkrun::send_reminders {

// plan-reminder (`reminder:ID:TURN`): one reminder of one invoice by one rule becomes a line of a message, or never
// will.
Stage plan_reminder();

// Gives every invoice that is new or has changed its reminders.
std::size_t discover_invoices(Discovery& d);

} // namespace milkrun::send_reminders
