// send-reminders: open invoices are told of, each by each rule once, through the tenant's own accounts.
#include "jobs/send_reminders/stages.hpp"
#include "outreach/deliver.hpp"
#include "outreach/test_mode.hpp"
#include "sql/send_reminders_report.hpp"

namespace milkrun::jobs {

const Job& send_reminders() {
  static const Job job{.name = "send-reminders",
                       .help = "Remind of the open invoices of all tenants, before and after they are due",
                       .stages = {milkrun::send_reminders::plan_reminder(), outreach::deliver()},
                       .report = sql::send_reminders_report::tenants,
                       .preview = sql::send_reminders_report::preview,
                       .warnings = outreach::test_mode_warnings};
  return job;
}

} // namespace milkrun::jobs
