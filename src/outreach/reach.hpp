// By which channels a person can be reached.
#pragma once

#include "db/db.hpp"
#include "outreach/outbox.hpp"

#include <string>
#include <vector>

namespace milkrun::outreach {

// The channels of the list (JSON) that reach her, in its order: she has an address there, has not opted out of it, has
// consented where that is needed, the service has not said that nobody is there, and the tenant has an account. When
// the tenant has an account for none of them, the account does not count: the message waits for one, and says so.
//
// For rows that have invoice_channels (JSON; her own wish for transactional messages, [] = none), phone, email,
// consent, email_consent, opted_out_whatsapp, opted_out_email, unreachable_until, has_whatsapp, has_email.
std::vector<std::string> channels_to(const db::Row& row, const std::string& channels, Class kind, Time now);

// She has an address on some of the channels, and has agreed to marketing on none of these. For the same rows.
bool lacks_consent(const db::Row& row, const std::string& channels);

} // namespace milkrun::outreach
