// What is learnt of a contact's address, from an answer or from what comes back later: written down in one way.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "db/db.hpp"

#include <string>
#include <string_view>

namespace milkrun::outreach {

// Who said that an address gets no more: suppressions.source, in the schema's words.
enum class Source { provider, unsubscribed, complained, address_dead, address_full };
std::string_view word(Source source);

// Nothing goes to the address any more, or no marketing (`scope` of suppressions). True when that is new.
bool suppress(db::Transaction& tx, const TenantId& tenant, std::string_view channel, const std::string& address,
              std::string_view scope, Source source, Time now);

// Her mailbox took nothing because it is full: three times over a week, and nobody reads it. `contact`: a row with
// contact_id, email, mail_full_since and mail_full_times.
void mailbox_is_full(db::Transaction& tx, const TenantId& tenant, const db::Row& contact, Time now);

} // namespace milkrun::outreach
