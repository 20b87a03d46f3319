// A tenant's Facebook Page or Instagram account over Meta's Graph API: what can honestly be seen there of the people
// who commented, follow or react (developers.facebook.com/docs/graph-api). Only reads.
#pragma once

#include "base/error.hpp"
#include "base/setting_doc.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milkrun::meta {

// Settings of a facebook or instagram credential (Credential::settings), a JSON object, all optional ("" = {}):
//   version  "v25.0" (default): of the Graph API
//   app_id   digits: the app whose calls share one limit
// permanent "meta.bad_settings", the detail names the key.
Expected<void> check_settings(std::string_view settings_json);
// Every key of the settings.
std::vector<SettingDoc> settings_reference();

// "v25.0": the version that the settings ask for; "" = bad settings.
std::string asked_version(std::string_view settings_json);

struct VersionEnd {
  std::string version, until; // "v21.0", the ISO date on which it ends
};
// As the API's changelog has it, oldest first. A version without an announced end is not in it.
const std::vector<VersionEnd>& version_ends();
// Whole days left of the configured version; negative: ended. A version between two of the table ends with the later
// one at the latest. nullopt: no known end, or bad settings.
std::optional<std::int64_t> days_left(std::string_view settings_json, Time now);

// What came of one question, which may have taken several requests.
template <class T> struct Answer {
  Expected<T> value;
  // What must rest, also with a good value: usage headers and, again, those of the error. One a scope and id.
  //   app (settings.app_id or the credential's id) · page, account (Credential::account) · credential ("")
  // At a host that is not Meta's it is the credential that rests: nobody parks another tenant's app.
  std::vector<Park> parks = {};
  int calls = 0; // requests made, failed ones included
  std::string served_version =
      {};                    // that answered, which is another one than asked for once that has ended; "" = not said
  std::string trace_id = {}; // of the last refusal: what the service's support asks for
};

// All texts are untrusted, valid UTF-8, and clipped (text 32 KiB, names 256 bytes).
struct Comment {
  std::string id = {};        // [A-Za-z0-9_]: "98765", or "POST_98765" for the same one
  std::string parent_id = {}; // "" = top level
  std::string text = {};
  std::string username = {};                    // Instagram handle or ""
  std::string author_id = {}, author_name = {}; // page-scoped id; "" where the platform does not say
  Time at{};                                    // whole seconds
  bool hidden = false;                          // by a filter or the owner: it was made all the same
};

// Comments made at or after `since`, each once. On Instagram replies below comments older than `since` are seen only
// as far as their page was read.
struct Comments {
  std::vector<Comment> items = {};
  // "" = complete back to `since`; else why "not there" proves nothing:
  //   "meta.empty_answer"          no comment at all, which a missing permission looks like too
  //   "meta.list_cut_off"   Instagram: a full page without a next one
  //   "meta.replies_cut_off" · "meta.comment_without_author" · "meta.unreadable_comment"
  //   "meta.too_many_pages" · "meta.paging_loops" · "meta.paging_without_cursor" · "meta.usage_full"
  //   or the reason of an error that came after the first page
  Reason inconclusive = {};
};

struct Followers {
  std::vector<std::string> ids = {}, names = {}; // same length; a name is "" where there is none
  Reason inconclusive = {};                      // as in Comments; also "meta.unreadable_follower"
};

struct Counters {
  std::optional<std::int64_t> followers = {}, reactions = {}, comments = {}, shares = {}; // nullopt = not said
};

// Errors of every call beside http's own, decided by code and subcode, never by words (errors.cpp):
//   outage        "meta.unknown_error" · "meta.out_of_order" · "meta.service_error" ·
//                 "meta.unusable_answer" · "meta.unknown_code"
//   rate_limited  "meta.app_limit" · user, page, account, messaging, whatsapp, endpoint likewise ·
//                 "meta.too_spiky": parked for as long as Meta's headers say, at least 15 or 60 minutes
//   setting       "meta.bad_settings" · "meta.no_token" · "meta.token_refused" and its kinds ·
//                 "meta.permission_missing" and its kinds · "meta.blocked_for_policy" (parked for a day)
//   permanent     "meta.bad_object_id" · "meta.not_visible" · "meta.request_refused" ·
//                 "meta.person_not_consented"
class Client {
public:
  using Followers = meta::Followers;
  using Counters = meta::Counters;

  // `credential`: service "facebook" or "instagram" (the shape of the answers), account = id of the Page or the IG
  // user, secret = access token, or "TOKEN\nAPP_SECRET": then every call carries appsecret_proof. `timeout` is for
  // each request.
  Client(http::Client& http, const Credential& credential, Millis timeout);

  // Newest first, by pages; ends at the first comment older than `since` if the order is kept, or after 200 pages.
  Answer<Comments> comments(const std::string& object_id, Time since);
  // Instagram: does this person (IGSID, of one who wrote to the account) follow it? nullopt = not said.
  Answer<std::optional<bool>> follows(const std::string& igsid);
  // GET /me/followers, which Meta has for no one today: permanent "meta.followers_unavailable".
  Answer<Followers> followers();
  // "" = the account itself (followers); else the object's reactions, comments and, on Facebook, shares.
  Answer<Counters> counters(const std::string& object_id);

private:
  http::Client& http_;
  Credential credential_;
  Millis timeout_;
};

} // namespace milkrun::meta
