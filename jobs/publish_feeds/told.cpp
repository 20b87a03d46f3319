// Callbacks are derived from what they tell, so that telling it twice is telling it once.
#include "jobs/publish_feeds/told.hpp"

#include "base/text.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "providers/portal/portal.hpp"
#include "sql/publish_feeds_told.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_told;

struct Callback {
  std::string execution, article, portal, url;
  Failure failure;
  std::int64_t post = 0, tries = 1, http_status = 0, backoff_ms = 0;
  Time started;
};

void take(Callback& c, const Tries& tries) {
  if (tries.times == 0) return;
  c.tries = tries.times;
  c.http_status = tries.http_status;
  c.started = std::min(c.started, *tries.since);
}

void add(Settling& s, const TenantId& tenant, const Callback& c) {
  const std::int64_t added =
      s.tx.execute(sql::add, {{"execution", c.execution},
                              {"tenant", tenant.value},
                              {"article", c.article.empty() ? db::Value() : db::Value(c.article)},
                              {"portal", c.portal},
                              {"status", c.failure.reason.empty() ? "success" : "failed"},
                              {"reason", c.failure.reason.code()},
                              {"args", c.failure.reason.args_json()},
                              {"detail", text::one_line(c.failure.detail, 400)},
                              {"url", c.url},
                              {"post", c.post},
                              {"attempts", std::max<std::int64_t>(1, c.tries)},
                              {"http_status", c.http_status},
                              {"backoff", c.backoff_ms},
                              {"started", c.started},
                              {"now", s.now}});
  if (added == 1) s.enqueue("report-run", Key{"callback", c.execution}, tenant, s.now);
}

std::string hash_of(const std::string& text) { return text::sha256_hex(text).substr(0, 32); }

// What the article's row says of the tries so far.
Callback of_article(const db::Row& row, const std::string& article) {
  return {.execution = {},
          .article = article,
          .portal = row.text("portal_id"),
          .url = row.text("url"),
          .failure = {},
          .post = row.maybe_integer("post_id").value_or(0),
          .tries = row.integer("tries"),
          .http_status = row.integer("last_status"),
          .backoff_ms = row.integer("backoff_ms"),
          .started = row.maybe_time("started_at").value_or(row.time("created_at"))};
}

} // namespace

Tries tries_of(db::Transaction& tx, std::string_view stage, const Key& key) {
  const db::Param of_stage("stage", stage), of_key("key", key.text());
  const auto row = tx.one(sql::tries, {of_stage, of_key});
  Tries out{.times = row->integer("tries")};
  if (out.times == 0) return out;
  out.since = row->time("first_at");
  out.waited_ms =
      std::max<std::int64_t>(0, (row->time("last_at") - row->time("first_at")).count() - row->integer("busy"));
  if (const auto last = tx.one(sql::last_failure, {of_stage, of_key})) {
    out.http_status = last->integer("http_status");
    out.failure = {Reason::stored(last->text("reason"), last->text("args")), last->text("detail")};
  }
  return out;
}

std::string told_text(const Failure& failure) {
  const std::string text = failure.reason.text();
  return failure.detail.empty() ? text : fmt::format("{}: {}", text, failure.detail);
}

void tell_end(Settling& s, const TenantId& tenant, const std::string& article, const Failure& failure,
              std::int64_t tries) {
  const auto row = s.tx.one(sql::article, {{"tenant", tenant.value}, {"article", article}});
  if (!row || row->null("portal_id")) return;
  Callback c = of_article(*row, article);
  c.execution =
      portal::execution_id(row->text("portal_ref"), hash_of(row->text("feed_id") + "\n" + row->text("identity")),
                           failure.reason.empty() ? "ok" : "fail");
  c.failure = failure;
  if (tries > 0) c.tries = tries;
  add(s, tenant, c);
}

void tell_trouble(Settling& s, const TenantId& tenant, const Trouble& trouble) {
  const auto portal = s.tx.one(sql::portal_of, {{"tenant", tenant.value}});
  if (!portal || portal->null("portal_id")) return;
  Callback c{.execution = {},
             .article = {},
             .portal = portal->text("portal_id"),
             .url = trouble.url,
             .failure = {},
             .backoff_ms = trouble.tries.waited_ms,
             .started = s.now};
  if (!trouble.article.empty())
    if (const auto row = s.tx.one(sql::article, {{"tenant", tenant.value}, {"article", trouble.article}}))
      c = of_article(*row, trouble.article);
  take(c, trouble.tries);
  c.execution =
      portal::execution_id(portal->text("portal_ref"), hash_of(trouble.slot + "\n" + trouble.cause), "fail:slot");
  c.failure = trouble.failure;
  add(s, tenant, c);
}

void tell_setting(Settling& s, const Item& item, const Result& result) {
  if (s.next != Next::due || result.outcome || result.outcome.error().fault != Fault::setting) return;
  tell_trouble(s, item.tenant,
               {.slot = tenant_slot(item.row, s.now).name,
                .cause = std::string(s.reason.code()),
                .failure = {s.reason, s.detail},
                .article = item.row.text("article_id"),
                .tries = tries_of(s.tx, item.stage, item.key)});
}

} // namespace milkrun::publish_feeds
