// publish-feeds: a tenant's feed items become posts on the tenant's WordPress, once.
#include "jobs/publish_feeds/stages.hpp"
#include "sql/publish_feeds_report.hpp"

namespace milkrun::jobs {

const Job& publish_feeds() {
  using namespace milkrun::publish_feeds;
  static const Job job{
      .name = "publish-feeds",
      .help = "Turn new feed items of all tenants into posts on their WordPress sites",
      .stages = {sync_portal(), poll_feed(), choose_items(), write_article(), publish_post(), report_run()},
      .preview = sql::publish_feeds_report::preview,
      .standing = sql::publish_feeds_report::standing,
      .discovers_in = {{"portals"}, {"feeds"}, {"posts_wanted"}},
      .publish = publish_by_hand};
  return job;
}

} // namespace milkrun::jobs
