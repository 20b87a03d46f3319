// A run's report for people and for machines.
#include "run/report.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun {
namespace {

using nlohmann::json;

std::string when(const std::optional<Time>& t) { return t ? zone::utc(*t) : std::string(); }

struct Paint {
  bool on;
  std::string operator()(std::string_view code, const std::string& text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
};

std::string_view colour_of(const std::string& outcome) {
  if (outcome == "done" || outcome == "would-run") return "32";
  if (outcome == "held" || outcome == "discarded") return "31";
  return outcome == "waiting" || outcome == "uncertain" ? "33" : "0";
}

std::string count_line(const RunCount& c, const Paint& paint) {
  std::string line = fmt::format("  {:<14} ", c.stage) + paint(colour_of(c.outcome), fmt::format("{:<13}", c.outcome)) +
                     fmt::format(" {:>6}", c.items);
  if (!c.reason.empty()) line += "  " + text::one_line(c.reason.text());
  if (c.next_at) line += "  (next " + when(c.next_at) + ")";
  return line + "\n";
}

std::string resting_line(const Resting& r, const Paint& paint) {
  std::string line = "  " + paint("33", "waits") + fmt::format(" for {}", text::one_line(r.what));
  if (!r.tenant.empty()) line += fmt::format(" ({})", text::one_line(r.tenant));
  line += fmt::format(": {}", text::one_line(r.reason.text()));
  if (!r.detail.empty()) line += fmt::format(": {}", text::one_line(r.detail, 200));
  line += fmt::format("; since {}", zone::utc(r.since));
  if (r.until) line += fmt::format(", until {}", zone::utc(*r.until));
  if (r.items > 0) line += fmt::format(", {}{} items", r.items, r.items == 10'000 ? " or more" : "");
  return line + "\n";
}

json time_or_null(const std::optional<Time>& t) { return t ? json(zone::utc(*t)) : json(nullptr); }

json lists_of(const RunReport& r) {
  json out = {
      {"counts", json::array()}, {"tenants", json::array()}, {"resting", json::array()}, {"notes", json::array()}};
  for (const RunCount& c : r.counts)
    out["counts"].push_back({{"stage", c.stage},
                             {"outcome", c.outcome},
                             {"reason", c.reason.text()},
                             {"code", c.reason.code()},
                             {"args", c.reason.args()},
                             {"items", c.items},
                             {"next_at", time_or_null(c.next_at)}});
  for (const TenantStory& t : r.tenants)
    out["tenants"].push_back(
        {{"tenant", t.slug}, {"got", t.got}, {"story", t.story}, {"next_at", time_or_null(t.next_at)}});
  for (const Resting& w : r.resting)
    out["resting"].push_back({{"what", w.what},
                              {"tenant", w.tenant},
                              {"reason", w.reason.text()},
                              {"code", w.reason.code()},
                              {"args", w.reason.args()},
                              {"mover", word(w.reason.mover())},
                              {"detail", w.detail},
                              {"since", zone::utc(w.since)},
                              {"until", time_or_null(w.until)},
                              {"items", w.items}});
  for (const Note& n : r.notes)
    out["notes"].push_back(
        {{"note", n.text}, {"at", time_or_null(n.at)}, {"items", n.items ? json(*n.items) : json(nullptr)}});
  return out;
}

} // namespace

namespace {

// Counted each time, and one item may wait many times in a run: that number would be read as one of items.
bool goes_on(const StoryPart& p) {
  return p.outcome == "waiting" || p.outcome == "snoozed" || p.outcome == "retry" || p.outcome == "uncertain" ||
         p.outcome == "released";
}

std::string word_of(const StoryPart& p) {
  if (p.outcome == "done") return p.did;
  if (p.outcome == "snoozed" || p.outcome == "retry") return "waiting";
  if (p.outcome == "discarded") return "given up";
  if (p.outcome == "cancelled") return p.did.empty() ? "passed over" : "not " + p.did;
  return p.outcome == "held" ? "held for an operator" : p.outcome;
}

} // namespace

std::string story_of(const std::vector<StoryPart>& parts) {
  std::vector<StoryPart> told; // the word in the place of the outcome; what several stages say alike is said once
  for (const StoryPart& p : parts) {
    StoryPart part = p;
    part.outcome = word_of(p);
    if (part.outcome.empty()) continue;
    if (goes_on(p)) part.items = 1;
    const auto same = std::ranges::find_if(
        told, [&](const StoryPart& t) { return t.outcome == part.outcome && t.reason == part.reason; });
    if (same == told.end())
      told.push_back(std::move(part));
    else if (!goes_on(p))
      same->items += part.items;
  }
  std::string out;
  for (const StoryPart& p : told) {
    std::string words = p.outcome;
    if (p.items > 1) words += fmt::format(" {}", p.items);
    if (!p.reason.empty())
      words += ": " + p.reason.text();
    else if (p.outcome == p.did && !p.sample.empty())
      words += fmt::format("{}: {}", p.items == 1 ? " 1" : "", text::one_line(p.sample, 200));
    out += out.empty() ? words : ", " + words;
  }
  return out.empty() ? "nothing to tell" : out;
}

std::vector<TenantStory> stories_of(const db::Rows& rows, std::span<const Job* const> jobs) {
  const auto did = [&](const std::string& name) {
    for (const Job* job : jobs)
      for (const Stage& stage : job->stages)
        if (stage.name == name) return std::string(stage.did);
    return std::string();
  };
  const std::string_view gets = jobs.size() == 1 ? jobs.front()->gets : std::string_view();
  std::vector<TenantStory> out;
  std::vector<StoryPart> parts;
  const auto close = [&] {
    if (!out.empty()) out.back().story = story_of(parts);
    parts.clear();
  };
  for (const db::Row& r : rows) {
    if (out.empty() || out.back().slug != r.text("slug")) {
      close();
      out.push_back({.tenant = {r.text("tenant_id")}, .slug = r.text("slug"), .story = {}, .next_at = {}});
    }
    TenantStory& t = out.back();
    StoryPart part{.outcome = r.text("outcome"),
                   .did = did(r.text("stage")),
                   .reason = Reason::stored(r.text("reason"), r.text("args")),
                   .items = r.integer("items"),
                   .sample = r.text("sample")};
    const bool got = gets.empty() ? part.outcome == "done" && !part.did.empty() : part.outcome.starts_with(gets);
    if (got) t.got += part.items;
    if (const auto next = r.maybe_time("next_at"); next && (!t.next_at || *next < *t.next_at)) t.next_at = next;
    parts.push_back(std::move(part));
  }
  close();
  return out;
}

std::string report_text(const RunReport& r, bool colour) {
  const Paint paint{colour};
  std::string out;
  if (r.idle)
    out = fmt::format("{}: nothing due\n", r.job);
  else
    out = fmt::format("{}: {} in {} ms{}\n", r.job, r.ended_by, (r.ended - r.started).count(),
                      r.rescued > 0 ? fmt::format(", {} rescued from a dead run", r.rescued) : "");
  for (const RunCount& c : r.counts) out += count_line(c, paint);
  for (const TenantStory& t : r.tenants)
    out += fmt::format("  {:<14} {}{}\n", text::one_line(t.slug), text::one_line(t.story, 400),
                       t.next_at ? " (next " + when(t.next_at) + ")" : "");
  if (r.cut) out += fmt::format("  more tenants than are shown here: milkrun runs show {}\n", r.run.value);
  for (const Resting& w : r.resting) out += resting_line(w, paint);
  if (r.more_resting > 0)
    out += fmt::format("  and {} more that wait: milkrun items list --state due\n", r.more_resting);
  for (const std::string& well : r.recovered)
    out += fmt::format("  {} {}\n", paint("32", "recovered:"), text::one_line(well));
  for (const Note& n : r.notes)
    out += fmt::format("  note: {}{}{}\n", text::one_line(n.text), n.at ? " " + when(n.at) : "",
                       n.items ? fmt::format(" {}", *n.items) : "");
  if (r.held > 0) out += fmt::format("  {}: {}\n", paint("31", "held for an operator"), r.held);
  return out;
}

std::string report_json(const RunReport& r) {
  json out = lists_of(r);
  out["schema_version"] = 1;
  out["job"] = r.job;
  out["run"] = r.run.value;
  out["idle"] = r.idle;
  out["dry_run"] = r.dry;
  out["started_at"] = zone::utc(r.started);
  out["ended_at"] = zone::utc(r.ended);
  out["duration_ms"] = (r.ended - r.started).count();
  out["ended_by"] = r.ended_by;
  out["rescued"] = r.rescued;
  out["held"] = r.held;
  out["more_resting"] = r.more_resting;
  out["cut"] = r.cut;
  out["recovered"] = r.recovered;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace milkrun
