// sync-portal: the portal's tenant list becomes tenants, sealed WordPress credentials and feeds.
//
// A tenant that is gone from the list stops; nothing is deleted. A portal that cannot be read stops its tenants' new
// posts (tenant_gate) and nothing else. A list that is much shorter than what is known changes nothing, and who is
// missing in it is gone when the next one lacks them too. What the operator switched off stays off. A list may be long:
// it is stored in parts, a turn each.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "jobs/publish_feeds/told.hpp"
#include "providers/feed/own_site.hpp"
#include "providers/portal/portal.hpp"
#include "sql/publish_feeds_sync_portal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_sync_portal;
constexpr ReasonCode left_portal = "portal.left_list", own_site = "feed.own_site";

struct Read {
  portal::TenantList list;
  Time started;                          // before the request: what was acknowledged earlier is counted in the answer
  std::set<std::string_view> named = {}; // by the list, well or badly
  std::size_t rows() const { return list.tenants.size() + list.problems.size(); }
};
using Shared = std::shared_ptr<const Read>; // it is looked at in every part, and copied in none

struct Known {
  TenantId id;
  std::string timezone;
  bool stopped = false; // by the operator
};

bool in_doubt(const Item& item) { return !item.row.null("shrunk_to"); }

// Whom the list before this one lacked, where it was doubted.
std::set<std::string> lacked_before(const Item& item) {
  const nlohmann::json refs = nlohmann::json::parse(item.row.text("lacked"), nullptr, false);
  std::set<std::string> out;
  if (refs.is_array())
    for (const auto& ref : refs)
      if (ref.is_string()) out.insert(ref.get<std::string>());
  return out;
}

struct Missing {
  std::size_t active = 0;
  std::vector<std::string> refs = {}; // of those who are active and not in the list
  std::string json() const {
    return nlohmann::json(refs).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
};

Missing missing_in(Settling& s, const Item& item, const Read& read) {
  const db::Rows active = s.tx.query(sql::active, {{"portal", item.row.text("portal_id")}});
  Missing out{.active = active.size()};
  for (const db::Row& r : active)
    if (!read.named.contains(r.text("portal_ref"))) out.refs.push_back(r.text("portal_ref"));
  return out;
}

// Empty, or without more than half of those who are active: more likely a portal in trouble than so many farewells. The
// next list after it is believed, for what both say; two runs that meet at the end of a slot make no next one.
bool is_doubted(const Item& item, const Read& read, const Missing& missing) {
  if (!in_doubt(item)) return missing.refs.size() * 2 > missing.active;
  const bool next = read.started - item.row.time("synced_at") >= Millis(item.row.integer("sync_interval_ms")) / 2;
  return !next && !missing.refs.empty();
}

std::size_t discover(Discovery& d) {
  const db::Rows rows = d.tx.query(sql::discover, {{"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& r : rows) {
    d.one(
        operator_tenant,
        [&] {
          const std::int64_t interval = r.integer("sync_interval_ms");
          const Key key{"portal", r.text("id"), std::to_string(to_ms(d.now) / interval)};
          d.enqueue("sync-portal", key, operator_tenant, d.now);
          d.tx.execute(sql::enqueued, {{"portal", r.text("id")}, {"slot_end", portal_slot_end(interval, d.now)}});
        },
        [&](Time until) { d.tx.execute(sql::enqueued, {{"portal", r.text("id")}, {"slot_end", until}}); });
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
  const auto read = std::make_shared<Read>(Read{.list = {}, .started = outside.clock.now()});
  portal::Client client(outside.http, credentials.at("portal"), outside.settings.timeout("portal", Millis(30'000)));
  Expected<portal::TenantList> list = client.tenants();
  if (!list) return {std::unexpected(std::move(list).error())};
  read->list = std::move(*list);
  for (const portal::Tenant& t : read->list.tenants) read->named.insert(t.tenant_id);
  for (const portal::Problem& p : read->list.problems) read->named.insert(p.tenant_id);
  return {Done{fmt::format("{} tenants", read->list.tenants.size())}, Shared(read)};
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

// An account that was set up and is not any more brings nothing, slot by slot: the portal hears why. One that never had
// site, user and password is not set up yet, and no trouble.
void tell_emptied(Settling& s, const TenantId& tenant, const Reason& says, const Reason& problem,
                  const std::string& slot) {
  if (!says.is(portal_row_unusable) || !s.tx.one(sql::has_site, {{"tenant", tenant.value}})) return;
  tell_trouble(s, tenant, {.slot = slot, .cause = std::string(problem.code()), .failure = {says}});
}

// The same of a feed that stopped by itself.
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
  const std::string slot =
      zone::slot_at(known.timezone, zone::frequency(frequency).value_or(zone::Frequency::daily), s.now).name;
  if (!says.empty())
    tell_emptied(s, id, says, problem, slot);
  else if (t.rss_url.empty())
    tell_trouble(s, id, {.slot = slot, .cause = "no feed", .failure = {"portal.names_no_feed"}});
  else
    tell_stopped(s, id, t.rss_url, slot);
}

// What waited for the list goes on.
void wake(Settling& s, const Known& known, const portal::Tenant& t) {
  s.wake(known.id, "portal");
  if (!known.stopped) s.wake(known.id, "tenant");
  if (said_of(t, problem_of(t)).empty()) s.wake(known.id, "portal says go");
  if (t.remaining > 0) s.wake(known.id, "posts");
}

constexpr std::size_t most_named = 20; // of the rows that cannot be used

// A row that is there but cannot be used: its tenant is not gone, gets nothing until the portal mends it, and both the
// run's report and the portal say so. What cannot even be named is told alone. `known` may be null.
void tell_bad_row(Settling& s, const Item& item, const portal::Problem& p, const Known* known, bool named) {
  const Reason whose = p.tenant_id.empty() ? Reason("portal.of_a_row") : Reason("portal.of_tenant", {p.tenant_id});
  if (named) s.count("warning", Reason(portal_row_unusable).about(whose.about(p.what)), 1);
  if (known == nullptr) return;
  const Reason says = Reason(portal_row_unusable).about(p.what);
  s.tx.execute(sql::unusable, {{"portal", item.row.text("portal_id")},
                               {"ref", p.tenant_id},
                               {"says", says.code()},
                               {"args", says.args_json()}});
  tell_trouble(s, known->id,
               {.slot = zone::slot_at(known->timezone, zone::Frequency::daily, s.now).name,
                .cause = "row " + p.field,
                .failure = {says}});
}

// The portal's tenants by their ids there. Rows are cheap to write; a tenant costs slots, polls and the platform's
// accounts. Those who left count on: a list of new ids each time would be without end.
class Tenants {
public:
  Tenants(Settling& s, const Item& item) : s_(s), item_(item), portal_("portal", item.row.text("portal_id")) {}
  std::optional<Known> known(const std::string& ref) {
    const auto row = s_.tx.one(sql::tenant, {portal_, {"ref", ref}});
    if (!row) return std::nullopt;
    return Known{{row->text("id")}, row->text("timezone"), row->flag("stopped")};
  }
  // nullopt: there are too many.
  std::optional<Known> known_or_new(const portal::Tenant& t) {
    if (auto found = known(t.tenant_id)) return found;
    if (!there_are_) there_are_ = s_.tx.one(sql::how_many, {portal_})->integer("n");
    if (*there_are_ >= item_.row.integer("max_tenants")) {
      ++left_out_;
      return std::nullopt;
    }
    ++*there_are_;
    return Known{add_tenant(s_, item_, t), item_.row.text("timezone")};
  }
  void tell_left_out() {
    const std::int64_t most = item_.row.integer("max_tenants");
    if (left_out_ > 0) s_.count("warning", Reason("portal.too_many_tenants", {std::to_string(most)}), left_out_);
  }

private:
  Settling& s_;
  const Item& item_;
  const db::Param portal_;
  std::optional<std::int64_t> there_are_;
  std::int64_t left_out_ = 0;
};

constexpr std::size_t rows_a_part = 100, gone_a_part = 500;

void store_row(Settling& s, const Item& item, Tenants& tenants, const Read& read, std::size_t row) {
  const portal::TenantList& list = read.list;
  if (row < list.tenants.size()) {
    const portal::Tenant& t = list.tenants[row];
    if (const auto known = tenants.known_or_new(t)) store_tenant(s, *known, t, read.started);
    return;
  }
  const std::size_t n = row - list.tenants.size();
  const portal::Problem& p = list.problems[n];
  const auto known = p.tenant_id.empty() ? std::nullopt : tenants.known_or_new({.tenant_id = p.tenant_id});
  tell_bad_row(s, item, p, known ? &*known : nullptr, n < most_named);
  if (n == most_named)
    s.count("warning",
            Reason(portal_row_unusable)
                .about(Reason("portal.more_rows", {std::to_string(list.problems.size() - most_named)})),
            1);
}

// After a list that was doubted only who was missing in that one as well. True: there are no more of them.
bool stop_gone(Settling& s, const Item& item, const Read& read) {
  const std::set<std::string> lacked = lacked_before(item);
  std::size_t stopped = 0;
  for (const db::Row& r : s.tx.query(sql::active, {{"portal", item.row.text("portal_id")}})) {
    const std::string& ref = r.text("portal_ref");
    if (read.named.contains(ref) || (in_doubt(item) && !lacked.contains(ref))) continue;
    if (stopped++ == gone_a_part) return false;
    s.tx.execute(sql::gone, {{"tenant", r.text("id")}});
  }
  return true;
}

void note_read(Settling& s, const Item& item, const Read& read, const Missing& missing) {
  s.tx.execute(sql::read,
               {{"portal", item.row.text("portal_id")},
                {"now", s.now},
                {"rows", missing.refs.empty() ? db::Value() : db::Value(static_cast<std::int64_t>(read.rows()))},
                {"lacked", missing.json()}});
}

// First the rows, then those who are gone, then that the list was read, then who waited for that: who is woken earlier
// finds an unread list. A run that dies in between leaves a portal that was not read, and the list is asked for again;
// one that lacks many is still believed then.
std::optional<std::size_t> settle_part(Settling& s, const Item& item, const Result& result, std::size_t from) {
  const Read& read = **payload_of<Shared>(result);
  if (from == 0)
    if (const Missing missing = missing_in(s, item, read); is_doubted(item, read, missing)) {
      note_read(s, item, read, missing);
      return std::nullopt;
    }
  if (from == 0 && read.list.noise) s.count("warning", "portal.noisy_answers", 1);
  Tenants tenants(s, item);
  const std::size_t rows = read.rows();
  if (from < rows) {
    const std::size_t end = std::min(rows, from + rows_a_part);
    for (std::size_t i = from; i < end; ++i) store_row(s, item, tenants, read, i);
    tenants.tell_left_out();
    return end;
  }
  if (from == rows) {
    if (!stop_gone(s, item, read)) return from;
    note_read(s, item, read, missing_in(s, item, read));
    s.tx.execute(sql::stored, {{"portal", item.row.text("portal_id")}, {"started", read.started}});
    return rows + 1;
  }
  const std::size_t begin = from - rows - 1, end = std::min(read.list.tenants.size(), begin + rows_a_part);
  for (std::size_t i = begin; i < end; ++i)
    if (const auto known = tenants.known(read.list.tenants[i].tenant_id)) wake(s, *known, read.list.tenants[i]);
  return end < read.list.tenants.size() ? std::optional(rows + 1 + end) : std::nullopt;
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
          .settle_part = settle_part,
          .repeats = true,
          .retry = {.base = Millis(2'000), .cap = Millis(300'000), .max_attempts = 6}};
}

} // namespace milkrun::publish_feeds
