// What was composed and has not left is composed anew: its message is called off, and all that it tells waits again.
#pragma once

#include "job/stage.hpp"

#include <string>

namespace milkrun::send_reminders {

// Of what was composed but may have arrived nothing waits again; it is marked, so that an operator who has it sent
// again gets it composed anew.
void call_off(db::Transaction& tx, const Enqueue& enqueue, const TenantId& tenant, const std::string& message);

// All messages to the contact in that currency that wait for something other than an answer.
void call_off_waiting(db::Transaction& tx, const Enqueue& enqueue, const TenantId& tenant, const std::string& contact,
                      const std::string& currency);

} // namespace milkrun::send_reminders
