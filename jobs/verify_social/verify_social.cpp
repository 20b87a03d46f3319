// verify-social: every claim is checked with its own tenant's credentials, rewarded once, and the person is told.
#include "jobs/verify_social/method.hpp"
#include "jobs/verify_social/served.hpp"
#include "jobs/verify_social/stages.hpp"
#include "jobs/verify_social/verdict.hpp"
#include "outreach/deliver.hpp"
#include "outreach/test_mode.hpp"
#include "providers/meta/meta.hpp"
#include "sql/verify_social_report.hpp"

#include <fmt/format.h>

namespace milkrun::jobs {

namespace {

constexpr std::int64_t soon = 120; // days

// Meta ends each version of its API two years after the next one came out, and says nothing when it does.
std::vector<std::string> ending_versions(db::Transaction& tx, Time now) {
  std::vector<std::string> out;
  for (const db::Row& row : tx.query(sql::verify_social_report::graph_settings)) {
    const auto left = meta::days_left(row.text("settings"), now);
    if (!left || *left >= soon) continue;
    out.push_back(
        fmt::format("Graph API version of {} credential(s), first of tenant {}: {}; raise \"version\" in its settings",
                    row.integer("credentials"), row.text("slug"),
                    *left < 0 ? fmt::format("ended {} days ago", -*left) : fmt::format("ends in {} days", *left)));
  }
  return out;
}

std::vector<std::string> version_warnings(db::Transaction& tx, Time now) {
  std::vector<std::string> out = ending_versions(tx, now);
  for (std::string& other : milkrun::verify_social::other_versions(tx)) out.push_back(std::move(other));
  for (std::string& testing : outreach::test_mode_warnings(tx, now)) out.push_back(std::move(testing));
  return out;
}

} // namespace

const Job& verify_social() {
  using namespace milkrun::verify_social;
  static const Job job{.name = "verify-social",
                       .help = "Check what people say they did for a campaign, reward it once and tell them",
                       .stages = {verify_object(), verify_claim(), milkrun::outreach::deliver()},
                       .preview = sql::verify_social_report::preview,
                       .gets = "verified",
                       .discovers_in = {{"watches"}, {"task_completions", "state = 'pending'"}},
                       .warnings = version_warnings,
                       .decide = decide_by_hand,
                       .platforms = platforms(),
                       .actions = actions()};
  return job;
}

} // namespace milkrun::jobs
