// A run's report for people and for machines.
#include "run/report.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun {
namespace {

std::string when(const std::optional<Time>& t) { return t ? zone::utc(*t) : std::string(); }

std::string count_line(const RunCount& c) {
  std::string line = fmt::format("  {:<14} {:<13} {:>6}", c.stage, c.outcome, c.items);
  if (!c.reason.empty()) line += "  " + text::one_line(c.reason.text());
  if (c.next_at) line += "  (next " + when(c.next_at) + ")";
  return line + "\n";
}

} // namespace

std::string report_text(const RunReport& r, bool) {
  if (r.idle)
    return fmt::format("{}: nothing due\n{}", r.job,
                       r.held > 0 ? fmt::format("held for an operator: {}\n", r.held) : "");
  std::string out = fmt::format("{}: {} in {} ms{}\n", r.job, r.ended_by, (r.ended - r.started).count(),
                                r.rescued > 0 ? fmt::format(", {} rescued from a dead run", r.rescued) : "");
  for (const RunCount& c : r.counts) out += count_line(c);
  for (const TenantStory& t : r.tenants)
    out += fmt::format("  {:<14} {}{}\n", text::one_line(t.slug), text::one_line(t.story, 400),
                       t.next_at ? " (next " + when(t.next_at) + ")" : "");
  for (const Note& n : r.notes)
    out += fmt::format("  note: {}{}{}\n", text::one_line(n.text), n.at ? " " + when(n.at) : "",
                       n.items ? fmt::format(" {}", *n.items) : "");
  if (r.held > 0) out += fmt::format("  held for an operator: {}\n", r.held);
  return out;
}

std::string report_json(const RunReport& r) {
  using nlohmann::json;
  const auto time_or_null = [](const std::optional<Time>& t) { return t ? json(zone::utc(*t)) : json(nullptr); };
  json out = {{"job", r.job},
              {"run", r.run.value},
              {"idle", r.idle},
              {"dry_run", r.dry},
              {"started_at", zone::utc(r.started)},
              {"ended_at", zone::utc(r.ended)},
              {"duration_ms", (r.ended - r.started).count()},
              {"ended_by", r.ended_by},
              {"rescued", r.rescued},
              {"held", r.held}};
  out["counts"] = json::array();
  for (const RunCount& c : r.counts)
    out["counts"].push_back({{"stage", c.stage},
                             {"outcome", c.outcome},
                             {"reason", c.reason.code()},
                             {"args", c.reason.args()},
                             {"text", c.reason.text()},
                             {"items", c.items},
                             {"next_at", time_or_null(c.next_at)}});
  out["tenants"] = json::array();
  for (const TenantStory& t : r.tenants)
    out["tenants"].push_back(
        {{"tenant", t.slug}, {"got", t.got}, {"story", t.story}, {"next_at", time_or_null(t.next_at)}});
  out["notes"] = json::array();
  for (const Note& n : r.notes)
    out["notes"].push_back(
        {{"note", n.text}, {"at", time_or_null(n.at)}, {"items", n.items ? json(*n.items) : json(nullptr)}});
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace milkrun
