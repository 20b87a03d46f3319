// Words of the command line against what the database and the program know.
#include "cli/which.hpp"

#include "base/instant.hpp"
#include "base/private_file.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/import/csv_values.hpp"
#include "cli/open.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace milkrun::cli {
namespace {

// Letters that must be put in, taken out or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

std::expected<void, Refusal> check_stage(const std::string& stage, const std::vector<const Job*>& jobs) {
  std::vector<std::string> stages;
  for (const Job* job : jobs)
    for (const Stage& one : job->stages)
      if (std::ranges::find(stages, one.name) == stages.end()) stages.emplace_back(one.name);
  if (stage.empty() || std::ranges::find(stages, stage) != stages.end()) return {};
  return refuse(Exit::usage, fmt::format("--stage {}: there is no such stage; it must be one of {}",
                                         text::one_line(stage, 80), fmt::join(stages, ", ")));
}

// A code of the list, or one that another version wrote into this database.
std::expected<void, Refusal> check_reason(db::Database& database, const std::string& reason) {
  const auto is_it = [&](const reasons::Entry& entry) { return entry.code == reason; };
  if (reason.empty() || std::ranges::any_of(reasons::list, is_it)) return {};
  bool stored = false;
  database.read(
      [&](db::Transaction& tx) { stored = !tx.query(sql::cli::reason_stored, {{"reason", reason}}).empty(); });
  if (stored) return {};
  std::vector<std::string> codes;
  for (const reasons::Entry& entry : reasons::list) codes.emplace_back(entry.code);
  const std::vector<std::string> near = nearest(reason, codes);
  return refuse(Exit::usage,
                fmt::format("--reason {}: there is no such reason; {}", text::one_line(reason, 80),
                            near.empty()
                                ? std::string("give a code, as \"code\" of: milkrun items list --json shows it")
                                : fmt::format("did you mean {}?", fmt::join(near, ", "))));
}

std::expected<std::optional<Time>, Refusal> moment_of_flag(std::string_view flag, const std::string& word, Time now) {
  if (word.empty()) return std::optional<Time>();
  if (const auto at = moment(word, now)) return at;
  return refuse(Exit::usage, fmt::format("{} {}: must be a time such as 2026-11-21T12:00:00Z, a date such as "
                                         "2026-11-21, or how long ago, such as 2h",
                                         flag, text::one_line(word, 80)));
}

} // namespace

std::vector<std::string> nearest(std::string_view typed, const std::vector<std::string>& words) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& word : words) {
    // "password_refused" is meant as "wordpress.password_refused".
    const bool part = typed.size() >= 4 && word.find(typed) != word.npos;
    const std::size_t far = part ? 1 : distance(text::lower(typed), word);
    if (far <= std::max<std::size_t>(2, typed.size() / 4)) near.emplace_back(far, word);
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(near.size(), 3); ++i) out.push_back(near[i].second);
  return out;
}

std::optional<Time> moment(const std::string& word, Time now) {
  if (const auto at = parse_instant(word)) return at;
  if (zone::days_between(word, word)) return parse_instant(word + "T00:00:00Z");
  if (const auto ago = text::to_millis(word); ago && *ago >= 0 && !word.empty()) return now - Millis(*ago);
  return std::nullopt;
}

std::expected<std::string, Refusal> phone_of_flag(const std::string& word) {
  if (word.empty()) return word;
  std::string number = csv_value::phone(word, "");
  if (text::is_e164(number)) return number;
  return refuse(Exit::usage, fmt::format("--phone {}: must be a whole number with + and its country, such as "
                                         "+4915112345678",
                                         text::one_line(word, 80)));
}

std::expected<Asked, Refusal> asked(db::Database& database, const Which& which, const std::vector<const Job*>& jobs,
                                    Time now) {
  const std::optional<TenantId> tenant = TRY(tenant_of_flag(database, which.tenant));
  TRY(check_stage(which.stage, jobs));
  TRY(check_reason(database, which.reason));
  Asked out{
      .tenant = tenant ? tenant->value : "", .stage = which.stage, .reason = which.reason, .since = {}, .until = {}};
  out.since = TRY(moment_of_flag("--since", which.since, now));
  out.until = TRY(moment_of_flag("--until", which.until, now));
  if (out.since && out.until && *out.since > *out.until)
    return refuse(Exit::usage, "--since is after --until; nothing lies between them");
  return out;
}

std::expected<db::Row, Refusal> find_item(db::Database& database, const std::string& item, std::string_view state) {
  db::Rows found;
  database.read([&](db::Transaction& tx) { found = tx.query(sql::cli::item, {{"item", item}, {"state", state}}); });
  const std::string name = text::one_line(item, 120), kind(state.empty() ? "" : fmt::format("{} ", state));
  if (found.empty())
    return refuse(Exit::usage, fmt::format("there is no {}item {}; see: milkrun items list", kind, name));
  if (found.size() > 1)
    return refuse(Exit::usage, fmt::format("{} is not one item; give STAGE/KEY as milkrun items list shows it", name));
  return found.front();
}

const Job* job_of(const std::vector<const Job*>& jobs, std::string_view stage) {
  const auto has = [&](const Job* job) {
    return std::ranges::find(job->stages, stage, &Stage::name) != job->stages.end();
  };
  const auto found = std::ranges::find_if(jobs, has);
  return found == jobs.end() ? nullptr : *found;
}

ledger::Operator who(const std::string& by) {
  std::string user = files::user_name(getuid());
  if (const char* behind = std::getenv("SUDO_USER"); behind != nullptr && *behind != '\0')
    user += fmt::format(" (sudo: {})", behind);
  return {.user = std::move(user), .name = by};
}

} // namespace milkrun::cli
