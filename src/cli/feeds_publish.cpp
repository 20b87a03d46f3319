// `milkrun feeds publish`: an operator's choice of an item, beside the slots' own. Its text is read from the feed again
// where it was not kept: what is passed over loses it at once.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/lazy_net.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "cli/which.hpp"
#include "http/blocking.hpp"
#include "log/log.hpp"
#include "providers/feed/feed.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

std::expected<db::Row, Refusal> find_feed_item(db::Database& database, const std::string& item) {
  db::Rows found;
  database.read([&](db::Transaction& tx) { found = tx.query(sql::cli::feed_item, {{"item", item}}); });
  const std::string name = text::one_line(item, 200);
  if (found.empty())
    return refuse(Exit::usage, fmt::format("no feed has shown the item {}; see: milkrun feeds items", name));
  if (found.size() > 1)
    return refuse(Exit::usage,
                  fmt::format("{} was shown by several feeds; give its id as milkrun feeds items shows it", name));
  return found.front();
}

// The item's text as its feed shows it now; nullopt: the feed does not show the item any more.
std::expected<std::optional<PublishWord::Text>, Refusal> text_of(const db::Row& item, const Context& context) {
  LazyNet net([&] { return context.connect(context.settings); });
  http::Blocking http(net);
  const JobSettings& job = context.settings.job;
  const auto fetched = feed::fetch(http, item.text("feed"), {},
                                   {.caller = {.tenant = item.text("tenant"), .service = "feed"},
                                    .user_agent = job.user_agent,
                                    .timeout = job.timeout("feed", feed::FetchOptions{}.timeout)});
  if (!fetched)
    return refuse(Exit::data,
                  fmt::format("the item's text was not kept, and its feed {} cannot be read: {}{}{}; "
                              "nothing was changed",
                              text::one_line(item.text("feed"), 200), fetched.error().reason.text(),
                              fetched.error().detail.empty() ? "" : ": ", text::one_line(fetched.error().detail)));
  const auto& items = fetched->feed.items;
  const auto shown = std::ranges::find(items, item.text("identity"), &feed::Item::identity);
  if (shown == items.end()) return std::optional<PublishWord::Text>();
  return PublishWord::Text{.summary = shown->summary, .content = shown->content, .tags = shown->tags};
}

} // namespace

Answer publish_feed_item(const FeedsPublishArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const db::Row item = TRY(find_feed_item(*database, args.item));
  const Vault vault = TRY(open_vault(context.settings, *database));
  const auto job = std::ranges::find_if(args.jobs, [](const Job* one) { return one->publish != nullptr; });
  if (job == args.jobs.end()) return refuse(Exit::usage, "this milkrun publishes nothing");
  PublishWord word{.tenant = {item.text("tenant_id")}, .item = item.text("id")};
  if (item.flag("lost_text")) word.text = TRY(text_of(item, context));
  const auto key = publish_item(**job, word, item.text("state"), who(args.by), *database, vault, context.clock,
                                {context.settings.job, context.settings.run.budgets});
  const std::string title = text::one_line(item.text("title").empty() ? item.text("url") : item.text("title"), 120);
  if (!key) {
    const std::string mend = key.error().is("item.is_article") && item.text("state") == "given_up"
                                 ? fmt::format("; see: milkrun items retry {}", text::one_line(item.text("retry_id")))
                                 : "";
    return refuse(Exit::usage, fmt::format("\"{}\" of {} is not published: {}{}", title, item.text("tenant"),
                                           key.error().text(), mend));
  }
  log::info("feed_item_published", {{"tenant", item.text("tenant")}, {"item", item.text("id")}, {"by", args.by}});
  if (args.json)
    print_json(context.out, {{"tenant", item.text("tenant")},
                             {"id", item.text("id")},
                             {"title", item.text("title")},
                             {"from", item.text("state")},
                             {"key", key->text()}});
  else
    context.out << fmt::format("\"{}\" of {} is an article now; the next {} writes and publishes it\n", title,
                               item.text("tenant"), (*job)->name);
  return Exit::ok;
}

} // namespace milkrun::cli
