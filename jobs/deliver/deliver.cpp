// deliver: sends every due message of the outbox, whatever job put it there.
#include "outreach/deliver.hpp"
#include "outreach/test_mode.hpp"
#include "sql/deliver_report.hpp"

namespace milkrun::jobs {

const Job& deliver() {
  static const Job job{.name = "deliver",
                       .help = "Send the due messages of all tenants, each through the tenant's own account",
                       .stages = {milkrun::outreach::deliver()},
                       .preview = sql::deliver_report::preview,
                       .warnings = outreach::test_mode_warnings};
  return job;
}

} // namespace milkrun::jobs
