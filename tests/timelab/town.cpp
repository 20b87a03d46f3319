// Half of what happens lies around the days on which the zone's clock is changed.
#include "timelab/town.hpp"

#include "outreach/enroll.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace milkrun::timelab {
namespace {

using test::sql;

constexpr Millis minute{60'000}, hour{3'600'000}, day{24 * 3'600'000};

// Hours that clocks skip or show twice somewhere, and decent ones.
constexpr int tricky_hours[] = {0, 30, 90, 120, 135, 150, 600, 600, 540, 1'410};

int tricky(sim::Dice& d) { return tricky_hours[d.below(std::size(tricky_hours))]; }

std::vector<Campaign> campaigns_of(sim::Dice& d) {
  return {{.slug = "daily",
           .steps = {{.slug = "a"},
                     {.slug = "b", .value = 1, .at = tricky(d)},
                     {.slug = "c", .value = 2, .at = tricky(d)},
                     {.slug = "d", .value = 1}}},
          {.slug = "office",
           .from = 540,
           .until = 1'260,
           .weekdays = {"mon", "tue", "wed", "thu", "fri"},
           .steps = {{.slug = "a", .unit = "minutes"},
                     {.slug = "b", .value = 26, .unit = "hours"},
                     {.slug = "c", .value = 3},
                     {.slug = "d", .value = 1, .unit = "weeks", .at = 555}}},
          {.slug = "night",
           .from = 1'320,
           .until = 120,
           .steps = {{.slug = "a", .value = 30, .unit = "minutes"},
                     {.slug = "b", .value = 1, .from_enrollment = true, .at = 1'410},
                     {.slug = "c", .value = 5, .from_enrollment = true},
                     {.slug = "d", .value = 12, .unit = "hours", .at = tricky(d)}}}};
}

std::unique_ptr<Tenant> tenant_in(const std::string& zone, Time from, Time until, sim::Dice& d, std::size_t n) {
  auto out = std::make_unique<Tenant>();
  out->id = fmt::format("t{:02}", n);
  out->zone = zone;
  out->wall = std::make_shared<Wall>(zone, from - 60 * day, until + 60 * day);
  for (const int offset : {-3, 0, 1, 7})
    out->rules.push_back(
        {.slug = fmt::format("rule{}", offset), .offset = offset, .at = tricky(d), .business_days = d.percent(30)});
  for (int i = 0; i < 12; ++i) out->holidays.push_back(out->wall->date(from + d.below(700) * day));
  out->gap_hours = d.of({20, 20, 0});
  out->campaigns = campaigns_of(d);
  return out;
}

// A moment at which something begins that lasts about a week.
Time some_time(const Tenant& t, Time from, Time until, sim::Dice& d) {
  const std::vector<Time> changes = t.wall->changes();
  Time at = from + d.below(static_cast<int>((until - from) / minute)) * minute;
  if (!changes.empty() && d.percent(50)) at = d.of(changes) - d.below(12 * 1'440) * minute;
  return std::clamp(at, from, until - minute);
}

} // namespace

std::string clock_text(int minutes) { return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60); }

Town::Town(const std::vector<std::string>& zones, Time from, Time until, int invoices_each, int walks_each,
           sim::Dice& d) {
  std::map<std::string, std::shared_ptr<const Wall>> walls;
  for (const std::string& zone : zones) {
    tenants.push_back(tenant_in(zone, from, until, d, tenants.size()));
    walls[zone] = tenants.back()->wall;
  }
  for (std::size_t n = 0; n < tenants.size(); ++n) { // one of its drips goes by the next one's clock
    Campaign& c = tenants[n]->campaigns[n % 3];
    c.zone = zones[(n + 1) % zones.size()];
    c.wall = walls.at(c.zone);
  }
  const auto person = [&](const Tenant& t) {
    auto p = std::make_unique<Person>();
    p->id = fmt::format("p{:05}", people.size());
    p->phone = fmt::format("+4917{:08}", people.size());
    p->tenant = &t;
    p->zone = d.percent(20) ? d.of(zones) : "";
    p->wall = p->zone.empty() ? t.wall : walls.at(p->zone);
    people.push_back(std::move(p));
    return people.back().get();
  };
  for (const auto& t : tenants) {
    std::vector<Person*> debtors;
    for (int i = 0; i < invoices_each; ++i) {
      // Some owe more than one.
      if (debtors.empty() || d.percent(60)) debtors.push_back(person(*t));
      Invoice invoice{.number = fmt::format("{}-{:03}", t->id, i),
                      .person = d.percent(50) ? debtors.back() : d.of(debtors),
                      .created = some_time(*t, from, until - 45 * day, d),
                      .due = {},
                      .paid = {},
                      .hold_until = {}};
      const std::string today = t->wall->date(invoice.created);
      invoice.due.push_back({invoice.created, plus_days(today, d.between(-2, 14))});
      if (d.percent(25)) invoice.paid = invoice.created + d.below(20 * 1'440) * minute;
      if (d.percent(15)) {
        const Time moved = invoice.created + d.below(15 * 1'440) * minute;
        invoice.due.push_back({moved, plus_days(t->wall->date(moved), d.between(-2, 10))});
      }
      if (d.percent(10)) invoice.hold_until = plus_days(today, d.between(0, 14));
      invoices.push_back(std::move(invoice));
    }
    for (int i = 0; i < walks_each; ++i) {
      Person* p = person(*t);
      p->consents = d.percent(95);
      const Walk walk{.person = p, .campaign = &d.of(t->campaigns), .starts = some_time(*t, from, until - 45 * day, d)};
      if (d.percent(8)) p->opts_out = walk.starts + d.below(10 * 1'440) * minute;
      if (d.percent(8)) p->replies = walk.starts + d.below(10 * 1'440) * minute;
      walks.push_back(walk);
    }
  }
  const auto at = [&](Time t, std::function<void(db::Transaction&)> happen) {
    events.push_back({t, std::move(happen)});
  };
  for (const Invoice& i : invoices) {
    const db::Param number("number", i.number);
    at(i.created, [&i, number](db::Transaction& tx) {
      tx.execute(
          sql("INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, "
              "hold_until, created_at) VALUES ($number, $t, $c, $number, 'EUR', 2, 11900, $due, $hold, $now)"),
          {number,
           {"t", i.person->tenant->id},
           {"c", i.person->id},
           {"due", i.due.front().date},
           {"hold", i.hold_until.empty() ? db::Value() : db::Value(i.hold_until)},
           {"now", i.created}});
    });
    for (std::size_t n = 1; n < i.due.size(); ++n)
      at(i.due[n].since, [&due = i.due[n], number](db::Transaction& tx) {
        tx.execute(sql("UPDATE invoices SET due_on = $due, planned = 0 WHERE id = $number"),
                   {number, {"due", due.date}});
      });
    if (i.paid)
      at(*i.paid, [&i, number](db::Transaction& tx) {
        tx.execute(sql("UPDATE invoices SET status = 'paid', paid_at = $at, planned = 0 WHERE id = $number"),
                   {number, {"at", *i.paid}});
      });
  }
  for (const Walk& w : walks) {
    at(w.starts, [&w](db::Transaction& tx) {
      const std::string& tenant = w.person->tenant->id;
      outreach::enroll(tx, {tenant}, tenant + w.campaign->slug, w.person->id, w.starts, w.starts);
    });
    if (w.person->opts_out)
      at(*w.person->opts_out, [&w](db::Transaction& tx) {
        tx.execute(sql("INSERT INTO suppressions (tenant_id, channel, address, source, since) "
                       "VALUES ($t, 'whatsapp', $phone, 'import', $at)"),
                   {{"t", w.person->tenant->id}, {"phone", w.person->phone}, {"at", *w.person->opts_out}});
      });
    if (w.person->replies)
      at(*w.person->replies, [&w](db::Transaction& tx) {
        tx.execute(sql("UPDATE contacts SET wrote_at = $at WHERE id = $id"),
                   {{"id", w.person->id}, {"at", *w.person->replies}});
      });
  }
  std::ranges::stable_sort(events, {}, &Event::at);
}

void Town::settle_in(db::Transaction& tx) const {
  for (const auto& t : tenants) {
    const db::Param id("id", t->id);
    test::add_tenant(tx, t->id);
    tx.execute(sql("UPDATE tenants SET timezone = $zone, holidays = $days, reminder_gap_hours = $gap WHERE id = $id"),
               {id,
                {"zone", t->zone},
                {"days", fmt::format("[\"{}\"]", fmt::join(t->holidays, "\",\""))},
                {"gap", t->gap_hours}});
    for (const Rule& r : t->rules)
      tx.execute(
          sql("INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, at, text, business_days, active_since) "
              "VALUES ($id || $slug, $id, $slug, $offset, $at, $text, $business, 0)"),
          {id,
           {"slug", r.slug},
           {"offset", r.offset},
           {"at", clock_text(r.at)},
           {"text", fmt::format(R"({{"":"{}: {{invoice_number}}"}})", r.slug)},
           {"business", r.business_days}});
    for (const Campaign& c : t->campaigns) {
      const db::Param campaign("campaign", t->id + c.slug);
      tx.execute(
          sql("INSERT INTO campaigns (id, tenant_id, slug, name, kind, zone, window_start, window_end, weekdays) "
              "VALUES ($campaign, $id, $slug, $slug, 'drip', $zone, $from, $until, $days)"),
          {campaign,
           id,
           {"slug", c.slug},
           {"zone", c.zone},
           {"from", clock_text(c.from)},
           {"until", clock_text(c.until)},
           {"days", c.weekdays.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(c.weekdays, "\",\""))}});
      for (std::size_t n = 0; n < c.steps.size(); ++n) {
        const Step& s = c.steps[n];
        tx.execute(
            sql("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, delay_unit, delay_from, "
                "at, text) VALUES ($campaign || $slug, $id, $campaign, $slug, $n, $value, $unit, $base, $at, $text)"),
            {campaign,
             id,
             {"slug", s.slug},
             {"n", static_cast<std::int64_t>(n)},
             {"value", s.value},
             {"unit", s.unit},
             {"base", s.from_enrollment ? "enrollment" : "previous"},
             {"at", s.at ? clock_text(*s.at) : ""},
             {"text", fmt::format(R"({{"":"{} {}"}})", c.slug, s.slug)}});
      }
    }
  }
  for (const auto& p : people)
    tx.execute(sql("INSERT INTO contacts (id, tenant_id, phone, name, timezone, consent) "
                   "VALUES ($id, $t, $phone, 'Ana', $zone, $consent)"),
               {{"id", p->id}, {"t", p->tenant->id}, {"phone", p->phone}, {"zone", p->zone}, {"consent", p->consents}});
}

} // namespace milkrun::timelab
