// publish-post: the article becomes a post on its tenant's own WordPress, exactly once.
//
// The slug was stored before the first try; after a lost answer the site is asked for that very slug.
#include "base/zone.hpp"
#include "content/content.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "providers/wordpress/wordpress.hpp"
#include "sql/publish_feeds_publish_post.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_publish_post;

struct Posted {
  wordpress::Created post;
};

std::vector<std::string> names(const std::string& json) {
  std::vector<std::string> out;
  const nlohmann::json list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_array())
    for (const auto& n : list)
      if (n.is_string()) out.push_back(n.get<std::string>());
  return out;
}

// What the model may have been talked into is a person's to publish.
bool is_risky(const Item& item) { return item.row.text("risks") != "[]"; }

Verdict is_written(const Item& item, Time) {
  if (item.row.text("article_state") != "written") return Cancel{"article.not_waiting"};
  return Go{};
}

constexpr Rule rules[] = {{"article", is_written}, {"patience", in_patience}, {"tenant", tenant_gate}};

Plan plan(const Item& item, Time now) {
  return {.services = {"wordpress"},
          .quota = {{.meter = "posts",
                     .period = zone::utc_month(now),
                     .amount = 1,
                     .limit = post_limit(item.row, now),
                     .again = zone::next_utc_month(now),
                     .reason = quota_reason(now),
                     .waits_for = "posts"}}};
}

wordpress::Client site_of(const Credentials& credentials, const Outside& outside) {
  return {outside.http, credentials.at("wordpress"), outside.settings.timeout("wordpress", Millis(60'000))};
}

Expected<wordpress::Created> create(const Item& item, const Credentials& credentials, const Outside& outside) {
  wordpress::Client client = site_of(credentials, outside);
  const wordpress::Site site = TRY(client.connect());
  // Title and excerpt are plain text here, and HTML to WordPress.
  const wordpress::Post post{.title = content::escape_html(item.row.text("title")),
                             .content = item.row.text("html"),
                             .excerpt = content::escape_html(item.row.text_or_empty("excerpt")),
                             .slug = item.row.text("slug"),
                             .status = is_risky(item) ? "draft" : item.row.text("publish_mode"),
                             .tags = names(item.row.text("tags")),
                             .categories = names(item.row.text("categories"))};
  const wordpress::Terms terms = TRY(client.terms(site, post.tags, post.categories));
  return client.create(site, post, terms);
}

Result posted(wordpress::Created post) {
  std::string link = post.link;
  return {Done{std::move(link)}, Posted{std::move(post)}};
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  Expected<wordpress::Created> created = create(item, credentials, outside);
  if (!created) return {std::unexpected(std::move(created).error())};
  return posted(std::move(*created));
}

Expected<Reconciled> reconcile(const Item& item, const Credentials& credentials, const Outside& outside) {
  wordpress::Client client = site_of(credentials, outside);
  const wordpress::Site site = TRY(client.connect());
  wordpress::Lookup found = TRY(client.find(site, item.row.text("slug")));
  switch (found.presence) {
  case wordpress::Presence::found:
    return Reconciled{.presence = Presence::found, .result = posted(std::move(found.post))};
  case wordpress::Presence::absent: return Reconciled{.presence = Presence::absent};
  case wordpress::Presence::unknown: break;
  }
  return Reconciled{.presence = Presence::unknown, .why = found.why};
}

void settle(Settling& s, const Item& item, const Result& result) {
  const std::string& article = item.row.text("article_id");
  const db::Param tenant("tenant", item.tenant.value), id("article", article);
  const bool tried = !result.looked_up && (!result.outcome || done_of(result.outcome) != nullptr);
  if (tried && item.row.text("article_state") == "written")
    s.tx.execute(sql::tried,
                 {tenant,
                  id,
                  {"status", result.outcome ? 201 : result.outcome.error().http_status},
                  {"backoff", s.next == Next::due ? std::max<std::int64_t>(0, (s.next_at - s.now).count()) : 0}});
  const Posted* posted = payload_of<Posted>(result);
  if (s.next == Next::done && posted != nullptr) {
    s.tx.execute(sql::published, {tenant,
                                  id,
                                  {"post", posted->post.id},
                                  {"link", posted->post.link},
                                  {"status", posted->post.status},
                                  {"period", s.period_of("posts")},
                                  {"now", s.now},
                                  {"http_status", 201}});
    report(s, item.tenant, article, "success", "");
    if (is_risky(item) && item.row.text("publish_mode") != "draft")
      s.count("kept as a draft",
              Reason("article.risky", {fmt::format("{}", fmt::join(names(item.row.text("risks")), ", "))}), 1);
  } else if (s.next == Next::discarded || s.next == Next::cancelled) {
    give_up(s, item.tenant, article, s.reason);
  } else if (s.next == Next::due && s.reason.is("operator.retried")) {
    revive(s, item.tenant, article);
  }
}

} // namespace

Stage publish_post() {
  return {.name = "publish-post",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .reconcile = reconcile,
          .did = "published",
          .retry = {.base = Millis(2'000), .cap = Millis(3'600'000), .max_attempts = 8}};
}

} // namespace milkrun::publish_feeds
