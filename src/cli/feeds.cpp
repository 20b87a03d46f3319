// `milkrun feeds`: each feed's last reading and next one, and what became of its items.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

Reason trouble_of(const db::Row& row) {
  return row.flag("active") ? Reason::stored(row.text("last_error"), row.text("last_args"))
                            : Reason::stored(row.text("stop_reason"));
}

std::string feed_trouble(const db::Row& row) {
  const std::string trouble = trouble_of(row).text();
  if (!row.flag("active")) return "stopped: " + trouble;
  const std::string& detail = row.text("last_detail");
  return detail.empty() ? trouble : fmt::format("{}: {}", trouble, detail);
}

// With when it was last met, while it lasts.
std::string dated_trouble(const db::Row& row) {
  const std::string trouble = feed_trouble(row);
  const bool dated = row.flag("active") && !trouble.empty() && !row.null("failed_at");
  return dated ? fmt::format("{}: {}", when(row, "failed_at"), trouble) : trouble;
}

Json feed_json(const db::Row& row) {
  return {{"id", row.text("id")},
          {"tenant", row.text("tenant")},
          {"url", row.text("url")},
          {"active", row.flag("active")},
          {"items", row.integer("items")},
          {"polled_at", time_or_null(row, "polled_at")},
          {"next_at", time_or_null(row, "next_at")},
          {"failed_at", time_or_null(row, "failed_at")},
          {"trouble", feed_trouble(row)},
          {"code", trouble_of(row).code()},
          {"args", trouble_of(row).args()}};
}

Json feed_item_json(const db::Row& row) {
  return {{"id", row.text("id")},
          {"title", row.text("title")},
          {"url", row.text("url")},
          {"state", row.text("state")},
          {"published_at", time_or_null(row, "published_at")},
          {"first_seen_at", time_or_null(row, "first_seen_at")},
          {"reason", why(row)},
          {"code", row.text("reason")},
          {"args", reason_of(row).args()},
          {"post_link", row.text_or_empty("post_link")}};
}

// What an operator calls the states of item and article.
std::string word(const std::string& state) {
  if (state == "new") return "candidate";
  if (state == "given_up") return "given up";
  return state == "passed_over" ? "passed over" : state;
}

} // namespace

Answer list_feeds(const FeedsListArgs& args, const Context& context) {
  using C = Table::Column;
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  Listed feeds;
  database->read([&](db::Transaction& tx) {
    feeds = cut_at(tx.query(sql::cli::feeds_listed, {{"tenant", args.tenant}, {"limit", args.limit + 1}}), args.limit);
  });
  if (args.json) {
    print_json(context.out, listed_json("feeds", feeds, feed_json));
    return Exit::ok;
  }
  Table table({{"ID"}, {"TENANT"}, {"URL", C::prose}, {"READ"}, {"NEXT"}, {"TROUBLE", C::prose}});
  for (const db::Row& row : feeds.rows)
    table.add({row.text("id"), row.text("tenant"), row.text("url"), when(row, "polled_at"), when(row, "next_at"),
               dated_trouble(row)});
  print_list(context.out, table, feeds, args.limit, context.width, "no feeds");
  return Exit::ok;
}

Answer list_feed_items(const FeedsItemsArgs& args, const Context& context) {
  using C = Table::Column;
  db::Rows feed;
  Listed items;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    feed = tx.query(sql::cli::feed_listed, {{"feed", args.feed}});
    if (feed.size() != 1) return;
    items = cut_at(tx.query(sql::cli::feed_items_listed, {{"tenant", feed.front().text("tenant_id")},
                                                          {"feed", feed.front().text("id")},
                                                          {"limit", args.limit + 1}}),
                   args.limit);
  });
  const std::string name = text::one_line(args.feed, 200);
  if (feed.empty()) return refuse(Exit::usage, fmt::format("there is no feed {}; see: milkrun feeds list", name));
  if (feed.size() > 1)
    return refuse(Exit::usage,
                  fmt::format("several tenants have the feed {}; give its id as milkrun feeds list shows it", name));
  if (args.json) {
    print_json(context.out, listed_json("items", items, feed_item_json));
    return Exit::ok;
  }
  Table table({{"ID"}, {"DATE"}, {"STATE"}, {"TITLE", C::prose}, {"WHY", C::prose}});
  for (const db::Row& row : items.rows)
    table.add({row.text("id"), when(row, row.null("published_at") ? "first_seen_at" : "published_at"),
               word(row.text("state")), row.text("title"), row.null("post_link") ? why(row) : row.text("post_link")});
  print_list(context.out, table, items, args.limit, context.width, "no items of it were seen yet");
  return Exit::ok;
}

} // namespace milkrun::cli
