// A park: something (a credential, a host, a portal, ...) that must not be called before a time.
#pragma once

#include "base/clock.hpp"
#include "base/reason.hpp"

#include <string>

namespace milkrun {

// The fixed list of things that can be parked; the database knows them by these words.
enum class ParkScope { tenant, credential, app, page, account, sender, host, portal, template_ };

struct Park {
  ParkScope scope = ParkScope::credential;
  std::string id; // which one: a credential id, "host:port", a portal id; empty = the call's own
                  // (credential: the credential used; host: the host called)
  Millis rest{0}; // how long from now; of an outage, 0: whose it is, the account's (credential) or one page's (page)
  Reason reason;
};

} // namespace milkrun
