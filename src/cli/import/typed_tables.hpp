// The tables of all entries that are structs, for their readers and for the reference. Private to the import.
#pragma once

#include "cli/import/typed.hpp"

namespace milkrun::cli {

// What stands in a template's or a window's object, wherever one is.
struct WindowEntry {
  std::optional<std::string> start, end;
};
struct DelayEntry {
  std::optional<std::int64_t> value;
  std::optional<std::string> unit;
};
struct ExitEntry {
  std::optional<bool> on_reply, on_opt_out;
  std::optional<std::string> goal_tag;
};

const TypedEntity<PlanEntry>& plan_table();
const TypedEntity<PortalEntry>& portal_table();
const TypedEntity<CredentialEntry>& credential_table();
const TypedEntity<TenantEntry>& tenant_table();
const TypedEntity<FeedEntry>& feed_table();
const TypedEntity<CampaignEntry>& campaign_table();
const TypedEntity<WindowEntry>& window_table();
const TypedEntity<TemplateEntry>& template_table();
const TypedEntity<TaskEntry>& task_table();
const TypedEntity<DelayEntry>& delay_table();
const TypedEntity<ExitEntry>& exit_table();
const TypedEntity<CompletionEntry>& completion_table();
const TypedEntity<SuppressionEntry>& suppression_table();
const TypedEntity<EnrollmentEntry>& enrollment_table();
const TypedEntity<ReceiptEntry>& receipt_table();
const TypedEntity<InvoiceEntry>& invoice_links_table(); // what an invoice has beside its columns

} // namespace milkrun::cli
