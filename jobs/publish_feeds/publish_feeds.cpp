// publish-feeds: a tenant's feed items become posts on the tenant's WordPress, once.
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "sql/publish_feeds_report.hpp"

#include <fmt/format.h>

namespace milkrun::jobs {
namespace {

std::vector<std::string> warnings(db::Transaction& tx, Time) {
  std::vector<std::string> out;
  for (const db::Row& r : tx.query(sql::publish_feeds_report::doubted))
    out.push_back(
        fmt::format("portal {}: its last list names {} tenants where {} are active; who is missing goes on, and is "
                    "stopped when the next list lacks them too",
                    r.text("slug"), r.integer("rows"), r.integer("active")));
  return out;
}

// A feed that says that it is gone waits for another address, or for somebody who knows better.
Waits wait_of_gone(const db::Row& feed) {
  Waits w{.word = "feed " + feed.text("id"),
          .tenant = {feed.text("tenant_id")},
          .what = "feed " + feed.text("url"),
          .reason = "feed.gone",
          .detail = "it answers 410",
          .since = feed.time("gone_since")};
  if (feed.flag("active")) {
    w.until = w.since + milkrun::publish_feeds::gone_age;
    w.detail += "; asked once more, then it stops";
    return w;
  }
  w.reason = "feed.stopped";
  w.detail += feed.null("portal_id") ? "; milkrun import: another url, or this one with \"active\": true or false"
                                     : "; its portal must name another url, or milkrun import this one with \"active\"";
  return w;
}

// One whose address answers something else is asked again by itself, and its host is well.
Waits wait_of_refused(const db::Row& feed) {
  return {.word = "feed " + feed.text("id"),
          .tenant = {feed.text("tenant_id")},
          .what = "feed " + feed.text("url"),
          .reason = Reason::stored(feed.text("last_error"), feed.text("last_args")),
          .detail = feed.text("last_detail"),
          .since = feed.time("refused_since"),
          .until = feed.maybe_time("next_at")};
}

std::vector<Waits> waits(db::Transaction& tx) {
  std::vector<Waits> out;
  for (const db::Row& r : tx.query(sql::publish_feeds_report::gone)) out.push_back(wait_of_gone(r));
  for (const db::Row& r : tx.query(sql::publish_feeds_report::refused)) out.push_back(wait_of_refused(r));
  return out;
}

} // namespace

const Job& publish_feeds() {
  using namespace milkrun::publish_feeds;
  static const Job job{.name = "publish-feeds",
                       .help = "Turn new feed items of all tenants into posts on their WordPress sites",
                       .stages = {sync_portal(), poll_feed(), choose_items(), write_article(), add_image(),
                                  publish_post(), take_back(), report_run()},
                       .preview = sql::publish_feeds_report::preview,
                       .standing = sql::publish_feeds_report::standing,
                       .discovers_in = {{"portals"}, {"feeds"}, {"posts_wanted"}},
                       .warnings = warnings,
                       .waits = waits,
                       .publish = publish_by_hand};
  return job;
}

} // namespace milkrun::jobs
