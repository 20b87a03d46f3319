// Who waits for what: what rests, and items that have nothing to be tried with. Bounded, and read by skipping along an
// index: a thousand items that wait for one password are one line.
#include "run/tell.hpp"
#include "sql/tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milkrun {
namespace {

constexpr Millis day{24 * 3'600'000};
constexpr Millis alone_for{3'600'000};    // then what waits alone waits for somebody, whoever's move it was at first
constexpr int most_looked_at = 200;       // words that items wait for, of a tenant each
constexpr std::int64_t most_more = 1'000; // ... and of those beyond, counted
constexpr std::int64_t most_counted = 10'000;
const std::string after_all_tenants = "\x7f"; // sorts behind every id

// What is told, and what it is about: a park, a destination, or the word that an item waits for.
struct Line {
  Resting told;
  std::optional<ledger::Parked> park = {};
  std::optional<ledger::Destination> destination = {};
  std::string word = {}, tenant = {}; // of the items; "" = of all tenants
};

bool is_due(const std::optional<Time>& told_at, Time now) { return !told_at || now - *told_at >= day; }

std::string slug_of(db::Transaction& tx, const std::string& tenant) {
  if (tenant.empty()) return {};
  const auto row = tx.one(sql::tell::tenant, {{"id", tenant}});
  return row ? row->text("slug") : std::string();
}

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
  if (line.park) return name_of(tx, *line.park);
  if (line.destination) return fmt::format("destination {}", line.word);
  constexpr std::string_view credential = "credential ", missing = "credential of ";
  if (line.word.starts_with(missing)) return fmt::format("a credential for {}", line.word.substr(missing.size()));
  if (line.word.starts_with(credential)) return name_of_credential(tx, line.word.substr(credential.size()));
  return line.word;
}

std::int64_t waiting(db::Transaction& tx, const Line& line) {
  if (line.word.empty()) return 0;
  const db::Statement& count = line.tenant.empty() ? sql::tell::waiting : sql::tell::waiting_of;
  const auto row = line.tenant.empty()
                       ? tx.one(count, {{"word", line.word}, {"most", most_counted}})
                       : tx.one(count, {{"word", line.word}, {"tenant", line.tenant}, {"most", most_counted}});
  return row->integer("items");
}

std::string word_of(const ledger::Parked& p) {
  if (p.scope == ParkScope::credential) return waits_for(CredentialId{p.id});
  return p.scope == ParkScope::template_ ? ledger::waits_for_template(p.id) : std::string();
}

// When what rested is tried again, while items wait for it; nullopt: nobody does, or for another reason.
std::optional<Time> tried_at(db::Transaction& tx, const ledger::Parked& p, const std::string& word) {
  if (word.empty()) return std::nullopt;
  const auto first = tx.one(sql::tell::next_waiting, {{"word", word}, {"tenant", ""}});
  if (!first || first->text("waits_for") != word) return std::nullopt;
  const Reason reason = Reason::stored(first->text("reason"));
  return reason.is("parked") || reason.code() == p.reason.code() ? std::optional(first->time("due_at")) : std::nullopt;
}

std::vector<Line> parks_and_destinations(db::Transaction& tx, std::vector<ledger::Parked> parks,
                                         std::vector<ledger::Destination> all, Time now) {
  std::vector<Line> out;
  for (ledger::Parked& p : parks) {
    Line line{
        .told = {.what = {}, .tenant = {}, .reason = p.reason, .detail = p.detail, .since = p.since, .until = p.until}};
    line.told.news = p.reason.mover() != Mover::nobody_ && is_due(p.told_at, now);
    line.word = word_of(p);
    if (p.until <= now) {
      // Until one of its items has tried again they are told of with it, as a run of another job may come between:
      // with a memory of their own they would be told of twice a day.
      const auto next = tried_at(tx, p, line.word);
      if (!next) continue;
      line.told.until = *next;
    }
    line.park = std::move(p);
    out.push_back(std::move(line));
  }
  for (ledger::Destination& d : all) {
    if (d.step == 0) continue;
    Line line{
        .told = {.what = {}, .tenant = {}, .reason = d.reason, .detail = d.detail, .since = d.since, .until = d.until}};
    line.told.news = is_due(d.told_at, now);
    line.word = ledger::waits_for(d.service, d.host);
    line.tenant = d.tenant;
    line.destination = std::move(d);
    out.push_back(std::move(line));
  }
  return out;
}

// Goes round those who wait for what rests nowhere (a credential that is missing or cannot be opened, a quota, a
// portal), by word and tenant; what rests is told for all who wait for it.
class Round {
public:
  Round(db::Transaction& tx, const std::vector<Line>& lines) : tx_(tx) {
    for (const Line& line : lines) known_.insert(line.word);
  }
  void begin_after(std::string word, std::string tenant) {
    word_ = begin_word_ = std::move(word);
    tenant_ = begin_tenant_ = std::move(tenant);
  }
  // nullopt: it is round.
  std::optional<db::Row> next() {
    for (;;) {
      auto found = tx_.one(sql::tell::next_waiting, {{"word", word_}, {"tenant", tenant_}});
      if (!found && (wrapped_ || begin_word_.empty())) return std::nullopt;
      if (!found) {
        wrapped_ = true;
        word_ = tenant_ = "";
        continue;
      }
      word_ = found->text("waits_for");
      tenant_ = found->text("tenant_id");
      if (wrapped_ && std::pair(word_, tenant_) > std::pair(begin_word_, begin_tenant_)) return std::nullopt;
      if (!known_.contains(word_)) return found;
      tenant_ = after_all_tenants;
    }
  }
  const std::string& word() const { return word_; }
  const std::string& tenant() const { return tenant_; }

private:
  db::Transaction& tx_;
  std::set<std::string> known_;
  std::string word_, tenant_, begin_word_, begin_tenant_;
  bool wrapped_ = false;
};

Line line_of(db::Transaction& tx, const db::Row& first, Time now) {
  Line line{.told = {.what = {},
                     .tenant = {},
                     .reason = Reason::stored(first.text("reason"), first.text("args")),
                     .detail = first.text("detail"),
                     .since = first.time("created_at"),
                     .until = first.time("due_at")},
            .word = first.text("waits_for"),
            .tenant = first.text("tenant_id")};
  const bool alone = line.word.starts_with("credential ") && !line.told.reason.is("parked");
  if (line.told.reason.mover() == Mover::nobody_ && !(alone && now - line.told.since >= alone_for)) return line;
  const auto row =
      tx.one(sql::tell::told_at, {{"word", line.word}, {"tenant", line.tenant}, {"reason", line.told.reason.code()}});
  line.told.news = !row || is_due(row->time("at"), now);
  return line;
}

// Some of them, from where the last run that told (`told`) has stopped. How many more there are, counted to a bound.
std::int64_t add_words(db::Transaction& tx, Time now, bool told, std::vector<Line>& lines) {
  Round round(tx, lines);
  if (told)
    if (const auto last = tx.one(sql::tell::told_up_to))
      round.begin_after(last->text("waits_for"), last->text("tenant_id"));
  for (int n = 0; n < most_looked_at; ++n) {
    const auto next = round.next();
    if (!next) return 0;
    lines.push_back(line_of(tx, *next, now));
  }
  const std::string word = round.word(), tenant = round.tenant();
  std::int64_t more = 0;
  while (more < most_more && round.next()) ++more;
  if (told && more > 0) tx.execute(sql::tell::go_on_after, {{"word", word}, {"tenant", tenant}});
  return more;
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

void fill(db::Transaction& tx, std::vector<Line> lines, Time now, bool told, RunReport& report) {
  const std::int64_t unseen = add_words(tx, now, told, lines);
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
    if (told && line.told.news) mark(tx, line, now);
    report.resting.push_back(std::move(line.told));
  }
}

} // namespace

void fill_resting(db::Transaction& tx, World& world, Time now, bool told, RunReport& report) {
  fill(tx, parks_and_destinations(tx, world.parks(), world.breakers.all(), now), now, told, report);
}

RunReport resting_now(db::Database& database, Time now) {
  RunReport report;
  database.read([&](db::Transaction& tx) {
    ledger::Breakers breakers;
    breakers.refresh(tx);
    fill(tx, parks_and_destinations(tx, ledger::parks(tx), breakers.all(), now), now, false, report);
  });
  return report;
}

void forget_told(db::Transaction& tx, Time now) { tx.execute(sql::tell::forget_told, {{"before", now - 40 * day}}); }

} // namespace milkrun
