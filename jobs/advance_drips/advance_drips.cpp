// advance-drips: whoever walks through a drip gets its steps, each once, when it is their turn.
#include "jobs/advance_drips/stages.hpp"
#include "outreach/deliver.hpp"
#include "outreach/lift.hpp"
#include "outreach/test_mode.hpp"
#include "sql/advance_drips_report.hpp"

#include <iterator>

namespace milkrun::jobs {
namespace {

std::vector<std::string> warnings(db::Transaction& tx, Time now) {
  std::vector<std::string> out = outreach::test_mode_warnings(tx, now);
  std::vector<std::string> lift = outreach::lift_notes(tx, now);
  out.insert(out.end(), std::make_move_iterator(lift.begin()), std::make_move_iterator(lift.end()));
  return out;
}

} // namespace

const Job& advance_drips() {
  static const Job job{.name = "advance-drips",
                       .help = "Send the due steps of the drip campaigns of all tenants",
                       .stages = {milkrun::advance_drips::advance_step(), outreach::deliver()},
                       .preview = sql::advance_drips_report::preview,
                       .discovers_in = {{"enrollments", "state = 'active'"}},
                       .warnings = warnings};
  return job;
}

} // namespace milkrun::jobs
