// Copies only of the tenants in the document: a spreadsheet of one tenant costs what that tenant has.
#include "cli/import/rehearse.hpp"

#include "cli/import/stored.hpp"
#include "sql/import.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr int most_named = 1'000; // of more tenants it is the whole tables

// A condition for rows of these tenants; "" = all rows. Their ids are ours: hex digits.
std::string theirs(db::Database& database, const Document& document) {
  std::string ids;
  int named = 0;
  database.read([&](db::Transaction& tx) {
    ids.clear();
    named = 0;
    document.each_tenant([&](const TenantEntry& tenant) {
      if (named > most_named) return;
      const auto row = tx.one(sql::import::tenant_by_slug, {{"slug", tenant.slug}});
      if (row && ++named <= most_named) ids += fmt::format("{}'{}'", ids.empty() ? "" : ", ", row->text("id"));
    });
  });
  if (named > most_named) return {};
  return ids.empty() ? "tenant_id = ''" : fmt::format("tenant_id IN ({})", ids);
}

constexpr std::string_view whole[] = {"plans",       "portals", "tenants",  "platform_grants",
                                      "credentials", "parks",   "revisions"};
constexpr std::string_view by_tenant[] = {"campaigns",        "tasks",        "feeds",          "contacts",
                                          "task_completions", "suppressions", "reminder_rules", "invoices",
                                          "reminders",        "steps",        "enrollments"};
constexpr std::string_view empty[] = {"ledger", "messages"}; // what an import wakes or calls off is not counted

bool tells_of_messages(const Document& document) {
  bool out = false;
  document.each_tenant([&](const TenantEntry& tenant) { out = out || !tenant.receipts.empty(); });
  return out;
}

} // namespace

std::expected<Counts, Problems> rehearse_import(db::Database& database, const Document& document, const Vault& vault,
                                                Time now) {
  const std::string some = theirs(database, document);
  std::vector<db::Copy> copies;
  for (const std::string_view table : whole) copies.push_back({table});
  for (const std::string_view table : by_tenant) copies.push_back({table, some});
  const std::string_view none = "1 = 0", messages = tells_of_messages(document) ? std::string_view(some) : none;
  for (const std::string_view table : empty) copies.push_back({table, table == "messages" ? messages : none});
  Problems problems;
  Counts counts;
  database.rehearse(copies, [&](db::Transaction& tx) {
    counts = {};
    problems = check_stored(tx, document);
    if (problems.empty()) counts = store_document(tx, document, vault, now);
  });
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return counts;
}

} // namespace milkrun::cli
