// The stages of the simulator's own job.
#include "sim/spine_job.hpp"

#include "ledger/decide.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace milkrun::sim {
namespace {

using test::sql;

constexpr Millis hour{3'600'000}, day{24 * 3'600'000};

Reason because() { return "pace.wait"; }

std::string url(const Item& item, std::string_view path) {
  return fmt::format("https://{}/{}?key={}", item.row.text("host"), path, item.key.id);
}

http::Request request(const Item& item, const Credentials& credentials, std::string_view path, http::Effect effect) {
  http::Request r{.method = effect == http::Effect::read ? "GET" : "POST", .url = url(item, path)};
  r.effect = effect;
  r.caller.tenant = item.tenant.value;
  for (const auto& [service, c] : credentials) r.secret_headers.push_back({"Authorization", c.secret, c.host});
  return r;
}

// A stage's table of errors, as a provider has one.
Error trouble_of(const http::Response& r, bool once) {
  Error e{.fault = Fault::outage, .reason = "feed.unexpected_status", .http_status = r.status};
  const std::string_view asked = r.header("Retry-After");
  if (const int seconds = std::atoi(std::string(asked).c_str()); !asked.empty() && seconds >= 0)
    e.retry_after = Millis(1'000LL * seconds);
  switch (r.status) {
  case 400: e.fault = Fault::permanent; break;
  case 401:
  case 403: e.fault = Fault::setting; break;
  case 409: e.fault = Fault::transient; break;
  case 429:
    e.fault = Fault::rate_limited;
    if (e.retry_after && *e.retry_after > hour)
      e.parks.push_back({.scope = ParkScope::credential, .id = {}, .rest = hour, .reason = e.reason});
    break;
  case 503: e.fault = e.retry_after || !once ? Fault::outage : Fault::uncertain; break;
  default: e.fault = once ? Fault::uncertain : Fault::outage;
  }
  return e;
}

Expected<std::string> answer_of(Expected<http::Response> got, bool once) {
  http::Response r = TRY(std::move(got));
  if (r.status == 200 && r.body.starts_with("ok ")) return r.body.substr(3);
  return std::unexpected(trouble_of(r, once));
}

Result result_of(Expected<std::string> answer) {
  if (!answer) return {std::unexpected(std::move(answer).error())};
  return {Done{std::move(*answer)}};
}

void bug(const Item& item, std::string_view where) {
  if (item.row.text("bug") == where) throw std::logic_error(fmt::format("{}: a bug", where));
}

Verdict consent(const Item& item, Time) {
  bug(item, "rule");
  if (item.row.flag("consent")) return Go{};
  return Cancel{"feed.stopped"};
}
Verdict open(const Item& item, Time now) {
  if (item.row.time("opens_at") > now) return Snooze{item.row.time("opens_at"), because()};
  if (!item.row.flag("active")) return Snooze{now + hour, "tenant.inactive", "the tenant"};
  return Go{};
}
constexpr Rule rules[] = {{"consent", consent, nullptr}, {"open", open, nullptr}};

std::string today(Time now) { return fmt::format("D{}", to_ms(now) / day.count()); }
Time tomorrow(Time now) { return from_ms((to_ms(now) / day.count() + 1) * day.count()); }

Plan plan_read(const Item& item, Time) {
  return {.services = {}, .service = "fetch", .host = item.row.text("host"), .quota = {}, .pace = {}};
}
Plan plan_post(const Item& item, Time now) {
  return {.services = {"wordpress"},
          .quota = {{.meter = "posts",
                     .period = today(now),
                     .limit = item.row.maybe_integer("post_limit"),
                     .again = tomorrow(now)}},
          .pace = {}};
}
Plan plan_message(const Item& item, Time now) {
  Plan p{.services = {"whatsapp"},
         .quota = {{.meter = "messages",
                    .period = today(now),
                    .limit = item.row.maybe_integer("message_limit"),
                    .again = tomorrow(now)},
                   {.meter = "pieces", .period = today(now), .amount = 2, .limit = std::nullopt, .again = now}},
         .pace = {}};
  if (const auto every = item.row.integer("interval_ms"); every > 0)
    p.pace.push_back({.key = "", .interval = Millis(every), .reason = "pace.sender"});
  return p;
}
Plan plan_tell(const Item&, Time) { return {.services = {"wordpress"}, .quota = {}, .pace = {}}; }

Result fetch(const Item& item, const Credentials& c, const Outside& out) {
  bug(item, "work");
  const auto first = answer_of(out.http.send(request(item, c, "list", http::Effect::read)), false);
  if (!first) return result_of(first);
  auto r = request(item, c, "read", http::Effect::repeatable);
  r.body = fmt::format("{} {}", *first, to_ms(out.clock.now()));
  Result done = result_of(answer_of(out.http.send(r), false));
  done.spent = {{"tokens", 7}};
  return done;
}

Result post(const Item& item, const Credentials& c, const Outside& out) {
  const auto terms = answer_of(out.http.send(request(item, c, "terms", http::Effect::read)), false);
  if (!terms) return result_of(terms);
  Result r = result_of(answer_of(out.http.send(request(item, c, "post", http::Effect::once)), true));
  bug(item, "after");
  return r;
}
Expected<Reconciled> find_post(const Item& item, const Credentials& c, const Outside& out) {
  bug(item, "lookup");
  const std::string found = TRY(answer_of(out.http.send(request(item, c, "find", http::Effect::read)), false));
  if (found == "absent") return Reconciled{.presence = Presence::absent};
  return Reconciled{.presence = Presence::found, .result = {Done{found}}};
}

Result message(const Item& item, const Credentials& c, const Outside& out) {
  return result_of(answer_of(out.http.send(request(item, c, "message", http::Effect::once)), true));
}
Result tell(const Item& item, const Credentials& c, const Outside& out) {
  return result_of(answer_of(out.http.send(request(item, c, "tell", http::Effect::repeatable)), false));
}

// Each stage's settle is the same but for its name and what comes next.
void settled(Settling& s, const Item& item, std::string_view stage, const char* next) {
  s.tx.execute(sql("INSERT INTO sim_told (id, stage, next, done, period) VALUES ($id, $stage, $next, $done, $period) "
                   "ON CONFLICT (id, stage) DO UPDATE SET next = excluded.next, done = sim_told.done + excluded.done, "
                   "period = CASE WHEN excluded.done > 0 THEN excluded.period ELSE sim_told.period END"),
               {{"id", item.key.id},
                {"stage", stage},
                {"next", ledger::word(s.next)},
                {"done", s.next == Next::done},
                {"period", s.period_of(stage == "message" ? "messages" : "posts")}});
  bug(item, "settle");
  if (s.next == Next::done && next != nullptr) s.enqueue(next, Key{"item", item.key.id}, item.tenant, s.now);
}
void settle_plan(Settling& s, const Item& i, const Result&) { settled(s, i, "plan", "fetch"); }
void settle_fetch(Settling& s, const Item& i, const Result&) {
  settled(s, i, "fetch", i.row.text("kind") == "post" ? "post" : "message");
}
void settle_post(Settling& s, const Item& i, const Result&) { settled(s, i, "post", "tell"); }
void settle_message(Settling& s, const Item& i, const Result&) { settled(s, i, "message", nullptr); }
void settle_tell(Settling& s, const Item& i, const Result&) { settled(s, i, "tell", nullptr); }

std::size_t discover(Discovery& d) {
  const db::Rows rows =
      d.tx.query(sql("SELECT id, tenant_id FROM sim_items WHERE planned = 0 AND ($only = '' OR tenant_id = $only) "
                     "ORDER BY id LIMIT $chunk"),
                 {{"only", d.only ? d.only->value : std::string()}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& r : rows) {
    d.enqueue("plan", Key{"item", r.text("id")}, {r.text("tenant_id")}, d.now);
    d.tx.execute(sql("UPDATE sim_items SET planned = 1 WHERE id = $id"), {{"id", r.text("id")}});
  }
  return rows.size();
}

const db::Statement undiscovered = sql("SELECT 1 AS yes FROM sim_items WHERE planned = 0 AND $now > 0 LIMIT 1");

Stage stage(std::string_view name) {
  return {
      .name = name,
      .load = sql(
          "SELECT i.id, i.kind, i.host, i.consent, i.opens_at, i.bug, t.post_limit, t.message_limit, t.interval_ms, "
          "n.active FROM sim_items i JOIN sim_tenants t ON t.id = i.tenant_id JOIN tenants n ON n.id = i.tenant_id "
          "WHERE i.id = $id"),
      .rules = rules,
      .did = name,
      .retry = {.base = Millis(2'000), .cap = Millis(600'000), .max_attempts = 4}};
}

} // namespace

const char* const spine_schema = R"(
CREATE TABLE sim_tenants (id TEXT NOT NULL PRIMARY KEY, post_limit INTEGER, message_limit INTEGER,
  interval_ms INTEGER NOT NULL) STRICT;
CREATE TABLE sim_items (id TEXT NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, kind TEXT NOT NULL, host TEXT NOT NULL,
  planned INTEGER NOT NULL DEFAULT 0, consent INTEGER NOT NULL DEFAULT 1, opens_at INTEGER NOT NULL,
  bug TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE sim_told (id TEXT NOT NULL, stage TEXT NOT NULL, next TEXT NOT NULL, done INTEGER NOT NULL, period TEXT NOT NULL,
  PRIMARY KEY (id, stage)) STRICT;
)";

std::vector<Job> spine_jobs() {
  Stage plan = stage("plan"), read = stage("fetch"), once = stage("post"), blind = stage("message"),
        again = stage("tell");
  plan.discover = discover;
  plan.undiscovered = &undiscovered;
  plan.settle = settle_plan;
  read.plan = plan_read, read.work = fetch, read.settle = settle_fetch;
  once.plan = plan_post, once.work = post, once.settle = settle_post, once.reconcile = find_post;
  blind.plan = plan_message, blind.work = message, blind.settle = settle_message, blind.light = true;
  again.plan = plan_tell, again.work = tell, again.settle = settle_tell, again.repeats = true;
  const db::Statement preview = sql("SELECT '' AS note, NULL AS at, NULL AS items WHERE $now < 0");
  // As verify-social and deliver: a second job has the sending stage too.
  return {{.name = "spine", .help = "", .stages = {plan, read, once, blind, again}, .preview = preview},
          {.name = "sender", .help = "", .stages = {blind}, .preview = preview}};
}

} // namespace milkrun::sim
