// advance-drips: whoever walks through a drip gets its steps, each once, when it is their turn.
#include "jobs/advance_drips/stages.hpp"
#include "outreach/deliver.hpp"
#include "outreach/test_mode.hpp"
#include "sql/advance_drips_report.hpp"

namespace milkrun::jobs {

const Job& advance_drips() {
  static const Job job{.name = "advance-drips",
                       .help = "Send the due steps of the drip campaigns of all tenants",
                       .stages = {milkrun::advance_drips::advance_step(), outreach::deliver()},
                       .preview = sql::advance_drips_report::preview,
                       .discovers_in = {{"enrollments", "state = 'active'"}},
                       .warnings = outreach::test_mode_warnings};
  return job;
}

} // namespace milkrun::jobs
