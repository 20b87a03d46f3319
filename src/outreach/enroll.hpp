// Bringing a contact into a drip, and out of it.
#pragma once

#include "base/id.hpp"
#include "base/reason.hpp"
#include "db/db.hpp"

#include <string>
#include <string_view>

namespace milkrun::outreach {

// Whether a contact is of those who get nothing, so that the others can be compared with them. By a hash: the same
// contact always is, or never, and nothing has to be remembered.
bool held_out(std::string_view campaign, std::string_view contact, std::int64_t percent);

enum class Enrolled {
  active,
  holdout,   // recorded, gets nothing
  already,   // walks through it now, or did and began before that walk was over
  not_again, // was through it before, and the campaign takes nobody twice, or not yet
};

// Ids of campaign and contact, both of the tenant. Idempotent. The campaign may be of any status: nothing is sent
// before it runs.
Enrolled enroll(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact,
                Time started_at, Time now);

// What enroll() would answer; changes nothing.
Enrolled would_enroll(db::Transaction& tx, const TenantId& tenant, const std::string& campaign,
                      const std::string& contact, Time started_at, Time now);

// Ends the walk, also one whose last message still waits in the outbox; false when there is none. What was not sent yet
// is called off when its turn comes.
bool leave(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact,
           const Reason& reason, Time now);
// Whether leave() would find a walk.
bool is_inside(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact);

} // namespace milkrun::outreach
