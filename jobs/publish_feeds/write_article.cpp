// write-article: an AI (or the item itself) gives the text. It is stored before anything is posted, and never asked for
// again.
#include "base/words.hpp"
#include "content/content.hpp"
#include "jobs/publish_feeds/compose.hpp"
#include "jobs/publish_feeds/risk.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/ai/ai.hpp"
#include "sql/publish_feeds_write_article.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_write_article;

struct Written {
  Text text;
  std::string writer;
  ai::Usage usage;
  std::vector<ReasonCode> risks = {};
  std::string image = {}; // to stand above it
};

Source source_of(const db::Row& r) {
  return {.url = r.text("url"),
          .feed = r.text("feed_url"),
          .title = r.text("title"),
          .author = r.text("author"),
          .summary = r.text("summary"),
          .content = r.text("content"),
          .tags = words_in(r.text("tags"))};
}

// What the feed names, else the first picture in the text.
std::string image_of(const db::Row& row, const Source& source) {
  if (!row.text("image").empty()) return row.text("image");
  for (const std::string* html : {&source.content, &source.summary})
    if (std::string url = content::first_image(*html); !url.empty()) return url;
  return {};
}

bool by_ai(const Item& item) { return item.row.text("writer") == "ai"; }

Verdict is_unwritten(const Item& item, Time) {
  if (item.row.text("article_state") != "chosen") return Cancel{"article.written"};
  return Go{};
}

constexpr Rule rules[] = {{"article", is_unwritten}, {"patience", in_patience}, {"tenant", tenant_gate}};

Plan plan(const Item& item, Time) { return by_ai(item) ? Plan{.services = {"ai"}} : Plan{}; }

Cost cost(const Item& item, const Credential& credential) {
  const db::Row& r = item.row;
  const ai::Most most =
      ai::most_cost(credential.settings, r.text("title").size() + r.text("summary").size() + r.text("content").size());
  return {.calls = most.calls, .tokens = most.tokens};
}

// An answer of which nothing can be used costs as much as a good one, and a model learns no better within seconds: each
// call for one makes the text wait half an hour, and later as long as it has waited so far.
bool is_useless(const Error& e) {
  return e.fault == Fault::outage && e.http_status < 300 &&
         std::ranges::any_of(e.parks, [](const Park& p) { return p.scope == ParkScope::page; });
}

Millis wait_after_useless(const Item& item, int calls) {
  constexpr Millis a_call{1'800'000}, longest{6LL * 3'600'000};
  return std::clamp(Millis(item.row.integer("backoff_ms")), std::min(calls * a_call, longest), longest);
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  const Source source = source_of(item.row);
  const std::string& language = item.row.text("language");
  if (!by_ai(item)) {
    Written written{from_item(source, language, outside.settings.passthrough_length), "passthrough", {}};
    if (outside.settings.passthrough_images) written.image = image_of(item.row, source);
    return {Done{"passthrough"}, std::move(written)};
  }
  ai::Answer answer = ai::write(outside.http, credentials.at("ai"),
                                {.language = language,
                                 .tone = item.row.text("tone"),
                                 .title = source.title,
                                 .text = content::to_text(source.content.empty() ? source.summary : source.content),
                                 .url = source.url,
                                 .site = http::host_of(source.url)},
                                outside.settings.timeout("ai", Millis(300'000)));
  Result result{Done{answer.model},
                Written{{}, answer.model, answer.usage},
                {{"tokens_in", answer.usage.tokens_in}, {"tokens_out", answer.usage.tokens_out}}};
  if (!answer.draft) {
    result.outcome = std::unexpected(std::move(answer.draft).error());
    if (Error& e = result.outcome.error(); is_useless(e))
      e.retry_after = std::max(e.retry_after.value_or(Millis(0)), wait_after_useless(item, answer.usage.calls));
  } else {
    result.payload = Written{from_draft(*answer.draft, source, language), answer.model, answer.usage,
                             risks_of(*answer.draft, source, language)};
  }
  return result;
}

std::string json_of(const std::vector<ReasonCode>& codes) {
  nlohmann::json out = nlohmann::json::array();
  for (const ReasonCode& one : codes) out.push_back(one.code());
  return out.dump();
}

void settle(Settling& s, const Item& item, const Result& result) {
  const std::string& article = item.row.text("article_id");
  const db::Param tenant("tenant", item.tenant.value), id("article", article);
  const Written* written = payload_of<Written>(result);
  if (written != nullptr)
    s.tx.execute(sql::tried,
                 {tenant,
                  id,
                  {"now", s.now},
                  {"key", item.key.text()},
                  {"tokens_in", written->usage.tokens_in},
                  {"tokens_out", written->usage.tokens_out},
                  {"backoff", s.next == Next::due ? std::max<std::int64_t>(0, (s.next_at - s.now).count()) : 0},
                  {"status", result.outcome ? 0 : result.outcome.error().http_status}});
  if (s.next == Next::done && written != nullptr) {
    const Text& t = written->text;
    s.tx.execute(sql::written,
                 {tenant,
                  id,
                  {"slug", slug(t.title, item.tenant.value, item.row.text("feed_id"), item.row.text("identity"))},
                  {"title", t.title},
                  {"excerpt", t.excerpt},
                  {"html", t.html},
                  {"writer", written->writer},
                  {"risks", json_of(written->risks)},
                  {"image", written->image},
                  {"tags", nlohmann::json(t.tags).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}});
    const Time at = std::max(s.now, item.row.maybe_time("publish_at").value_or(s.now));
    if (at > s.now) s.count("planned", "article.planned", 1);
    s.enqueue(written->image.empty() ? "publish-post" : "add-image", Key{"article", article}, item.tenant, at);
  } else if ((s.next == Next::discarded || s.next == Next::cancelled) && item.row.text("article_state") == "chosen") {
    give_up(s, item);
  } else if (s.next == Next::due && s.reason.is("operator.retried")) {
    revive(s, item);
  } else {
    tell_setting(s, item, result);
  }
}

} // namespace

Stage write_article() {
  return {.name = "write-article",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .cost = cost,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(2'000), .cap = Millis(3'600'000), .max_attempts = 6}};
}

} // namespace milkrun::publish_feeds
