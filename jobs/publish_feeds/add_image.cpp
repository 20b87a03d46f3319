// add-image: the first picture of the item goes into its tenant's media, once; then the post follows, with it or
// without.
//
// A post never waits for a picture longer than for its site: what its server or the site does not give or take is left
// out, and told.
#include "base/text.hpp"
#include "jobs/publish_feeds/hours.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/site.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/feed/picture.hpp"
#include "sql/publish_feeds_add_image.hpp"

#include <algorithm>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_add_image;

constexpr int most_tries = 3; // uploads whose answers were lost included

struct Added {
  std::int64_t media = 0; // 0: left out
  Reason why = {};        // then
  Learnt learnt = {};     // api "": nothing
};

Verdict is_written(const Item& item, Time) {
  if (item.row.text("article_state") != "written") return Cancel{"article.not_waiting"};
  return Go{};
}

constexpr Rule rules[] = {{"article", is_written}, {"patience", in_patience}, {"tenant", tenant_gate}};

// As many a day as posts: what waited for its site all week does not come at once.
Plan plan(const Item& item, Time now) {
  return {.services = {"wordpress"}, .quota = {place_of_day(item.row, "images a day", now)}};
}

std::string media_slug(const Item& item) { return item.row.text("slug") + "-image"; }

wordpress::Client site_of(const Credentials& credentials, const Outside& outside) {
  return {outside.http, credentials.at("wordpress"), outside.settings.timeout("wordpress", Millis(60'000))};
}

Result left_out(Reason why) { return {Done{"without a picture"}, Added{.why = std::move(why)}}; }

Result added(std::int64_t media) { return {Done{"picture"}, Added{.media = media}}; }

Expected<wordpress::Lookup> look_for_picture(const Item& item, wordpress::Client& client, Remembered& memory) {
  return look_with(client, memory,
                   [&](const wordpress::Site& site) { return client.find_picture(site, media_slug(item)); });
}

// A site that is down altogether, or lets this account no more in, is waited for.
bool posts_are_well(const Item& item, wordpress::Client& client, const Remembered& memory) {
  return memory.site && client.find(*memory.site, item.row.text("slug")).has_value();
}

// Its media are in trouble, and have been for hours, or are refused, while its posts are well: the article is worth
// more than its picture.
bool only_media_fail(const Item& item, const Outside& outside, wordpress::Client& client, const Remembered& memory,
                     const Error& error) {
  const bool refused = error.fault == Fault::setting;
  const bool in_trouble = error.fault == Fault::outage || error.fault == Fault::rate_limited;
  if (!refused && !(in_trouble && waited_for_extras(item, outside))) return false;
  return posts_are_well(item, client, memory);
}

// `memory` has the site then, when there was an answer.
Expected<Added> add(const Item& item, const Outside& outside, wordpress::Client& client, Remembered& memory) {
  const std::string slug = media_slug(item);
  const auto found = look_for_picture(item, client, memory);
  if (!found) {
    if (only_media_fail(item, outside, client, memory, found.error())) return Added{.why = found.error().reason};
    return std::unexpected(found.error());
  }
  if (found->presence == wordpress::Presence::found) return Added{.media = found->post.id};
  if (found->presence == wordpress::Presence::unknown) // its media are closed to this account
    return Added{.why = "wordpress.may_not_upload"};
  // The answers to all of them were lost, and the picture is not there: a server that runs out of memory over it does
  // so each time.
  if (item.attempt > most_tries) return Added{.why = "wordpress.upload_refused"};
  Expected<feed::Picture> picture =
      feed::fetch_picture(outside.http, item.row.text("image"), {item.row.text("tenant_slug"), "feed"},
                          outside.settings.user_agent, outside.settings.timeout("feed", Millis(30'000)));
  if (!picture) {
    if (picture.error().fault == Fault::permanent) return Added{.why = picture.error().reason};
    return std::unexpected(std::move(picture).error());
  }
  // Behind the upload no look may follow.
  const bool last_try = waited_for_extras(item, outside) && posts_are_well(item, client, memory);
  const auto uploaded = client.upload(*memory.site, {.bytes = std::move(picture->bytes),
                                                     .type = std::string(picture->type),
                                                     .extension = std::string(picture->extension),
                                                     .slug = slug,
                                                     .description = item.row.text("title")});
  if (uploaded) return Added{.media = uploaded->id};
  const Fault fault = uploaded.error().fault;
  const bool unclear = fault == Fault::uncertain || fault == Fault::aborted;
  if (fault == Fault::permanent || (last_try && !unclear)) return Added{.why = uploaded.error().reason};
  return std::unexpected(uploaded.error());
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Credential& credential = credentials.at("wordpress");
  wordpress::Client client = site_of(credentials, outside);
  Remembered memory = remembered(item.row, credential);
  Expected<Added> added = add(item, outside, client, memory);
  if (!added) return {std::unexpected(std::move(added).error())};
  if (memory.site)
    added->learnt = {
        .credential = credential.id, .version = credential.updated_at, .site = *memory.site, .terms = {}, .lost = {}};
  const bool there = added->media > 0;
  return {Done{there ? "picture" : "without a picture"}, *std::move(added)};
}

Expected<Reconciled> reconcile(const Item& item, const Credentials& credentials, const Outside& outside) {
  wordpress::Client client = site_of(credentials, outside);
  Remembered memory = remembered(item.row, credentials.at("wordpress"));
  const auto found = look_for_picture(item, client, memory);
  if (!found) {
    if (only_media_fail(item, outside, client, memory, found.error()))
      return Reconciled{.presence = Presence::found, .result = left_out(found.error().reason)};
    return std::unexpected(found.error());
  }
  if (found->presence == wordpress::Presence::found)
    return Reconciled{.presence = Presence::found, .result = added(found->post.id)};
  if (found->presence == wordpress::Presence::absent) return Reconciled{.presence = Presence::absent};
  return Reconciled{.presence = Presence::unknown, .why = found->why, .detail = found->detail};
}

void settle(Settling& s, const Item& item, const Result& result) {
  if (!result.outcome && result.outcome.error().fault == Fault::setting) forget_signin(s, item);
  if (s.next == Next::due && s.reason.is("operator.retried")) return revive(s, item);
  if (s.next == Next::due || s.next == Next::uncertain) return tell_setting(s, item, result);
  if (s.next == Next::cancelled) return give_up(s, item); // the article's time is over
  const Added* added = payload_of<Added>(result);
  // The pictures and posts behind it need no sign-in of their own.
  if (added != nullptr && !added->learnt.site.api.empty()) learn(s, item.tenant, added->learnt);
  const std::string& article = item.row.text("article_id");
  if (s.next == Next::done && added != nullptr && added->media > 0)
    s.tx.execute(sql::added, {{"tenant", item.tenant.value}, {"article", article}, {"media", added->media}});
  else
    s.count("left out", Reason("post.image_left_out").about(added != nullptr ? added->why : s.reason), 1);
  s.enqueue("publish-post", Key{"article", article}, item.tenant, s.now);
}

} // namespace

Stage add_image() {
  return {.name = "add-image",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .reconcile = reconcile,
          .retry = {.base = Millis(30'000), .cap = Millis(300'000), .max_attempts = 3}};
}

} // namespace milkrun::publish_feeds
