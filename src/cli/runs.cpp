// `milkrun runs list` and `runs show`: what the run rows tell, as a table or as JSON.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/life.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "outreach/test_mode.hpp"
#include "run/runner.hpp"
#include "sql/cli.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr std::int64_t most_counts = 500, most_rows = 4'000;

// Ended rows say why; an open one runs, or its process died and the next run takes it over.
std::string state(const db::Row& row, const Life& life) {
  if (!row.null("ended_at")) return text::one_line(row.text("ended_by"), 60);
  return life.died(row.text("id")) ? "died" : "running";
}

// Seconds; "" of one that has not ended.
std::string took(const db::Row& row) {
  const auto ended = row.maybe_time("ended_at");
  return ended ? fmt::format("{}s", std::chrono::floor<std::chrono::seconds>(*ended - row.time("started_at")).count())
               : "";
}

Json run_json(const db::Row& row, const Life& life) {
  return {{"id", row.text("id")},
          {"number", row.integer("number")},
          {"job", row.text("job")},
          {"state", row.null("ended_at") ? state(row, life) : "ended"},
          {"host", row.text("host")},
          {"pid", row.integer("pid")},
          {"started_at", time_or_null(row, "started_at")},
          {"ended_at", time_or_null(row, "ended_at")},
          {"exit_code", row.null("exit_code") ? Json(nullptr) : Json(row.integer("exit_code"))},
          {"ended_by", row.text("ended_by")}};
}

// As a run's report has it.
Json resting_json(const Resting& r) {
  return {{"what", r.what},
          {"tenant", r.tenant},
          {"reason", r.reason.text()},
          {"code", r.reason.code()},
          {"args", r.reason.args()},
          {"mover", word(r.reason.mover())},
          {"detail", r.detail},
          {"since", zone::utc(r.since)},
          {"until", r.until ? Json(zone::utc(*r.until)) : Json(nullptr)},
          {"items", r.items}};
}

void print(std::ostream& out, const RunReport& rests, std::size_t width) {
  using C = Table::Column;
  Table table({{"WAITS FOR", C::prose}, {"TENANT"}, {"ITEMS", C::right}, {"SINCE"}, {"UNTIL"}, {"SEEN", C::prose}});
  for (const Resting& r : rests.resting)
    table.add({r.what, r.tenant, r.items > 0 ? std::to_string(r.items) : "", zone::utc(r.since),
               r.until ? zone::utc(*r.until) : "",
               r.detail.empty() ? r.reason.text() : fmt::format("{}: {}", r.reason.text(), r.detail)});
  if (!table.empty()) table.print(out << '\n', width);
  if (rests.more_resting > 0)
    out << fmt::format("and {} more that wait; see: milkrun items list --state due\n", rests.more_resting);
}

void print(std::ostream& out, const Listed& runs, const db::Rows& idle, const Life& life, const RunsListArgs& args,
           std::size_t width) {
  Table table({{"NUMBER", Table::Column::right}, {"JOB"}, {"STARTED"}, {"TOOK", Table::Column::right}, {"BY"}, {"ID"}});
  for (const db::Row& row : runs.rows)
    table.add({std::to_string(row.integer("number")), row.text("job"), when(row, "started_at"), took(row),
               state(row, life), row.text("id")});
  if (!table.empty() || idle.empty()) print_list(out, table, runs, args.limit, width, "no runs yet");
  for (const db::Row& row : idle)
    out << fmt::format("{}: nothing was due in {} runs, last {}\n", row.text("job"), row.integer("times"),
                       zone::utc(row.time("last_at")));
}

struct Shown {
  std::optional<db::Row> run;
  db::Rows counts;
  std::vector<TenantStory> tenants;
  std::optional<Life> life;
  std::vector<std::string> notes; // of test mode: as it is now
  bool cut = false;
};

Json as_json(const Shown& shown) {
  Json out = run_json(*shown.run, *shown.life);
  out["cut"] = shown.cut;
  out["counts"] = Json::array();
  for (const db::Row& row : shown.counts)
    out["counts"].push_back({{"stage", row.text("stage")},
                             {"outcome", row.text("outcome")},
                             {"reason", Reason::stored(row.text("reason"), row.text("args")).text()},
                             {"code", row.text("reason")},
                             {"args", reason_of(row).args()},
                             {"items", row.integer("items")},
                             {"next_at", time_or_null(row, "next_at")}});
  out["tenants"] = Json::array();
  for (const TenantStory& t : shown.tenants)
    out["tenants"].push_back({{"tenant", t.slug}, {"got", t.got}, {"story", t.story}});
  out["notes"] = Json::array();
  for (const std::string& note : shown.notes) out["notes"].push_back({{"note", note}});
  return out;
}

void print(std::ostream& out, const Shown& shown, std::size_t width) {
  const db::Row& run = *shown.run;
  const auto ended = run.maybe_time("ended_at");
  const std::string head[] = {fmt::format("run {} ({}) of {} on {}, pid {}", run.integer("number"), run.text("id"),
                                          run.text("job"), text::one_line(run.text("host"), 80), run.integer("pid")),
                              fmt::format("started {}, {}", zone::utc(run.time("started_at")),
                                          ended
                                              ? fmt::format("ended {} ({})", zone::utc(*ended), state(run, *shown.life))
                                              : state(run, *shown.life))};
  for (const std::string& text : head)
    for (const std::string& line : wrapped(text, width)) out << line << '\n';
  using C = Table::Column;
  Table counts({{"STAGE"}, {"OUTCOME"}, {"ITEMS", C::right}, {"NEXT"}, {"WHY", C::prose}});
  for (const db::Row& row : shown.counts)
    counts.add({row.text("stage"), row.text("outcome"), std::to_string(row.integer("items")), when(row, "next_at"),
                reason_of(row).text()});
  if (!counts.empty()) counts.print(out << '\n', width);
  Table tenants({{"TENANT"}, {"GOT", C::right}, {"STORY", C::prose}});
  for (const TenantStory& t : shown.tenants) tenants.add({t.slug, std::to_string(t.got), t.story});
  if (!tenants.empty()) tenants.print(out << '\n', width);
  for (const std::string& note : shown.notes)
    for (const std::string& line : wrapped("note: " + text::one_line(note), width)) out << line << '\n';
  if (shown.cut) out << "there is more; --tenant SLUG shows all of one\n";
}

// A run's number; of another text 0, which no run has.
std::int64_t number_of(const std::string& run) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(run.data(), run.data() + run.size(), number);
  return error == std::errc() && end == run.data() + run.size() ? number : 0;
}

} // namespace

Answer list_runs(const RunsListArgs& args, const Context& context) {
  const db::Value job = args.job.empty() ? db::Value() : db::Value(args.job);
  const auto database = open_database(context.settings);
  Listed runs;
  db::Rows idle;
  std::optional<Life> life;
  const RunReport rests = resting_now(*database, args.jobs, context.clock.now());
  database->read([&](db::Transaction& tx) {
    runs = cut_at(tx.query(sql::cli::runs, {{"job", job}, {"limit", args.limit + 1}}), args.limit);
    idle = tx.query(sql::cli::idle_runs, {{"job", job}});
    life.emplace(tx, context.settings, context.clock.now());
  });
  if (!args.json) {
    print(context.out, runs, idle, *life, args, context.width);
    print(context.out, rests, context.width);
    return Exit::ok;
  }
  Json out = listed_json("runs", runs, [&](const db::Row& row) { return run_json(row, *life); });
  out["resting"] = Json::array();
  for (const Resting& r : rests.resting) out["resting"].push_back(resting_json(r));
  out["more_resting"] = rests.more_resting;
  out["idle"] = Json::array();
  for (const db::Row& row : idle)
    out["idle"].push_back(
        {{"job", row.text("job")}, {"last_at", time_or_null(row, "last_at")}, {"times", row.integer("times")}});
  print_json(context.out, out);
  return Exit::ok;
}

Answer show_run(const RunsShowArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const auto tenant = TRY(tenant_of_flag(*database, args.tenant));
  const std::string only = tenant ? tenant->value : "";
  Shown shown;
  database->read([&](db::Transaction& tx) {
    shown.run = tx.one(sql::cli::run, {{"run", args.run}, {"number", number_of(args.run)}});
    if (!shown.run) return;
    const std::string& id = shown.run->text("id");
    shown.life.emplace(tx, context.settings, context.clock.now());
    shown.counts = tx.query(sql::cli::counts, {{"run", id}, {"tenant", only}, {"limit", most_counts}});
    std::span<const Job* const> jobs = args.jobs;
    const auto own = std::ranges::find(jobs, std::string_view(shown.run->text("job")), &Job::name);
    if (own != jobs.end()) jobs = std::span(&*own, 1);
    const db::Rows rows = tx.query(sql::cli::tenants, {{"run", id}, {"tenant", only}, {"limit", most_rows}});
    shown.tenants = stories_of(rows, jobs);
    shown.cut = static_cast<std::int64_t>(shown.counts.size()) == most_counts ||
                static_cast<std::int64_t>(rows.size()) == most_rows;
    shown.notes = outreach::test_mode_warnings(tx, context.clock.now());
  });
  if (!shown.run)
    return refuse(Exit::usage, fmt::format("there is no run {}; see: milkrun runs list", text::one_line(args.run, 80)));
  if (args.json)
    print_json(context.out, as_json(shown));
  else
    print(context.out, shown, context.width);
  return Exit::ok;
}

} // namespace milkrun::cli
