// What is remembered of a tenant's WordPress: where its REST API is, what the account may do, and the ids of its terms.
// Learnt with each post that was made, so that the next one costs a look and the post itself.
#pragma once

#include "job/stage.hpp"
#include "providers/wordpress/wordpress.hpp"

#include <optional>

namespace milkrun::publish_feeds {

struct Remembered {
  std::optional<wordpress::Site> site; // none: sign in
  wordpress::TermIds terms;
};
// From the columns site_* of the row; nothing when it was learnt with another credential than this.
Remembered remembered(const db::Row& row, const Credential& credential);

struct Learnt { // on its way from work() to settle()
  CredentialId credential{};
  Time version{};
  wordpress::Site site;
  wordpress::TermIds terms;       // new ones
  std::vector<std::int64_t> lost; // ids that the site does not know any more
};
void learn(Settling& s, const TenantId& tenant, const Learnt& learnt);
// The site said no: the next one signs in again.
void forget_signin(Settling& s, const Item& item);

// The REST API of a site and one look that needs a sign-in, with what is remembered where it still holds.
template <class Look> Expected<wordpress::Lookup> look_with(wordpress::Client& client, Remembered& memory, Look look) {
  if (memory.site) {
    Expected<wordpress::Lookup> found = look(*memory.site);
    // The API has moved, or the account has another role or password: a sign-in tells which.
    if (found || (found.error().fault != Fault::setting && !found.error().reason.is("wordpress.answer_not_understood")))
      return found;
  }
  memory.site = TRY(client.connect());
  return look(*memory.site);
}

} // namespace milkrun::publish_feeds
