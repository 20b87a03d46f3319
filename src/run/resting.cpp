// What rests, and the report of who waits for what. Bounded.
#include "run/resting.hpp"

#include "run/tell.hpp"
#include "sql/tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun {

using namespace resting;

namespace resting {

bool is_due(const std::optional<Time>& told_at, Time now) { return !told_at || now - *told_at >= day; }

db::Row ask(db::Transaction& tx, const db::Statement& of, const Line& line, std::int64_t most) {
  return *tx.one(of, {{"word", line.word},
                      {"tenant", line.tenant},
                      {"from", line.code},
                      {"to", line.code.empty() ? after_all : line.code},
                      {"most", most}});
}

Place told_up_to(db::Transaction& tx, std::string_view list) {
  const auto row = tx.one(sql::tell::told_up_to, {{"list", list}});
  return row ? Place{row->text("first"), row->text("second")} : Place{};
}

void go_on_after(db::Transaction& tx, std::string_view list, const Place& place) {
  tx.execute(sql::tell::go_on_after, {{"list", list}, {"first", place.first}, {"second", place.second}});
}

std::optional<Time> told_at(db::Transaction& tx, const Line& line) {
  const auto row =
      tx.one(sql::tell::told_at, {{"word", line.word}, {"tenant", line.tenant}, {"reason", line.told.reason.code()}});
  return row ? std::optional(row->time("at")) : std::nullopt;
}

} // namespace resting

namespace {

constexpr std::size_t most_rests = 500; // parks and destinations
constexpr std::int64_t most_counted = 10'000;

std::string name_of_credential(db::Transaction& tx, const std::string& id) {
  const auto row = tx.one(sql::tell::credential, {{"id", id}});
  if (!row) return "credential " + id;
  return fmt::format("credential {} of {}{}", row->text("service"), row->text("slug"),
                     row->text("scope") == "tenant" ? "" : fmt::format(" ({})", row->text("scope")));
}

std::string name_of(db::Transaction& tx, const ledger::Parked& p) {
  if (p.scope == ParkScope::credential) return name_of_credential(tx, p.id);
  if (p.scope == ParkScope::tenant) return "tenant " + slug_of(tx, p.id);
  if (p.scope == ParkScope::portal)
    if (const auto row = tx.one(sql::tell::portal, {{"id", p.id}})) return "portal " + row->text("slug");
  return ledger::name_of(p);
}

std::string name_of(db::Transaction& tx, const Line& line) {
  if (!line.told.what.empty()) return line.told.what;
  if (line.park) return name_of(tx, *line.park);
  if (line.destination) return fmt::format("destination {}", line.word);
  constexpr std::string_view credential = "credential ", missing = "credential of ";
  if (line.word.starts_with(missing)) return fmt::format("a credential for {}", line.word.substr(missing.size()));
  if (line.word.starts_with(credential)) return name_of_credential(tx, line.word.substr(credential.size()));
  return line.word;
}

std::int64_t waiting(db::Transaction& tx, const Line& line) {
  if (line.word.empty()) return 0;
  const db::Row row = line.tenant.empty() ? *tx.one(sql::tell::waiting, {{"word", line.word}, {"most", most_counted}})
                                          : ask(tx, sql::tell::waiting_of, line, most_counted);
  return row.integer("items");
}

std::string word_of(const ledger::Parked& p) {
  if (p.scope == ParkScope::credential) return waits_for(CredentialId{p.id});
  return p.scope == ParkScope::template_ ? ledger::waits_for_template(p.id) : std::string();
}

// When what rested is tried again, while items wait for it; nullopt: nobody does, or for another reason.
std::optional<Time> tried_at(db::Transaction& tx, const ledger::Parked& p, const std::string& word) {
  std::string tenant, code;
  for (int n = 0; !word.empty() && n < most_looked_at; ++n) {
    const auto next = tx.one(sql::tell::next_waiting, {{"word", word}, {"tenant", tenant}, {"reason", code}});
    if (!next || next->text("waits_for") != word) break;
    tenant = next->text("tenant_id");
    code = next->text("reason");
    const Reason reason = Reason::stored(code);
    if (reason.is("parked") || reason.code() == p.reason.code()) return next->time("due_at");
  }
  return std::nullopt;
}

std::optional<Line> line_of_park(db::Transaction& tx, ledger::Parked p, Time now) {
  Line line{
      .told = {.what = {}, .tenant = {}, .reason = p.reason, .detail = p.detail, .since = p.since, .until = p.until}};
  line.told.news = p.reason.mover() != Mover::nobody_ && is_due(p.told_at, now);
  line.word = word_of(p);
  if (p.until <= now) {
    // Until one of its items has tried again they are told of with it, as a run of another job may come between:
    // with a memory of their own they would be told of twice a day.
    const auto next = tried_at(tx, p, line.word);
    if (!next) return std::nullopt;
    line.told.until = *next;
  }
  line.park = std::move(p);
  return line;
}

std::optional<Line> line_of_destination(ledger::Destination d, Time now) {
  if (d.step == 0) return std::nullopt;
  Line line{
      .told = {.what = {}, .tenant = {}, .reason = d.reason, .detail = d.detail, .since = d.since, .until = d.until}};
  line.told.news = is_due(d.told_at, now);
  line.word = ledger::waits_for(d.service, d.host);
  line.tenant = d.tenant;
  line.destination = std::move(d);
  return line;
}

db::Rows resting_after(db::Transaction& tx, const Place& place, const Whose& whose, std::size_t most) {
  return tx.query(sql::tell::resting, {{"scope", place.first},
                                       {"id", place.second},
                                       {"only", whose.id()},
                                       {"operator", operator_tenant.value},
                                       {"limit", static_cast<std::int64_t>(most)}});
}

// Some of what rests, from where the last run that told (`told`) has stopped. How much more there is, counted to a
// bound.
std::int64_t add_rests(db::Transaction& tx, const Whose& whose, Time now, bool told, std::vector<Line>& lines) {
  const Place begin = told ? told_up_to(tx, "rests") : Place{};
  db::Rows rows = resting_after(tx, begin, whose, most_rests);
  if (rows.size() < most_rests && !begin.first.empty())
    for (db::Row& r : resting_after(tx, {}, whose, most_rests - rows.size()))
      if (std::pair(r.text("scope"), r.text("id")) <= std::pair(begin.first, begin.second))
        rows.push_back(std::move(r));
  for (const db::Row& r : rows) {
    auto line = r.text("scope") == "destination" ? line_of_destination(ledger::destination_of(r), now)
                                                 : line_of_park(tx, ledger::parked_of(r), now);
    if (line) lines.push_back(std::move(*line));
  }
  if (rows.size() < most_rests) return 0;
  if (whose.only) return 1; // at least
  const auto read = static_cast<std::int64_t>(rows.size());
  const std::int64_t more = tx.one(sql::tell::all_resting, {{"most", read + most_more}})->integer("n") - read;
  if (told && more > 0) go_on_after(tx, "rests", {rows.back().text("scope"), rows.back().text("id")});
  return more;
}

// What the jobs know of, and no item's word tells.
void add_waits(db::Transaction& tx, std::span<const Job* const> jobs, const Whose& whose, Time now,
               std::vector<Line>& lines) {
  for (const Job* job : jobs) {
    if (job->waits == nullptr) continue;
    for (Waits& w : job->waits(tx)) {
      if (!whose.has(w.tenant.value)) continue;
      Line line{.told = {.what = std::move(w.what),
                         .tenant = {},
                         .reason = std::move(w.reason),
                         .detail = std::move(w.detail),
                         .since = w.since,
                         .until = w.until},
                .word = std::move(w.word),
                .tenant = w.tenant.value};
      const bool somebodys = line.told.reason.mover() != Mover::nobody_ || now - line.told.since >= alone_for;
      line.told.news = somebodys && is_due(told_at(tx, line), now);
      lines.push_back(std::move(line));
    }
  }
}

void mark(db::Transaction& tx, const Line& line, Time now) {
  if (line.park)
    ledger::told(tx, *line.park, now);
  else if (line.destination)
    ledger::Breakers::told(tx, *line.destination, now);
  else
    tx.execute(sql::tell::tell,
               {{"word", line.word}, {"tenant", line.tenant}, {"reason", line.told.reason.code()}, {"now", now}});
}

void fill(db::Transaction& tx, std::span<const Job* const> jobs, const Whose& whose, Time now, bool told,
          RunReport& report) {
  std::vector<Line> lines;
  std::int64_t unseen = add_rests(tx, whose, now, told, lines);
  unseen += add_words(tx, whose, now, told, unseen > 0, lines);
  add_waits(tx, jobs, whose, now, lines);
  // News first: what does not fit today is told by the next run, when these are told.
  std::ranges::stable_sort(lines, [](const Line& a, const Line& b) {
    return std::pair(!a.told.news, a.told.since) < std::pair(!b.told.news, b.told.since);
  });
  report.resting.clear();
  report.more_resting = unseen + static_cast<std::int64_t>(lines.size() - std::min(lines.size(), most_resting));
  lines.resize(std::min(lines.size(), most_resting));
  for (Line& line : lines) {
    line.told.what = name_of(tx, line);
    line.told.tenant = slug_of(tx, line.park ? line.park->tenant : line.tenant);
    line.told.items = waiting(tx, line);
    if (line.told.items > 0 && !line.park && !line.destination) {
      const db::Row row = ask(tx, sql::tell::moments_of, line, most_asked);
      line.told.since = row.time("since");
      line.told.until = row.time("next_at");
    }
    if (told && line.told.news) mark(tx, line, now);
    report.resting.push_back(std::move(line.told));
  }
}

} // namespace

void fill_resting(db::Transaction& tx, const Job& job, const std::optional<TenantId>& only, Time now, bool told,
                  RunReport& report) {
  fill(tx, std::array{&job}, {only}, now, told, report);
}

RunReport resting_now(db::Database& database, std::span<const Job* const> jobs, Time now) {
  RunReport report;
  database.read([&](db::Transaction& tx) { fill(tx, jobs, {}, now, false, report); });
  return report;
}

std::string slug_of(db::Transaction& tx, const std::string& tenant) {
  if (tenant.empty()) return {};
  const auto row = tx.one(sql::tell::tenant, {{"id", tenant}});
  return row ? row->text("slug") : std::string();
}

bool tell_once_a_day(db::Transaction& tx, const std::string& word, const TenantId* tenant, const Reason& reason,
                     Time now) {
  const db::Param of("word", word), whose("tenant", tenant != nullptr ? tenant->value : std::string()),
      why("reason", reason.code());
  const auto row = tx.one(sql::tell::told_at, {of, whose, why});
  if (row && !is_due(row->time("at"), now)) return false;
  tx.execute(sql::tell::tell, {of, whose, why, {"now", now}});
  return true;
}

void forget_told(db::Transaction& tx, Time now) { tx.execute(sql::tell::forget_told, {{"before", now - 40 * day}}); }

} // namespace milkrun
