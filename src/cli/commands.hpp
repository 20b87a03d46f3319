// The operator's commands: each is one function in a file of its own.
#pragma once

#include "cli/args.hpp"
#include "cli/context.hpp"
#include "cli/exit.hpp"

namespace milkrun::cli {

Answer init(const InitArgs& args, const Context& context);
Answer migrate(const MigrateArgs& args, const Context& context);
Answer show_version(const VersionArgs& args, const Context& context);
Answer import_file(const ImportArgs& args, const Context& context);
Answer import_csv(const ImportCsvArgs& args, const Context& context);
Answer run_job(const JobArgs& args, const Context& context);
Answer check_feed(const FeedCheckArgs& args, const Context& context);
Answer list_runs(const RunsListArgs& args, const Context& context);
Answer list_items(const ItemsListArgs& args, const Context& context);
Answer decide_item(const ItemsDecideArgs& args, const Context& context);
Answer retry_items(const ItemsRetryArgs& args, const Context& context);
Answer list_acts(const ActsListArgs& args, const Context& context);
Answer prune(const PruneArgs& args, const Context& context);
Answer publish_feed_item(const FeedsPublishArgs& args, const Context& context);
Answer list_claims(const ClaimsListArgs& args, const Context& context);
Answer decide_claim(const ClaimsDecideArgs& args, const Context& context);
Answer show_item(const ItemsShowArgs& args, const Context& context);
Answer show_claim(const ClaimsShowArgs& args, const Context& context);
Answer list_tenants(const TenantsListArgs& args, const Context& context);
Answer show_tenant(const TenantsShowArgs& args, const Context& context);
Answer list_feeds(const FeedsListArgs& args, const Context& context);
Answer list_feed_items(const FeedsItemsArgs& args, const Context& context);
Answer list_messages(const MessagesListArgs& args, const Context& context);
Answer enroll(const EnrollArgs& args, const Context& context);
Answer list_campaigns(const CampaignsListArgs& args, const Context& context);
Answer show_campaign(const CampaignsShowArgs& args, const Context& context);
Answer unsubscribe(const UnsubscribeArgs& args, const Context& context);
Answer take_bounce(const BouncedArgs& args, const Context& context);
Answer preview(const PreviewArgs& args, const Context& context);
Answer list_reminders(const RemindersListArgs& args, const Context& context);
Answer backfill_reminders(const BackfillArgs& args, const Context& context);
Answer show_run(const RunsShowArgs& args, const Context& context);

} // namespace milkrun::cli
