// Strong ids: in a multi-tenant program mixing two ids is the bug that matters.
#pragma once

#include <compare>
#include <string>

namespace milkrun {

template <class Tag> struct Id {
  std::string value; // 32 lower-case hex digits made by new_id(), or a reserved word such as "operator"
  auto operator<=>(const Id&) const = default;
};

using TenantId = Id<struct TenantTag>;
using CampaignId = Id<struct CampaignTag>;
using TaskId = Id<struct TaskTag>;
using PortalId = Id<struct PortalTag>;
using CredentialId = Id<struct CredentialTag>;
using RunId = Id<struct RunTag>;
using AttemptId = Id<struct AttemptTag>;

// 32 lower-case hex digits: 48 bits of milliseconds since 1970, so that rows made together lie together in the
// database's indexes, and 80 random bits. No secret.
std::string new_id();

// The reserved tenant that owns platform and portal work.
inline const TenantId operator_tenant{"operator"};

} // namespace milkrun
