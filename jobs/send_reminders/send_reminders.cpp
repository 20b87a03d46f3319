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
                       .preview = sql::send_reminders_report::preview,
                       .discovers_in = {{"invoices"},
                                        {"reminders", "state = 'planned' OR invoice_id IN (SELECT id FROM invoices "
                                                      "WHERE planned = 0)"},
                                        {"messages", "state IN ('queued', 'held')"}},
                       .warnings = outreach::test_mode_warnings};
  return job;
}

} // namespace milkrun::jobs
