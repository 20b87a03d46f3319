// The portal whose tenants publish: which tenants there are, and the report of what became of each post.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::portal {

// One row of the list. Texts are "" where the portal has none; addresses are absolute http(s) URLs or "".
struct Tenant {
  std::string tenant_id = {}; // at most 64 of A-Z a-z 0-9 . _ -
  std::string site_url = {}, wp_username = {};
  Secret wp_app_password = {}; // as typed, usually with blanks
  std::string rss_url = {}, language = {}, tone = {}, publish_mode = {}, frequency = {}, plan = {};
  bool is_active = true, skip = false;
  std::string skip_reason = {};
  std::int64_t remaining = 0, posts_limit = 0, posts_used = 0; // posts this calendar month (UTC), never negative
  std::string period_start = {};                               // "YYYY-MM-DD" or ""
};

// Why a row of the list is not among the tenants. One bad tenant never spoils the others.
struct Problem {
  std::string tenant_id = {}; // "" when that is what is wrong
  std::string field = {};
  Reason what = {};
};

struct TenantList {
  std::vector<Tenant> tenants = {};
  std::vector<Problem> problems = {};
  bool noise = false; // a plugin printed words around the list
};

// What became of one post; times are UTC "YYYY-MM-DDTHH:MM:SSZ".
struct Callback {
  std::string tenant_id = {}, status = {}; // "success" (counts as one post) | "failed"
  std::string execution_id = {};           // the portal takes each only once, over all its tenants
  std::string started_at = {}, finished_at = {}, error_message = {};
  std::int64_t posts_created = 0, attempts = 1, last_http_status = 0, retry_backoff_ms = 0, wp_post_id = 0; // 0 = none
  std::string rss_item_url = {};
};

struct Receipt {
  bool repeated = false; // the portal had this execution_id already; nothing was counted again
};

// Faults of both calls:
//   setting       token or key refused, or https demanded (the portal is parked 15 minutes); a redirect, no API
//   rate_limited  429, its answer to wrong secrets: blocked for 15 minutes; parked as long
//   outage        5xx (parked as long as a 503 asks), a firewall, the plugin is off, what is not known
//   permanent     only of a callback: unknown tenant, or malformed
class Client {
public:
  // `credential`: service "portal" for tenants() (make token), "portal-callback" for report() (api key).
  Client(http::Client& http, const Credential& credential, Millis timeout);

  // GET ltl-saas/v1/make/tenants: all tenants in one answer of at most 16 MiB and 50,000 rows.
  Expected<TenantList> tenants();
  // POST ltl-saas/v1/run-callback. Repeatable: the execution_id makes the second time harmless.
  Expected<Receipt> report(const Callback& callback);

private:
  http::Client& http_;
  std::string base_, host_, tenant_;
  Secret secret_;
  Millis timeout_;
};

// "pf:<tenant>:<hash>:<outcome>", outcome "ok" or "fail:<n>": lower case, only [a-z0-9._:-], at most 200 bytes.
// A part with other characters is replaced by a cleaned form and a digest, so that two parts never become one.
std::string execution_id(std::string_view tenant_ref, std::string_view item_hash, std::string_view outcome);

} // namespace milkrun::portal
