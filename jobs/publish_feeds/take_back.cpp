// take-back: a post that the site made beside another one of its slug goes into the trash, and the other one is the
// article's post.
//
// The look before the post did not show that one: it was made in the same moment, or a cache or a plugin hid it. The
// slug ends in a hash of the item, so whoever has it is this article's. Only what publish-post made itself is touched.
#include "base/text.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/site.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "sql/publish_feeds_take_back.hpp"

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_take_back;

struct Looked {
  wordpress::Created original = {}; // id 0: it does not show itself, or ours could not be taken away
};

Verdict is_published(const Item& item, Time) {
  if (item.row.text("article_state") != "published") return Cancel{"article.not_waiting"};
  return Go{};
}

constexpr Rule rules[] = {{"article", is_published}, {"patience", in_patience}, {"tenant", tenant_gate}};

Plan plan(const Item&, Time) { return {.services = {"wordpress"}}; }

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Credential& credential = credentials.at("wordpress");
  wordpress::Client client{outside.http, credential, outside.settings.timeout("wordpress", Millis(60'000))};
  Remembered memory = remembered(item.row, credential);
  const std::string& slug = item.row.text("slug");
  const std::int64_t ours = item.row.integer("post_id");
  const auto found = look_with(client, memory, [&](const wordpress::Site& site) { return client.find(site, slug); });
  if (!found) return {std::unexpected(found.error())};
  if (found->presence != wordpress::Presence::found || found->post.id == ours) return {Done{"stays"}, Looked{}};
  const auto gone = client.take_back(*memory.site, ours, slug);
  if (!gone) return {std::unexpected(gone.error())};
  if (!*gone) return {Done{"stays"}, Looked{}};
  return {Done{"taken back"}, Looked{found->post}};
}

// The article is published whatever comes of this: its portal is told now, of the post that stays.
void settle(Settling& s, const Item& item, const Result& result) {
  if (!result.outcome && result.outcome.error().fault == Fault::setting) forget_signin(s, item);
  if (s.next == Next::due || s.next == Next::uncertain || item.row.text("article_state") != "published") return;
  const std::string& article = item.row.text("article_id");
  const std::string link = text::one_line(item.row.text_or_empty("post_link"), 300);
  const Looked* looked = payload_of<Looked>(result);
  if (looked != nullptr && looked->original.id > 0) {
    s.tx.execute(sql::is_the_post, {{"tenant", item.tenant.value},
                                    {"article", article},
                                    {"post", looked->original.id},
                                    {"link", looked->original.link},
                                    {"status", looked->original.status}});
    s.count("warning", Reason("post.double_taken_back", {link}), 1);
  } else {
    s.count("warning", Reason("post.made_beside", {link}), 1);
  }
  tell_end(s, item.tenant, article);
}

} // namespace

Stage take_back() {
  return {.name = "take-back",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = 4}};
}

} // namespace milkrun::publish_feeds
