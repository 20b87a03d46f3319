// Feeds and sites.
#include "sim/publish_scene.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "sim/judge.hpp"
#include "sim/tenant_scene.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <optional>

namespace milkrun::sim {
namespace {

constexpr Millis between_entries{5 * 3'600'000};

class Publish final : public TenantScene {
public:
  Publish() : TenantScene(product_jobs({"publish-feeds"}), {{"wordpress", "https://{}.example/", "eva"}}) {}
  void set_up(Stand& s) override;
  Served serve(const http::Request& r, const std::string& tenant, const Remote& remote) override;
  void meddle(Stand& s) override;
  void mend(Stand& s) override;
  void leaving(Stand& s, const http::Request& r) override;
  void judge_commit(Stand& s, db::Transaction& tx) override;
  void judge(Stand& s, bool at_rest) override;

private:
  std::string shown(const std::string& secret) const override { return text::base64("eva:" + secret); }
  http::Response feed(const http::Request& r) const;
  Served site(const http::Request& r, const std::string& tenant, const Remote& remote);
  void judge_articles(Stand& s, bool at_rest);
  void judge_posts(Stand& s);

  const Clock* clock_ = nullptr;
  std::optional<Time> silent_since_; // from when on the papers print nothing new
  int posts_ = 0, terms_ = 0;
};

void Publish::set_up(Stand& s) {
  clock_ = &s.clock;
  add_tenants(s, s.dice.between(1, 3), [&](db::Transaction& tx, const db::Param& id) {
    Dice& d = s.dice;
    const db::Value month = d.percent(30) ? db::Value(std::int64_t{d.between(1, 3)}) : db::Value();
    tx.execute(test::sql("INSERT INTO plans (id, slug, posts_per_month) VALUES ($id, $id, $m)"), {id, {"m", month}});
    tx.execute(test::sql("UPDATE tenants SET plan_id = $id, writer = 'passthrough', max_items = $n, categories = "
                         "'[\"News\"]', publish_mode = 'publish' WHERE id = $id"),
               {id, {"n", d.between(1, 4)}});
    for (int n = d.between(1, 2); n > 0; --n)
      tx.execute(test::sql("INSERT INTO feeds (id, tenant_id, url) VALUES ($id || '-' || $n, $id, "
                           "'https://feeds.example/' || $id || '-' || $n || '.xml')"),
                 {id, {"n", std::to_string(n)}});
  });
}

http::Response Publish::feed(const http::Request& r) const {
  const std::string name = cut(r.url, "feeds.example/", ".xml");
  const std::int64_t newest = 5 + (silent_since_.value_or(clock_->now()) - test::noon) / between_entries;
  std::string items;
  for (std::int64_t n = newest; n > newest - 5; --n)
    items +=
        fmt::format("<item><guid>{0}-{1}</guid><title>Entry {1} of {0}</title><link>https://news.example/{0}/{1}</link>"
                    "<description>What entry {1} of {0} says.</description></item>",
                    name, n);
  return {.status = 200,
          .headers = {{"Content-Type", "application/rss+xml"}},
          .body =
              "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>" + items + "</channel></rss>",
          .url = r.url};
}

Served Publish::site(const http::Request& r, const std::string& tenant, const Remote& remote) {
  const auto json = [&](int status, std::string body) {
    return http::Response{.status = status,
                          .headers = {{"Content-Type", "application/json"}, {"Allow", "GET, POST"}},
                          .body = std::move(body),
                          .url = r.url};
  };
  const bool known = may_enter(tenant) && r.url.find(tenant + ".example/") != std::string::npos;
  if (!known) return {json(401, R"({"code":"incorrect_password","message":"no","data":{"status":401}})")};
  const auto post = [&](const std::string& slug) {
    return fmt::format(R"({{"id":{},"link":"https://{}.example/{}","status":"publish","slug":"{}"}})", ++posts_, tenant,
                       slug, slug);
  };
  if (r.url.find("users/me") != std::string::npos)
    return {json(
        200,
        R"({"id":1,"roles":["editor"],"capabilities":{"publish_posts":true,"edit_posts":true,"manage_categories":true}})")};
  if (r.url.find("wp/v2/posts") != std::string::npos && r.method == "POST") {
    const std::string slug = cut(r.body, R"("slug":")", "\"");
    return {json(201, post(slug)), "publish-post", slug};
  }
  if (r.url.find("wp/v2/posts") != std::string::npos) {
    const std::string slug = cut(r.url, "slug=", ",");
    return {json(200, remote.count("publish-post", slug) > 0 ? "[" + post(slug) + "]" : "[]")};
  }
  if (r.method == "POST") return {json(201, fmt::format(R"({{"id":{}}})", ++terms_))};
  return {json(200, "[]")};
}

Served Publish::serve(const http::Request& r, const std::string& tenant, const Remote& remote) {
  if (r.url.find("feeds.example/") != std::string::npos) return {feed(r)};
  return site(r, tenant, remote);
}

void Publish::meddle(Stand& s) {
  Dice& d = s.dice;
  switch (d.below(5)) {
  case 0: return s.remote.pass(s.clock.now() + Millis(d.between(1, 30) * 3'600'000));
  case 1:
    return test::change(s.real, "UPDATE feeds SET active = 1 - active WHERE id = $id || '-1'", {{"id", any_tenant(s)}});
  default: return common_meddling(s);
  }
}

// Nothing new to print: or something would always wait for its hour, and nobody could tell that from what waits for
// ever.
void Publish::mend(Stand& s) {
  TenantScene::mend(s);
  silent_since_ = s.clock.now();
}

void Publish::leaving(Stand& s, const http::Request& r) {
  if (r.effect != http::Effect::once) return;
  const db::Rows rows =
      test::rows(s.real, "SELECT id FROM articles WHERE slug = $slug", {{"slug", cut(r.body, R"("slug":")", "\"")}});
  if (rows.empty()) return s.findings.add("a post that is not stored leaves");
  must_be_armed(s, "publish-post", Key{"article", rows.front().text("id")});
}

void Publish::judge_articles(Stand& s, bool at_rest) {
  for (const db::Row& r :
       test::rows(s.real, "SELECT a.id, a.state, a.item_id, coalesce((SELECT state FROM ledger WHERE stage = "
                          "'write-article' AND key = 'item:' || a.item_id), '') AS writing, "
                          "coalesce((SELECT state FROM ledger WHERE stage = 'publish-post' AND key = 'article:' || "
                          "a.id), '') AS posting FROM articles a ORDER BY a.id")) {
    const std::string state = r.text("state"), writing = r.text("writing"), posting = r.text("posting");
    const auto ended = [](const std::string& w) {
      return w.empty() || w == "done" || w == "cancelled" || w == "discarded";
    };
    const std::string name =
        fmt::format("article {} ({}; written: {}, posted: {})", r.text("id"), state, writing, posting);
    if (state == "chosen" && ended(writing)) s.findings.add(name + " waits for nothing");
    if (state == "written" && ended(posting)) s.findings.add(name + " waits for nothing");
    if ((state == "published") != (posting == "done")) s.findings.add(name + " does not agree with the ledger");
    if (at_rest && state != "published" && state != "given_up") s.findings.add(name + " never ends");
  }
  for (const db::Row& r : test::rows(s.real, "SELECT i.id FROM feed_items i WHERE i.state = 'chosen' AND NOT EXISTS "
                                             "(SELECT 1 FROM articles a WHERE a.item_id = i.id)"))
    s.findings.add("chosen and lost: " + r.text("id"));
}

void Publish::judge_posts(Stand& s) {
  for (const db::Row& r : test::rows(s.real, "SELECT l.state, l.reason, l.key, l.tenant_id, a.slug FROM ledger l JOIN "
                                             "articles a ON l.key = 'article:' || a.id "
                                             "WHERE l.stage = 'publish-post' ORDER BY l.key"))
    judge_effect(s, "publish-post", r.text("slug"), r);
  judge_used(s, "posts",
             test::rows(s.real, "SELECT tenant_id, usage_period AS period, count(*) AS n FROM articles WHERE state = "
                                "'published' GROUP BY 1, 2"));
}

void Publish::judge_commit(Stand& s, db::Transaction& tx) {
  judge_limits(s, tx,
               "SELECT u.tenant_id, u.meter, u.period, u.used + u.reserved AS n FROM usage u JOIN tenants t "
               "ON t.id = u.tenant_id JOIN plans p ON p.id = t.plan_id "
               "WHERE u.meter = 'posts' AND u.used + u.reserved > p.posts_per_month");
}

void Publish::judge(Stand& s, bool at_rest) {
  judge_articles(s, at_rest);
  judge_posts(s);
}

} // namespace

std::unique_ptr<Scene> publish_scene() { return std::make_unique<Publish>(); }

} // namespace milkrun::sim
