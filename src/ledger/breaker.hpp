// The breaker of each destination (a service on a host): after five failures in a row it rests, for 1, 2, 5, 15, 30 and
// then 60 minutes; after each rest one item tries it, the others wait. They use up no try for it.
//
// A destination rests for the tenant who met the trouble, and for all once a second tenant met it too: no tenant can
// rest what others use, and none alone lengthens what all wait for. Calls that may have happened cost more: where eight
// of them in a row were lost, whosever they were (five at most of one tenant), it rests for all at once. A good answer
// to anybody ends the rest of all, and says that whoever still fails there does so on his own: he rests alone until he
// is well. After a rest of all the one who failed last, and those whom it fails too, let the others try it first.
#pragma once

#include "ledger/decide.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace milkrun::ledger {

struct Destination {
  std::string service, host;
  std::string tenant; // id; "" = all tenants
  int failures = 0;   // in a row
  int step = 0;       // rests in a row
  Time until{};       // it rests so long; 0: it does not
  Time probe_until{}; // somebody tries it
  Time since{};       // the first of these failures
  Reason reason;      // what was seen last
  std::string detail;
  std::optional<Time> told_at;
  // Of all: the tenant whose failure lengthened the rest, or was counted, last. Of one that rests for a tenant: another
  // one who was well there meanwhile, or "": it widens nothing then.
  std::string seen_by;
};

Destination destination_of(const db::Row& row);
// What items that wait for a destination have as their `waits_for`.
std::string waits_for(std::string_view service, std::string_view host);
// The account of a credential at its host, a destination of its own: a gateway's session that is down rests alone.
std::string account_at(const Credential& credential);
// The error is the account's behind the credential, not its host's: an outage whose park names a credential.
bool is_of_account(const Error& error);
// Of what was asked for alone (a page, a text): the host answered, and is well. An outage whose park names a page, for
// no time. The item waits by itself, uncounted.
bool is_of_page(const Error& error);

// Our own stop, or death, kept the answer away: it says nothing of where the call went.
bool is_ours(const Error& error);

// In memory, written through; call refresh() when another process may have written.
class Breakers {
public:
  void refresh(db::Transaction& tx);

  struct Rest { // not now
    Time until;
    Reason reason;
  };
  struct Answer {
    std::optional<Rest> rest;
    bool probe = false; // the item is the one that tries it
  };
  Answer ask(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
             Time now) const;
  // The item that ask() called a probe is admitted.
  void probe(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
             Time now);

  struct Failed {
    int failures = 0;
    std::optional<Time> until; // it rests
    bool began = false;        // with this failure
  };
  // `asked`: a Retry-After, believed up to an hour.
  Failed fail(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
              const Error& seen, Time now);
  // An answer asks for so long a rest of its host; believed up to an hour.
  struct Asked {
    Millis rest{0};
    Reason reason;
    std::string detail;
  };
  void rest(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
            const Asked& asked, Time now);
  // An answer that makes sense came. The rests that end with it (none, mostly); those of other tenants keep nobody else
  // away any more.
  std::vector<Destination> recover(db::Transaction& tx, const std::string& service, const std::string& host,
                                   const TenantId& tenant);

  // An operator wants it tried: the next item is a probe. Not while one is under way. False: it does not rest.
  bool lift(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant, Time now);

  // Those that rest or are in trouble.
  std::vector<Destination> all() const;
  static void told(db::Transaction& tx, const Destination& d, Time now);
  static void forget(db::Transaction& tx, Time now);

private:
  using Id = std::tuple<std::string, std::string, std::string>; // service, host, tenant
  const Destination* find(const std::string& service, const std::string& host, const std::string& tenant) const;
  const Destination* rest_of_all(const std::string& service, const std::string& host) const;
  Destination own(const std::string& service, const std::string& host, const TenantId& tenant, Time now) const;
  bool lets_others_first(db::Transaction& tx, const Destination& all, const Destination* own, const TenantId& tenant,
                         Time now) const;
  bool another_rests(const Destination& own, Time now) const;
  void widen(db::Transaction& tx, const Destination& own, Time now);
  void count_lost(db::Transaction& tx, const Destination& own, Time now);
  void put(db::Transaction& tx, const Destination& d);
  std::map<Id, Destination> rows_;
};

} // namespace milkrun::ledger
