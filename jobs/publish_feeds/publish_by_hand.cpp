// An operator's choice of an item, whatever the slots' choices said of it.
#include "jobs/publish_feeds/choose.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "sql/publish_feeds_choose.hpp"
#include "sql/publish_feeds_publish_by_hand.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_publish_by_hand;

constexpr std::string_view slot_by_hand = "by hand"; // takes no place of the slots' own articles

// A post of ours, or on its way to one; empty = neither.
Reason is_taken(Settling& s, const TenantId& tenant, const db::Row& item) {
  if (!item.null("article_state")) {
    const std::string& state = item.text("article_state");
    if (state == "published") return Reason("item.is_post", {item.text_or_empty("post_link")});
    return Reason("item.is_article", {state == "given_up" ? "given up" : state});
  }
  const std::string& url = item.text("url");
  if (!url.empty() && s.tx.one(sql::own_post, {{"tenant", tenant.value}, {"url", url}}))
    return Reason("item.is_post", {url});
  return {};
}

bool has_posts_left(Settling& s, const TenantId& tenant, const db::Row& row) {
  const auto limit = post_limit(row, s.now);
  if (!limit) return true;
  const auto used = s.tx.one(milkrun::sql::publish_feeds_choose::room,
                             {{"tenant", tenant.value}, {"slot", slot_by_hand}, {"period", zone::utc_month(s.now)}});
  return used->integer("used") + used->integer("on_the_way") < *limit;
}

} // namespace

std::expected<Key, Reason> publish_by_hand(Settling& s, const PublishWord& word) {
  const db::Param tenant("tenant", word.tenant.value), id("item", word.item);
  const auto item = s.tx.one(sql::item, {tenant, id});
  if (!item) return std::unexpected(Reason("row_gone"));
  if (Reason taken = is_taken(s, word.tenant, *item); !taken.empty()) return std::unexpected(std::move(taken));
  if (!word.text && !item->flag("has_text")) return std::unexpected(Reason("item.text_gone"));
  if (!has_posts_left(s, word.tenant, *item)) return std::unexpected(quota_reason(s.now));
  if (word.text)
    s.tx.execute(
        sql::give_text,
        {tenant,
         id,
         {"summary", word.text->summary},
         {"content", word.text->content},
         {"tags", nlohmann::json(word.text->tags).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}});
  make_article(s, word.tenant, item->text("feed_id"), word.item, std::string(slot_by_hand), s.now);
  return Key{"item", word.item};
}

} // namespace milkrun::publish_feeds
