// publish-post: the article becomes a post on its tenant's own WordPress, exactly once.
//
// The slug was stored before the first try; after a lost answer the site is asked for that very slug.
#include "base/text.hpp"
#include "base/words.hpp"
#include "base/zone.hpp"
#include "content/content.hpp"
#include "jobs/publish_feeds/hours.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/site.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/wordpress/wordpress.hpp"
#include "sql/publish_feeds_publish_post.hpp"

#include <algorithm>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_publish_post;

struct Posted {
  wordpress::Created post = {};
  Learnt learnt = {};                                                  // api "": nothing
  std::vector<std::string> skipped_tags = {}, skipped_categories = {}; // what the site did not take
  bool without_terms = false; // nothing was made: the role may use no terms, and the next try sends none
};

// What the model may have been talked into is a person's to publish.
bool is_risky(const db::Row& row) { return row.text("risks") != "[]"; }

Verdict is_written(const Item& item, Time) {
  if (item.row.text("article_state") != "written") return Cancel{"article.not_waiting"};
  return Go{};
}

constexpr Rule rules[] = {
    {"article", is_written}, {"patience", in_patience}, {"tenant", tenant_gate}, {"day", day_is_chosen}};

Plan plan(const Item& item, Time now) {
  return {.services = {"wordpress"},
          .quota = {{.meter = "posts",
                     .period = zone::utc_month(now),
                     .amount = 1,
                     .limit = post_limit(item.row, now),
                     .again = zone::next_utc_month(now),
                     .reason = quota_reason(now),
                     .waits_for = "posts"},
                    place_of_day(item.row, "posts a day", now)}};
}

wordpress::Client site_of(const Credentials& credentials, const Outside& outside) {
  return {outside.http, credentials.at("wordpress"), outside.settings.timeout("wordpress", Millis(60'000))};
}

// Title and excerpt are plain text here, and HTML to WordPress.
wordpress::Post post_of(const db::Row& row) {
  return {.title = content::escape_html(row.text("title")),
          .content = row.text("html"),
          .excerpt = content::escape_html(row.text_or_empty("excerpt")),
          .slug = row.text("slug"),
          .status = is_risky(row) ? "draft" : row.text("publish_mode"),
          .tags = words_in(row.text("tags")),
          .categories = words_in(row.text("categories")),
          .picture = row.maybe_integer("media_id").value_or(0)};
}

Result posted(Posted posted) {
  std::string link = posted.post.link;
  return {Done{std::move(link)}, std::move(posted)};
}

// A look first: after a restored backup, or a change of account, the post may be there already. Then there is one, and
// it is this one.
Expected<Posted> create(const Item& item, const Credential& credential, const Outside& outside,
                        wordpress::Client& client) {
  Remembered memory = remembered(item.row, credential);
  const wordpress::Post post = post_of(item.row);
  const bool knew = memory.site.has_value();
  wordpress::Lookup found =
      TRY(look_with(client, memory, [&](const wordpress::Site& site) { return client.find(site, post.slug); }));
  Posted out{.post = {}, .learnt = {credential.id, credential.updated_at, *memory.site, {}, {}}};
  if (found.presence == wordpress::Presence::found) {
    out.post = std::move(found.post);
    return out;
  }
  // One that is hidden would be made a second time.
  if (found.hidden) return fail(Fault::setting, found.why);
  if (found.presence == wordpress::Presence::unknown && !found.blind)
    return fail(Fault::outage, found.why, found.detail);
  // Its posts are well, as the look has shown.
  const bool waits = !waited_for_extras(item, outside);
  wordpress::Terms terms = TRY(client.terms(*memory.site, post.tags, post.categories, memory.terms, waits));
  // The account may have got more rights since it last signed in.
  if (knew && !terms.skipped_categories.empty() && !memory.site->may_manage_categories && !memory.site->refuses_terms) {
    memory.site = TRY(client.connect());
    if (memory.site->may_manage_categories)
      terms = TRY(client.terms(*memory.site, post.tags, post.categories, memory.terms, waits));
  }
  Expected<wordpress::Created> made = client.create(*memory.site, post, terms);
  out.learnt.site = *memory.site;
  const bool sent_terms = !terms.tags.empty() || !terms.categories.empty();
  if (!made && sent_terms && made.error().reason.is("wordpress.may_not_use_term")) {
    out.learnt.site.refuses_terms = out.without_terms = true;
    return out;
  }
  out.post = TRY(std::move(made));
  out.learnt.terms = std::move(terms.learnt);
  out.learnt.lost = out.post.lost;
  out.skipped_tags = std::move(terms.skipped_tags);
  out.skipped_categories = std::move(terms.skipped_categories);
  return out;
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  wordpress::Client client = site_of(credentials, outside);
  Expected<Posted> created = create(item, credentials.at("wordpress"), outside, client);
  if (!created) return {std::unexpected(std::move(created).error())};
  if (created->without_terms) return {Snooze{{}, "wordpress.may_not_use_term"}, std::move(*created)};
  return posted(std::move(*created));
}

Expected<Reconciled> reconcile(const Item& item, const Credentials& credentials, const Outside& outside) {
  wordpress::Client client = site_of(credentials, outside);
  Remembered memory = remembered(item.row, credentials.at("wordpress"));
  const std::string& slug = item.row.text("slug");
  wordpress::Lookup found =
      TRY(look_with(client, memory, [&](const wordpress::Site& site) { return client.find(site, slug); }));
  switch (found.presence) {
  case wordpress::Presence::found:
    return Reconciled{.presence = Presence::found, .result = posted({.post = std::move(found.post)})};
  case wordpress::Presence::absent: {
    // The site may have had another one of that slug, which it does not show, and have given ours a number.
    wordpress::Lookup beside = TRY(client.find(*memory.site, slug + "-2"));
    if (beside.presence != wordpress::Presence::found) return Reconciled{.presence = Presence::absent};
    beside.post.beside = true;
    return Reconciled{.presence = Presence::found, .result = posted({.post = std::move(beside.post)})};
  }
  case wordpress::Presence::unknown: break;
  }
  return Reconciled{.presence = Presence::unknown, .why = std::move(found.why), .detail = std::move(found.detail)};
}

// What the post does without.
void tell_left_out(Settling& s, const Posted& posted) {
  const std::size_t tags = posted.skipped_tags.size() + posted.post.lost.size();
  if (tags > 0) s.count("left out", "post.tags_left_out", static_cast<std::int64_t>(tags));
  for (const std::string& category : posted.skipped_categories)
    s.count("left out", Reason("post.category_left_out", {text::one_line(category, 100)}), 1);
}

void settle(Settling& s, const Item& item, const Result& result) {
  const std::string& article = item.row.text("article_id");
  const db::Param tenant("tenant", item.tenant.value), id("article", article);
  const bool tried = !result.looked_up && (!result.outcome || done_of(result.outcome) != nullptr);
  if (tried && item.row.text("article_state") == "written")
    s.tx.execute(sql::tried,
                 {tenant,
                  id,
                  {"now", s.now},
                  {"key", item.key.text()},
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
    if (!posted->learnt.site.api.empty()) learn(s, item.tenant, posted->learnt);
    tell_left_out(s, *posted);
    if (posted->post.noise) s.count("warning", "wordpress.noisy_answers", 1);
    if (item.row.text("publish_mode") != "draft")
      for (const std::string& risk : words_in(item.row.text("risks")))
        s.count("warning", Reason("article.risky").about(Reason::stored(risk)), 1);
    // Its look found none, and the site has one: after the one call that makes a post no other may follow here.
    if (posted->post.beside)
      s.enqueue("take-back", Key{"article", article}, item.tenant, s.now);
    else
      tell_end(s, item.tenant, article);
  } else if (s.next == Next::discarded || s.next == Next::cancelled) {
    give_up(s, item);
  } else if (s.next == Next::due && s.reason.is("operator.retried")) {
    revive(s, item);
  } else if (posted != nullptr && posted->without_terms) {
    learn(s, item.tenant, posted->learnt);
  } else {
    tell_setting(s, item, result);
  }
  if (!result.outcome && result.outcome.error().fault == Fault::setting) forget_signin(s, item);
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
