// report-run: the portal is told of every post and of every item that was given up, until it answers 200.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/portal/portal.hpp"
#include "sql/publish_feeds_report_run.hpp"

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_report_run;

Verdict is_unheard(const Item& item, Time) {
  if (!item.row.null("acked_at")) return Cancel{"portal.has_it"};
  return Go{};
}

constexpr Rule rules[] = {{"callback", is_unheard}};

Plan plan(const Item&, Time) { return {.services = {"portal-callback"}}; }

// The portal shows it to people who see nothing else.
std::string message_of(const db::Row& r) {
  return text::one_line(told_text({Reason::stored(r.text("reason"), r.text("args")), r.text("detail")}), 400);
}

portal::Callback callback_of(const db::Row& r) {
  const bool success = r.text("status") == "success";
  return {.tenant_id = r.text("portal_ref"),
          .status = r.text("status"),
          .execution_id = r.text("execution_id"),
          .started_at = zone::utc(r.time("started_at")),
          .finished_at = zone::utc(r.time("created_at")),
          .error_message = message_of(r),
          .posts_created = success ? 1 : 0,
          .attempts = r.integer("attempts"),
          .last_http_status = r.integer("http_status"),
          .retry_backoff_ms = r.integer("backoff_ms"),
          .wp_post_id = r.integer("post_id"),
          .rss_item_url = r.text("item_url")};
}

// Only what the portal itself says of this very callback ends it; all else is its trouble, or ours to mend.
bool is_final(const Error& e) {
  return e.fault == Fault::permanent &&
         (e.reason.is("portal.unknown_tenant") || e.reason.is("portal.callback_refused"));
}

Result work(const Item& item, const Credentials& credentials, const Outside& outside) {
  portal::Client client(outside.http, credentials.at("portal-callback"),
                        outside.settings.timeout("portal", Millis(30'000)));
  const Expected<portal::Receipt> receipt = client.report(callback_of(item.row));
  if (receipt) return {Done{receipt->repeated ? "known already" : "taken"}};
  Error error = receipt.error();
  if (!is_final(error) && (error.fault == Fault::permanent || error.fault == Fault::transient))
    error.fault = Fault::outage;
  return {std::unexpected(std::move(error))};
}

void settle(Settling& s, const Item& item, const Result&) {
  const db::Param tenant("tenant", item.tenant.value), execution("execution", item.row.text("execution_id"));
  if (s.next == Next::done) s.tx.execute(sql::acked, {tenant, execution, {"now", s.now}});
  if (s.next == Next::due && s.reason.is("operator.retried"))
    s.tx.execute(sql::dropped, {tenant, execution, {"reason", ""}});
  if (s.next == Next::discarded) s.tx.execute(sql::dropped, {tenant, execution, {"reason", s.reason.code()}});
}

} // namespace

Stage report_run() {
  // Never given up for being unanswered: later runs go on until the portal says 200.
  return {.name = "report-run",
          .load = sql::load,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(2'000), .cap = Millis(3'600'000), .max_attempts = 1'000'000}};
}

} // namespace milkrun::publish_feeds
