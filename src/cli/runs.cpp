// `milkrun runs list` and `runs show`: what the run rows tell, as a table or as JSON.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "run/report.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

Json time_or_null(const db::Row& row, std::string_view column) {
  const auto t = row.maybe_time(column);
  return t ? Json(zone::utc(*t)) : Json(nullptr);
}

// Ended rows say why; an open one runs, or its process died and the next run will say so.
std::string state(const db::Row& row) {
  return row.null("ended_at") ? "not ended" : text::one_line(row.text("ended_by"), 60);
}

Json run_json(const db::Row& row) {
  return {{"id", row.text("id")},
          {"number", row.integer("number")},
          {"job", row.text("job")},
          {"host", row.text("host")},
          {"pid", row.integer("pid")},
          {"started_at", time_or_null(row, "started_at")},
          {"ended_at", time_or_null(row, "ended_at")},
          {"exit_code", row.null("exit_code") ? Json(nullptr) : Json(row.integer("exit_code"))},
          {"ended_by", row.text("ended_by")}};
}

struct Listed {
  db::Rows runs, idle;
};

void print(std::ostream& out, const Listed& listed) {
  if (!listed.runs.empty())
    out << fmt::format("{:>6}  {:<20}  {:<20}  {:<20}  {:<12}  {}\n", "NUMBER", "JOB", "STARTED", "ENDED", "BY", "ID");
  for (const db::Row& row : listed.runs) {
    const auto ended = row.maybe_time("ended_at");
    out << fmt::format("{:>6}  {:<20}  {:<20}  {:<20}  {:<12}  {}\n", row.integer("number"), row.text("job"),
                       zone::utc(row.time("started_at")), ended ? zone::utc(*ended) : "-", state(row), row.text("id"));
  }
  for (const db::Row& row : listed.idle)
    out << fmt::format("{}: nothing was due in {} runs, last {}\n", row.text("job"), row.integer("times"),
                       zone::utc(row.time("last_at")));
  if (listed.runs.empty() && listed.idle.empty()) out << "no runs yet\n";
}

struct Shown {
  std::optional<db::Row> run;
  db::Rows counts;
  std::vector<TenantStory> tenants;
};

Json as_json(const Shown& shown) {
  Json out = run_json(*shown.run);
  out["counts"] = Json::array();
  for (const db::Row& row : shown.counts)
    out["counts"].push_back({{"stage", row.text("stage")},
                             {"outcome", row.text("outcome")},
                             {"reason", Reason::stored(row.text("reason"), row.text("args")).text()},
                             {"code", row.text("reason")},
                             {"items", row.integer("items")},
                             {"next_at", time_or_null(row, "next_at")}});
  out["tenants"] = Json::array();
  for (const TenantStory& t : shown.tenants)
    out["tenants"].push_back({{"tenant", t.slug}, {"got", t.got}, {"story", t.story}});
  return out;
}

void print(std::ostream& out, const Shown& shown) {
  const db::Row& run = *shown.run;
  const auto ended = run.maybe_time("ended_at");
  out << fmt::format("run {} ({}) of {} on {}, pid {}\n", run.integer("number"), run.text("id"), run.text("job"),
                     text::one_line(run.text("host"), 80), run.integer("pid"));
  out << fmt::format("started {}, {}\n", zone::utc(run.time("started_at")),
                     ended ? fmt::format("ended {} ({})", zone::utc(*ended), state(run)) : "not ended");
  for (const db::Row& row : shown.counts) {
    const auto next = row.maybe_time("next_at");
    out << fmt::format("  {:<14} {:<10} {:>7}  {}{}\n", row.text("stage"), row.text("outcome"), row.integer("items"),
                       text::one_line(Reason::stored(row.text("reason"), row.text("args")).text()), next ? fmt::format(" (next {})", zone::utc(*next)) : "");
  }
  for (const TenantStory& t : shown.tenants)
    out << fmt::format("  {:<20} {:>4}  {}\n", t.slug, t.got, text::one_line(t.story, 300));
}

} // namespace

Answer list_runs(const RunsListArgs& args, const Context& context) {
  const db::Value job = args.job.empty() ? db::Value() : db::Value(args.job);
  Listed listed;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    listed.runs = tx.query(sql::cli::runs, {{"job", job}, {"limit", args.limit}});
    listed.idle = tx.query(sql::cli::idle_runs, {{"job", job}});
  });
  if (!args.json) {
    print(context.out, listed);
    return Exit::ok;
  }
  Json out = {{"schema_version", 1}, {"runs", Json::array()}, {"idle", Json::array()}};
  for (const db::Row& row : listed.runs) out["runs"].push_back(run_json(row));
  for (const db::Row& row : listed.idle)
    out["idle"].push_back(
        {{"job", row.text("job")}, {"last_at", time_or_null(row, "last_at")}, {"times", row.integer("times")}});
  context.out << dump(out);
  return Exit::ok;
}

Answer show_run(const RunsShowArgs& args, const Context& context) {
  Shown shown;
  open_database(context.settings)->read([&](db::Transaction& tx) {
    shown.run = tx.one(sql::cli::run, {{"run", args.run}});
    if (!shown.run) return;
    shown.counts = tx.query(sql::cli::counts, {{"run", shown.run->text("id")}});
    shown.tenants = stories_of(tx.query(sql::cli::tenants, {{"run", shown.run->text("id")}}), args.jobs);
  });
  if (!shown.run)
    return refuse(Exit::usage, fmt::format("there is no run {}; see: milkrun runs list", text::one_line(args.run, 80)));
  if (args.json)
    context.out << dump(as_json(shown));
  else
    print(context.out, shown);
  return Exit::ok;
}

} // namespace milkrun::cli
