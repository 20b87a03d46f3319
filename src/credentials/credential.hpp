// What a provider client gets: one opened credential, for one tenant, usable for one host.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"

#include <map>
#include <string>

namespace milkrun {

enum class Owner { tenant, platform, portal };

struct Credential {
  CredentialId id;
  std::string service; // "wordpress", "ai", "portal", "portal-callback", "facebook", "instagram", "whatsapp", "email"
  Owner owner = Owner::tenant;
  TenantId granted_to;  // the item's tenant; asserted before every use
  std::string tenant;   // that tenant's slug: http::Caller::tenant
  std::string base_url; // where the service lives; its host is part of the seal
  std::string host;     // server_of(base_url): the only host this may be sent to
  std::string app = {}; // settings' "app_id": what shares one rate limit; "" = none
  std::string account;  // user name, phone number id, ...; "" where the service has none
  Secret secret;        // "" where the service needs none (a local AI server)
  std::string settings; // JSON object, not secret: model, adapter, ...
  Time updated_at = {}; // tells a secret that was changed meanwhile
  // Keys the MACs of what leaves with this tenant's mails and must be known again when it comes back: bounce addresses,
  // links to unsubscribe. Another tenant has another one, another secret the same.
  Secret marks = {};
};

using Credentials = std::map<std::string, Credential, std::less<>>; // by service

// A credential on its way in: from an import, or from a portal's list.
struct NewCredential {
  std::string scope;     // "tenant", "portal", "platform", "campaign", "task"
  TenantId tenant;       // operator_tenant for portal and platform
  std::string owner_key; // id of the owner; "platform"
  std::string service, base_url, account, settings = "{}";
  Secret secret;
  bool keep_secret = false; // not given: the stored one stays, which must be for the same host
};

} // namespace milkrun
