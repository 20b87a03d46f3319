// What each kind of message says to one reader: the same functions write what is sent and what is previewed.
#pragma once

#include "outreach/outbox.hpp"

#include <vector>

namespace milkrun::outreach {

// Text, subject and template of the message; message.cannot says why it cannot be written.

// A reminder. `reader`: contact_name, contact_language, tenant_name, tenant_language, tenant_timezone. `rule`: the one
// that speaks: text, subject, template_…. `invoices`: number, currency, exponent, amount_minor,
// paid_minor, due_on, payment_link; one at least, all of one currency.
void write_reminder(NewMessage& message, const db::Row& reader, const db::Row& rule,
                    const std::vector<const db::Row*>& invoices, Time now);
// What is still open of an invoice.
std::int64_t outstanding(const db::Row& invoice);

// A step of a drip: text, subject, template_…, campaign_name, campaign_slug, link, contact_name, contact_language,
// tenant_name, tenant_language.
void write_step(NewMessage& message, const db::Row& step);

// A claim that was verified: title, reward_spins, platform, message_text, template_…, campaign_name, campaign_slug,
// link, contact_name, contact_language, tenant_language.
void write_verified(NewMessage& message, const db::Row& claim);

} // namespace milkrun::outreach
