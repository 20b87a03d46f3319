// What was heard of messages. A service sends the same word twice, and words out of their order: the first time stays.
#include "cli/import/store_parts.hpp"
#include "sql/import_outreach.hpp"

namespace milkrun::cli {
namespace {

std::optional<db::Row> message_of(Storing& s, const TenantId& tenant, const ReceiptEntry& entry) {
  const db::Param t("tenant", tenant.value), message("message", entry.message);
  if (entry.contact.empty()) return s.tx.one(sql::import_outreach::message_called, {t, message});
  return s.tx.one(sql::import_outreach::message_to, {t, message, {"contact", entry.contact}});
}

} // namespace

void store_receipts(Storing& s, const TenantId& tenant, const TenantEntry& entry) {
  for (const ReceiptEntry& one : entry.receipts) {
    const auto message = message_of(s, tenant, one);
    const bool changed =
        message && s.tx.execute(sql::import_outreach::heard, {{"id", message->text("id")},
                                                              {"delivered_at", db::value(one.delivered_at)},
                                                              {"read_at", db::value(one.read_at)},
                                                              {"clicked_at", db::value(one.clicked_at)}}) > 0;
    count(s.counts.receipts, false, changed);
  }
}

} // namespace milkrun::cli
