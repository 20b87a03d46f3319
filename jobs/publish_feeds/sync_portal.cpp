// sync-portal: the portal's tenant list becomes tenants, sealed WordPress credentials and feeds.
//
// A tenant that is gone from the list stops; nothing is deleted. A portal that cannot be read stops its tenants' new
// posts (tenant_gate) and nothing else. A list that is much shorter than what is known changes nothing before a second
// one says the same. What the operator switched off stays off.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/feed/own_site.hpp"
#include "providers/portal/portal.hpp"
#include "sql/publish_feeds_sync_portal.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_sync_portal;
constexpr ReasonCode left_portal = "portal.left_list", own_site = "feed.own_site";

struct Read {
  portal::TenantList list;
  Time started; // before the request: what was acknowledged earlier is counted in the answer
};

struct Known {
  TenantId id;
  std::string timezone;
  bool stopped = false; // by the operator
};

// Empty, or without more than half of those who are active: more likely a portal in trouble than so many farewells.
bool is_shrunk(const portal::TenantList& list, std::set<std::string> active) {
  const std::size_t were = active.size();
  for (const portal::Tenant& t : list.tenants) active.erase(t.tenant_id);
  for (const portal::Problem& p : list.problems) active.erase(p.tenant_id);
  return active.size() * 2 > were;
}

// What a list lacks is believed when the next one lacks it too; two runs that meet at the end of a slot make no next
// one.
bool is_next_list(const Item& item, Time now) {
  if (item.row.null("shrunk_to")) return false;
  return now - item.row.time("synced_at") >= Millis(item.row.integer("sync_interval_ms")) / 2;
}

std::size_t discover(Discovery& d) {
  const db::Rows rows = d.tx.query(sql::discover, {{"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& r : rows) {
    d.one(operator_tenant, [&] {
      const std::int64_t interval = r.integer("sync_interval_ms");
      const Key key{"portal", r.text("id"), std::to_string(to_ms(d.now) / interval)};
      d.enqueue("sync-portal", key, operator_tenant, d.now);
      d.tx.execute(sql::enqueued, {{"portal", r.text("id")}, {"slot_end", portal_slot_end(interval, d.now)}});
    });
  }
  return rows.size();
}

Verdict is_active(const Item& item, Time) {
  if (!item.row.flag("active")) return Cancel{"portal.inactive"};
  return Go{};
}

Verdict in_its_slot(const Item& item, Time now) {
  if (std::to_string(to_ms(now) / item.row.integer("sync_interval_ms")) != item.key.part) return Cancel{"slot.ended"};
  return Go{};
}

constexpr Rule rules[] = {{"active", is_active}, {"slot", in_its_slot}};

Plan plan(const Item&, Time) { return {.services = {"portal"}}; }

Result work(const Item&, const Credentials& credentials, const Outside& outside) {
  Read read{.list = {}, .started = outside.clock.now()};
  portal::Client client(outside.http, credentials.at("portal"), outside.settings.timeout("portal", Millis(30'000)));
  Expected<portal::TenantList> list = client.tenants();
  if (!list) return {std::unexpected(std::move(list).error())};
  read.list = std::move(*list);
  const std::string reference = fmt::format("{} tenants", read.list.tenants.size());
  return {Done{reference}, std::move(read)};
}

// "p1.6". No other slug has a dot: whatever ids a portal sends, it names none of another portal or of an import, and
// takes nobody's entry of [[network.allow]].
std::string free_slug(Settling& s, const Item& item, const std::string& ref) {
  std::string name = text::lower(ref);
  for (char& c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = '-';
  std::string slug = item.row.text("slug") + "." + name;
  if (!s.tx.query(sql::slug_taken, {{"slug", slug}}).empty()) slug += "-" + new_id().substr(26);
  return slug;
}

TenantId add_tenant(Settling& s, const Item& item, const portal::Tenant& t) {
  TenantId id{new_id()};
  const std::string slug = free_slug(s, item, t.tenant_id);
  s.tx.execute(sql::add_tenant, {{"tenant", id.value},
                                 {"slug", slug},
                                 {"name", t.site_url.empty() ? slug : t.site_url},
                                 {"timezone", item.row.text("timezone")},
                                 {"writer", item.row.text("writer")},
                                 {"max_items", item.row.integer("max_items")},
                                 {"portal", item.row.text("portal_id")},
                                 {"ref", t.tenant_id},
                                 {"now", s.now}});
  const nlohmann::json grants = nlohmann::json::parse(item.row.text("grants"), nullptr, false);
  if (grants.is_array())
    for (const auto& g : grants)
      if (g.is_string()) s.tx.execute(sql::grant, {{"tenant", id.value}, {"service", g.get<std::string>()}});
  return id;
}

// A feed that stopped by itself brings nothing, slot by slot: the portal hears why.
void tell_stopped(Settling& s, const TenantId& tenant, const std::string& url, const std::string& slot) {
  const auto feed = s.tx.one(sql::feed_at, {{"tenant", tenant.value}, {"url", url}});
  if (!feed || feed->flag("active") || feed->text("stop_reason") == ReasonCode("feed.switched_off").code()) return;
  tell_trouble(s, tenant,
               {.slot = slot,
                .cause = "feed " + feed->text("id"),
                .failure = {Reason::stored(feed->text("stop_reason"))},
                .url = url});
}

void store_feed(Settling& s, const TenantId& tenant, const portal::Tenant& t) {
  if (!t.rss_url.empty()) {
    // A site that publishes its own feed would feed itself for ever.
    const bool loop = feed::belongs_to_site(t.rss_url, t.site_url);
    s.tx.execute(sql::upsert_feed, {{"feed", new_id()},
                                    {"tenant", tenant.value},
                                    {"url", t.rss_url},
                                    {"active", !loop},
                                    {"stop_reason", loop ? own_site.code() : ""},
                                    {"left", left_portal.code()},
                                    {"own", own_site.code()}});
  }
  s.tx.execute(sql::leave_feeds, {{"tenant", tenant.value}, {"url", t.rss_url}, {"left", left_portal.code()}});
}

// What keeps everything of the tenant from being published, in the portal's own list.
Reason problem_of(const portal::Tenant& t) {
  if (t.site_url.empty()) return "portal.names_no_site";
  if (t.wp_username.empty()) return "portal.names_no_user";
  if (t.wp_app_password.empty()) return "portal.has_no_password";
  return {};
}

// Why it gets nothing; no reason: it gets its posts. Whom the portal skips it need not give a site.
Reason said_of(const portal::Tenant& t, const Reason& problem) {
  if (t.skip || !t.is_active) {
    if (!t.skip_reason.empty()) return Reason("portal.skips", {t.skip_reason});
    return Reason("portal.skips").about(t.is_active ? Reason("portal.gives_no_reason") : Reason("portal.tenant_off"));
  }
  return problem.empty() ? Reason() : Reason(portal_row_unusable).about(problem);
}

void store_tenant(Settling& s, const Known& known, const portal::Tenant& t, Time started) {
  const TenantId& id = known.id;
  const Reason problem = problem_of(t), says = said_of(t, problem);
  const std::string frequency = zone::frequency(t.frequency) && !t.frequency.empty() ? t.frequency : "daily";
  s.tx.execute(sql::other_slots, {{"tenant", id.value}, {"frequency", frequency}});
  s.tx.execute(sql::update_tenant, {{"tenant", id.value},
                                    {"language", t.language},
                                    {"tone", t.tone},
                                    {"publish_mode", t.publish_mode == "publish" ? "publish" : "draft"},
                                    {"frequency", frequency},
                                    {"says", says.code()},
                                    {"args", says.args_json()},
                                    {"period", zone::utc_month(s.now)},
                                    {"remaining", t.remaining},
                                    {"started", started}});
  if (problem.empty())
    s.store_credential({.scope = "tenant",
                        .tenant = id,
                        .owner_key = id.value,
                        .service = "wordpress",
                        .base_url = t.site_url,
                        .account = t.wp_username,
                        .secret = t.wp_app_password});
  store_feed(s, id, t);
  s.wake(id, "portal");
  if (!known.stopped) s.wake(id, "tenant");
  if (says.empty()) {
    s.wake(id, "portal says go");
    const std::string slot =
        zone::slot_at(known.timezone, zone::frequency(frequency).value_or(zone::Frequency::daily), s.now).name;
    if (t.rss_url.empty())
      tell_trouble(s, id, {.slot = slot, .cause = "no feed", .failure = {"portal.names_no_feed"}});
    else
      tell_stopped(s, id, t.rss_url, slot);
  }
  if (t.remaining > 0) s.wake(id, "posts");
}

// A row that is there but cannot be used: its tenant is not gone, gets nothing until the portal mends it, and both the
// run's report and the portal say so. What cannot even be named is told alone.
class BadRows {
public:
  BadRows(Settling& s, const Item& item) : s_(s), item_(item) {}

  void add(const portal::Problem& p, const Known* known) {
    const Reason whose = p.tenant_id.empty() ? Reason("portal.of_a_row") : Reason("portal.of_tenant", {p.tenant_id});
    if (++rows_ <= most_named) s_.count("warning", Reason(portal_row_unusable).about(whose.about(p.what)), 1);
    if (known == nullptr) return;
    const Reason says = Reason(portal_row_unusable).about(p.what);
    s_.tx.execute(sql::unusable, {{"portal", item_.row.text("portal_id")},
                                  {"ref", p.tenant_id},
                                  {"says", says.code()},
                                  {"args", says.args_json()}});
    tell_trouble(s_, known->id,
                 {.slot = zone::slot_at(known->timezone, zone::Frequency::daily, s_.now).name,
                  .cause = "row " + p.field,
                  .failure = {says}});
  }
  void end() {
    if (rows_ > most_named)
      s_.count("warning",
               Reason(portal_row_unusable).about(Reason("portal.more_rows", {std::to_string(rows_ - most_named)})), 1);
  }

private:
  static constexpr int most_named = 20;
  Settling& s_;
  const Item& item_;
  int rows_ = 0;
};

void settle(Settling& s, const Item& item, const Result& result) {
  const Read* read = payload_of<Read>(result);
  if (read == nullptr || !done_of(result.outcome)) return;
  const std::string& portal = item.row.text("portal_id");
  std::map<std::string, Known> known;
  std::set<std::string> gone;
  for (const db::Row& r : s.tx.query(sql::tenants, {{"portal", portal}})) {
    known.emplace(r.text("portal_ref"), Known{{r.text("id")}, r.text("timezone"), r.flag("stopped")});
    if (r.flag("active")) gone.insert(r.text("portal_ref"));
  }
  if (!is_next_list(item, s.now) && is_shrunk(read->list, gone)) {
    s.tx.execute(sql::doubted,
                 {{"portal", portal}, {"now", s.now}, {"rows", static_cast<std::int64_t>(read->list.tenants.size())}});
    return;
  }
  if (read->list.noise) s.count("warning", "portal.noisy_answers", 1);
  s.tx.execute(sql::read, {{"portal", portal}, {"started", read->started}, {"now", s.now}});
  // Rows are cheap to write; a tenant costs slots, polls and the platform's accounts. Those who left count on: a list
  // of new ids each time would be without end.
  const std::int64_t most = item.row.integer("max_tenants");
  std::int64_t left_out = 0;
  const auto known_or_new = [&](const portal::Tenant& t) -> const Known* {
    const auto found = known.find(t.tenant_id);
    if (found != known.end()) return &found->second;
    if (static_cast<std::int64_t>(known.size()) >= most) {
      ++left_out;
      return nullptr;
    }
    return &known.emplace(t.tenant_id, Known{add_tenant(s, item, t), item.row.text("timezone")}).first->second;
  };
  for (const portal::Tenant& t : read->list.tenants)
    if (const Known* tenant = known_or_new(t)) {
      store_tenant(s, *tenant, t, read->started);
      gone.erase(t.tenant_id);
    }
  BadRows bad(s, item);
  for (const portal::Problem& p : read->list.problems) {
    bad.add(p, p.tenant_id.empty() ? nullptr : known_or_new({.tenant_id = p.tenant_id}));
    gone.erase(p.tenant_id);
  }
  bad.end();
  if (left_out > 0) s.count("warning", Reason("portal.too_many_tenants", {std::to_string(most)}), left_out);
  for (const std::string& ref : gone) s.tx.execute(sql::gone, {{"tenant", known.at(ref).id.value}});
}

} // namespace

Stage sync_portal() {
  return {.name = "sync-portal",
          .load = sql::load,
          .discover = discover,
          .undiscovered = &sql::undiscovered,
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .repeats = true,
          .retry = {.base = Millis(2'000), .cap = Millis(300'000), .max_attempts = 6}};
}

} // namespace milkrun::publish_feeds
