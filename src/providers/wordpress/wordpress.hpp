// A tenant's WordPress over its REST API (developer.wordpress.org/rest-api), signed in by an application password.
#pragma once

#include "base/error.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::wordpress {

struct Post {
  std::string title = {}, content = {}, excerpt = {}, slug = {}; // content and excerpt: clean HTML
  std::string status = {}; // "publish" | "draft" | "pending"; anything else is sent as draft
  std::vector<std::string> tags = {}, categories = {}; // by name
  std::int64_t picture = 0;                            // id of an uploaded one; 0 = none
};

struct Created {
  std::int64_t id = 0;
  std::string link = {}, status = {}, slug = {}; // as the site gave them; link "" when it is not an http(s) URL
  bool noise = false;                            // a plugin printed words around the answer
  bool beside = false;                           // its slug was taken: by a post that the look before did not show
  std::vector<std::int64_t> lost = {};           // terms that were sent and are not on the post: they are gone
};

enum class Presence { found, absent, unknown };

struct Lookup {
  Presence presence = Presence::unknown;
  Created post = {};       // when found
  Reason why = {};         // when unknown
  std::string detail = {}; // ... and what the site said; cleaned
  bool hidden = false;     // when unknown: there is one, and this account is not shown it
  bool blind = false;      // when unknown: this account is shown published posts only, and it is none of them
};

// What one sign-in showed: where the REST API is and what the account may do. May be remembered while calls go well.
struct Site {
  std::string api = {}; // REST root, ready for a route: ".../wp-json/" or ".../?rest_route=/"
  std::int64_t user_id = 0;
  std::vector<std::string> roles = {};
  bool may_publish = false, may_create = false, may_manage_categories = false, unfiltered_html = false;
  bool may_upload = false;
  bool refuses_terms = false; // it said so of a post: the role may assign none
};

// Ids by name; the names as term_key() writes them.
struct TermIds {
  std::map<std::string, std::int64_t, std::less<>> tags = {}, categories = {};
};
// The name as it is compared: blanks collapsed, ASCII case aside.
std::string term_key(std::string_view name);

// Ids of tags and categories, and what was not known before. Skipped are the names the account may not create or the
// site cannot hold.
struct Terms {
  std::vector<std::int64_t> tags = {}, categories = {};
  std::vector<std::string> skipped_tags = {}, skipped_categories = {};
  TermIds learnt = {};
};

struct Picture {
  std::string bytes = {}, type = {}, extension = {}; // "image/png", "png"
  std::string slug = {};                             // what it is known by
  std::string description = {};                      // for those who do not see it
};

// Faults of every call, by what the site answered (errors.cpp):
//   setting       wrong user or password, application passwords unavailable, the role may not do it, a redirect (where
//                 to is in the detail), no REST API at the address
//   permanent     a refused field, one too long for the database, too large: this very post
//   rate_limited  429; the host is parked
//   outage        5xx on reads, maintenance (the host is parked), a firewall's or a parking page, a database that is
//                 full or broken, what is not known (a REST error 400 that nobody knows waits alone)
//   uncertain     only create(): the post may be stored, also when a firewall's page is the answer
class Client {
public:
  using Terms = wordpress::Terms;

  // `credential`: service "wordpress", account = user name, secret = application password (blanks do not matter).
  Client(http::Client& http, const Credential& credential, Millis timeout);

  // Who am I and where is the API: /wp-json/, else the Link header of the home page, else ?rest_route=. Reads only.
  Expected<Site> connect();
  // Ids by name: as known, else search, else create where the role may. At most 20 names a list; the rest is skipped.
  // Trouble that may pass is an error; where it is not waited for any more, what stands behind it is skipped as well.
  // Repeatable.
  Expected<Terms> terms(const Site& site, const std::vector<std::string>& tags,
                        const std::vector<std::string>& categories, const TermIds& known = {}, bool waits = true);
  // The one `once` call. Only 201 with an integer id is success. Refused before sending when the role may not.
  Expected<Created> create(const Site& site, const Post& post, const Terms& terms);
  // Looks for the slug in every status, trash included. Only a list the account itself was shown can say absent;
  // a hidden post or one that was not asked for is unknown; a page, a stranger's answer or a refusal is an error, and
  // may be asked again.
  // What is hidden from the account because it is another's is looked for among the published posts, which all see.
  Expected<Lookup> find(const Site& site, const std::string& slug);
  // Puts a post that was made beside another one of that slug into the trash, where it can be got back from. False: it
  // is not what was made, or the site does not let this account. Repeatable.
  Expected<bool> take_back(const Site& site, std::int64_t id, const std::string& slug);
  // The other `once` call: puts a picture into the site's media. Its faults are those of create(); permanent also what
  // this account, this site or this very picture does not allow: the post does without it.
  Expected<Created> upload(const Site& site, const Picture& picture);
  // Looks for a picture by its slug; as find().
  Expected<Lookup> find_picture(const Site& site, const std::string& slug);

private:
  // One signed request. Answers of any status; errors of the transport only.
  Expected<http::Response> call(std::string_view method, const std::string& url, std::string body, http::Effect effect,
                                std::vector<http::Header> headers = {});
  Expected<Lookup> find_public(const Site& site, const std::string& slug, Lookup otherwise);
  Expected<std::string> api_from_home();                         // "" when the home page does not say
  Expected<Site> sign_in(const std::string& api, bool& page);    // site.api "" when no REST API answers there
  std::optional<nlohmann::json> root_of(const std::string& api); // the API answers: its root
  bool passwords_unavailable(const std::string& api);            // the site says it takes no application passwords
  // Ids of one collection's names; the names that are not to be had go to `skipped`.
  Expected<std::vector<std::int64_t>> ids(const std::string& collection, const std::vector<std::string>& names,
                                          bool may_create, bool waits,
                                          const std::map<std::string, std::int64_t, std::less<>>& known,
                                          std::map<std::string, std::int64_t, std::less<>>& learnt,
                                          std::vector<std::string>& skipped);
  Expected<std::int64_t> term(const std::string& collection, const std::string& name, bool may_create); // 0 = skip
  Expected<std::int64_t> add_term(const std::string& collection, const std::string& name);
  // Takes our own secret out of what a hostile site echoes.
  Error clean(Error error) const;
  std::string cleaned(std::string echoed) const;

  http::Client& http_;
  std::string base_, host_, tenant_;
  Secret password_, authorization_;
  bool usable_ = false;
  Millis timeout_;
};

} // namespace milkrun::wordpress
