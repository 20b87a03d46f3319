// One function for each promise. Every reading of the file is a fresh look by SQLite's C API.
#include "e2e/kill_judge.hpp"

#include "e2e/database.hpp"
#include "e2e/marked.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <openssl/sha.h>

namespace milkrun::e2e {
namespace {

using Json = nlohmann::json;

struct Case {
  const Evidence& evidence;
  const std::vector<std::string>& portal_sites;
  DatabaseFile db;
  std::vector<std::string> complaints;

  template <class... Args> void say(fmt::format_string<Args...> what, Args&&... args) {
    complaints.push_back(fmt::format(what, std::forward<Args>(args)...));
  }
  // Every row that the question finds is a broken promise.
  void none(const std::string& promise, const std::string& sql) {
    for (const Row& row : db.query(sql)) {
      std::string words = promise + ":";
      for (const auto& [name, value] : row) words += fmt::format(" {}={}", name, value);
      complaints.push_back(std::move(words));
    }
  }
  std::string tenant_slug(const std::string& site) const {
    const auto found = std::ranges::find(portal_sites, site);
    return found == portal_sites.end() ? site : fmt::format("p1.{}", found - portal_sites.begin() + 1);
  }
  bool of_portal(const std::string& site) const { return tenant_slug(site) != site; }
};

bool poison(const std::string& reason) {
  return reason.starts_with("poison") || reason == "run.crashed_twice" || reason == "lookup.crashed_often";
}

std::vector<std::string> sites_served(const Case& c) {
  std::vector<std::string> sites = c.portal_sites;
  sites.emplace_back("chai");
  return sites;
}

// The posts, wherever they are, that were made of this item.
std::vector<std::pair<std::string, Json>> posts_of(const Case& c, const std::string& link) {
  std::vector<std::pair<std::string, Json>> out;
  for (const auto& [site, posts] : c.evidence.effects["posts"].items())
    for (const Json& post : posts)
      if (post["content"].get<std::string>().find(link) != std::string::npos) out.emplace_back(site, post);
  return out;
}

// May an item of this tenant be missing? Only when what should have read it was poison, and says so.
bool reading_was_poison(const Case& c, const std::string& site) {
  return c.db.number(fmt::format(
             "SELECT count(*) FROM ledger l LEFT JOIN tenants t ON t.id = l.tenant_id WHERE "
             "l.state = 'discarded' AND l.reason = 'run.crashed_twice' AND ((l.stage = 'poll-feed' AND t.slug = "
             "'{}') OR (l.stage = 'sync-portal' AND {}))",
             c.tenant_slug(site), c.of_portal(site) ? 1 : 0)) > 0;
}

void judge_published(Case& c, const std::string& site, const std::string& link, const Row& row) {
  const auto posts = posts_of(c, link);
  if (posts.size() != 1) return c.say("{} is published in the database and {} posts on the sites", link, posts.size());
  const auto& [where, post] = posts[0];
  if (where != site) c.say("{} of {} is a post of {}", link, site, where);
  if (std::to_string(post["id"].get<long>()) != row.at("post_id"))
    c.say("{} is post {}, the database says {}", link, post["id"].dump(), row.at("post_id"));
  if (post["slug"] != row.at("slug")) c.say("{} has the slug {}, not {}", link, post["slug"].dump(), row.at("slug"));
}

void judge_item(Case& c, const std::string& site, const std::string& link) {
  const auto rows = c.db.query(fmt::format("SELECT i.state AS item, a.state, a.reason, a.post_id, a.slug, l.state AS "
                                           "ledger, l.reason AS why FROM feed_items i JOIN "
                                           "tenants t ON t.id = i.tenant_id LEFT JOIN articles a ON a.item_id = i.id "
                                           "LEFT JOIN ledger l ON l.stage = 'publish-post' "
                                           "AND l.key = 'article:' || a.id WHERE t.slug = '{}' AND i.url = '{}'",
                                           c.tenant_slug(site), link));
  if (rows.size() > 1) return c.say("{} has {} rows", link, rows.size());
  if (rows.empty()) {
    if (!reading_was_poison(c, site)) c.say("{} was lost: it was never read", link);
    if (!posts_of(c, link).empty()) c.say("{} is a post without a row", link);
    return;
  }
  const Row& row = rows[0];
  if (row.at("state") == "published") return judge_published(c, site, link, row);
  const bool held = row.at("ledger") == "held" && poison(row.at("why"));
  const bool told = row.at("state") == "given_up" && poison(row.at("reason"));
  if (!held && !told)
    c.say("{} is {}, {} ({}), in the ledger {} ({})", link, row.at("item"), row.at("state"), row.at("reason"),
          row.at("ledger"), row.at("why"));
  if (posts_of(c, link).size() > (held ? 1U : 0U)) c.say("{} was given up, and there is a post of it", link);
}

void judge_posts(Case& c) {
  std::size_t posts = 0;
  for (const Json& site : c.evidence.effects["posts"]) posts += site.size();
  const auto rows = c.db.number("SELECT count(*) FROM articles WHERE state = 'published'");
  const auto held = c.db.number("SELECT count(*) FROM ledger WHERE state = 'held'");
  const auto count = static_cast<std::int64_t>(posts);
  if (count < rows || count > rows + held)
    c.say("{} posts on the sites, {} published rows, {} held", count, rows, held);
}

void judge_callbacks(Case& c) {
  c.none("an article that ended has not one callback", "SELECT a.id, a.state, (SELECT count(*) FROM callbacks b WHERE "
                                                       "b.article_id = a.id) AS callbacks FROM articles a JOIN "
                                                       "tenants t ON t.id = a.tenant_id WHERE a.state IN ('published', "
                                                       "'given_up') AND callbacks <> (t.portal_id IS NOT NULL)");
  c.none("a callback tells another story than its article",
         "SELECT b.execution_id, b.status, a.state FROM callbacks b JOIN articles a ON a.id = b.article_id WHERE "
         "b.status <> CASE "
         "a.state WHEN 'published' THEN 'success' WHEN 'given_up' THEN 'failed' ELSE '' END");
  c.none("a callback was given up", "SELECT execution_id, dropped FROM callbacks WHERE dropped <> '' AND dropped NOT "
                                    "IN ('run.crashed_twice', 'lookup.crashed_often')");
  std::map<std::string, int> taken, counted; // by execution id, by the portal's tenant
  if (c.evidence.effects["callbacks"].contains("p1"))
    for (const Json& one : c.evidence.effects["callbacks"]["p1"]) {
      const std::string id = one["execution_id"];
      ++taken[id];
      if (one["counted"] == true) ++counted[one["tenant_id"].dump()];
      const auto rows =
          c.db.query(fmt::format("SELECT b.status, t.portal_ref FROM callbacks b JOIN tenants t ON t.id = "
                                 "b.tenant_id WHERE execution_id = '{}'",
                                 id));
      if (rows.size() != 1 || Json(rows[0].at("status")) != one["status"] ||
          rows[0].at("portal_ref") != one["tenant_id"].dump())
        c.say("the portal was told {}, which is not what the database holds", one.dump());
    }
  for (const auto& [id, times] : taken)
    if (times != 1) c.say("callback {} was taken in {} times", id, times);
  for (const Row& row : c.db.query("SELECT execution_id FROM callbacks WHERE dropped = ''"))
    if (!taken.contains(row.at("execution_id"))) c.say("callback {} never reached the portal", row.at("execution_id"));
  if (c.portal_sites.empty()) return;
  for (const Json& tenant : c.evidence.state["portals"]["p1"]["tenants"])
    if (const int used = tenant.value("posts_used_month", 0); used != counted[tenant["tenant_id"].dump()])
      c.say("the portal counts {} posts of tenant {}", used, tenant["tenant_id"].dump());
}

// Requests need as many marks: a request that is made twice is looked up in between, and armed again.
void judge_marks(Case& c) {
  std::map<std::string, std::int64_t> creates; // by site
  for (const Json& entry : c.evidence.journal)
    if (const std::string route = entry["route"]; route.starts_with("site:") && route.ends_with(":create"))
      ++creates[entry["who"]];
  for (const auto& [site, requests] : creates) {
    const auto marks = c.db.number(fmt::format(
        "SELECT count(*) FROM (SELECT tenant_id FROM attempts WHERE stage = 'publish-post' AND armed_at IS NOT NULL "
        "UNION ALL SELECT tenant_id FROM ledger WHERE stage = 'publish-post' AND state = 'running' AND kind = 'work' "
        "AND armed_at IS NOT NULL) x JOIN tenants t ON t.id = x.tenant_id WHERE t.slug = '{}'",
        c.tenant_slug(site)));
    if (requests > marks) c.say("{} requests to create a post at {}, {} marks of them", requests, site, marks);
  }
}

void judge_credentials(Case& c) {
  const std::map<std::string, std::string> owned = {{"portal:p1:tenants", secret("token")},
                                                    {"portal:p1:callback", secret("api-key")},
                                                    {"ai:openai", "Bearer " + secret("ai-key")}};
  for (const Json& entry : c.evidence.journal) {
    const std::string route = entry["route"], seen = entry["credential"];
    const auto found = owned.find(route);
    const std::string own = found != owned.end()         ? found->second
                            : route.starts_with("site:") ? basic(entry["who"].get<std::string>())
                                                         : "";
    if (!seen.empty() && seen != own) c.say("{} was shown the credential of another", route);
  }
}

void judge_books(Case& c) {
  c.none("posts used are not posts published", "SELECT t.slug, coalesce((SELECT sum(u.used) FROM usage u WHERE "
                                               "u.tenant_id = t.id AND u.meter = 'posts'), 0) AS used, "
                                               "(SELECT count(*) FROM articles a WHERE a.tenant_id = t.id AND a.state "
                                               "= 'published') AS published FROM tenants t WHERE "
                                               "used <> published");
  c.none(
      "something is still reserved",
      "SELECT u.tenant_id, u.meter, u.reserved FROM usage u WHERE u.reserved <> (SELECT count(*) FROM ledger l WHERE "
      "l.state = 'held' AND l.tenant_id = u.tenant_id AND instr(l.quota, u.meter || '|' || u.period || '|1') > 0)");
}

void judge_ends(Case& c) {
  c.none("an item is open",
         "SELECT stage, key, state, reason FROM ledger WHERE state IN ('due', 'running', 'uncertain')");
  c.none("an item ended without being poison",
         "SELECT stage, key, state, reason FROM ledger WHERE state IN "
         "('discarded', 'held', 'cancelled') AND reason NOT IN ('run.crashed_twice', 'lookup.crashed_often')");
  c.none("a turn has no attempt, or one too many",
         "SELECT l.stage, l.key, l.turn FROM ledger l WHERE l.turn <> (SELECT count(*) FROM attempts a WHERE a.stage = "
         "l.stage AND a.key = l.key)");
  c.none("a run is open", "SELECT id, number FROM runs WHERE ended_at IS NULL");
  c.none("the file is broken", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
  c.none("a row points nowhere", "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check");
}

} // namespace

std::vector<std::string> judge(const Evidence& evidence, const std::vector<std::string>& portal_sites) {
  Case c{.evidence = evidence, .portal_sites = portal_sites, .db = DatabaseFile(evidence.database), .complaints = {}};
  for (const std::string& site : sites_served(c))
    for (const Json& item : evidence.state["feeds"][site]["items"]) judge_item(c, site, item["link"]);
  judge_posts(c);
  judge_callbacks(c);
  judge_marks(c);
  judge_credentials(c);
  judge_books(c);
  judge_ends(c);
  return std::move(c.complaints);
}

std::vector<std::string> judge_death(const Evidence& evidence, const std::vector<std::string>& portal_sites) {
  Case c{.evidence = evidence, .portal_sites = portal_sites, .db = DatabaseFile(evidence.database), .complaints = {}};
  judge_marks(c);
  judge_credentials(c);
  return std::move(c.complaints);
}

} // namespace milkrun::e2e
