// Contacts, what they claim, and who must not be written to.
//
// A claim that is stored keeps its times whatever comes in: nobody puts off a verification by claiming again.
#include "base/id.hpp"
#include "cli/import/store_parts.hpp"
#include "sql/import.hpp"

#include <stdexcept>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

void store_completion(Storing& s, const TenantId& tenant, const CompletionEntry& entry) {
  const auto task =
      s.tx.one(q::task_by_slug, {{"tenant", tenant.value}, {"campaign", entry.campaign}, {"slug", entry.task}});
  const auto contact = s.tx.one(q::contact_by_phone, {{"tenant", tenant.value}, {"phone", entry.contact}});
  if (!task || !contact) throw std::logic_error("check_stored passed a completion without its task or contact");
  const auto row = s.tx.one(q::completion_of, {{"task", task->text("id")}, {"contact", contact->text("id")}});
  const std::string id = row ? row->text("id") : new_id();
  if (!row)
    s.tx.execute(q::add_completion, {{"id", id},
                                     {"tenant", tenant.value},
                                     {"task", task->text("id")},
                                     {"contact", contact->text("id")},
                                     {"claimed_at", entry.claimed_at},
                                     {"verify_after", entry.claimed_at + entry.verify_after},
                                     {"deadline_at", entry.claimed_at + Millis(task->integer("patience_ms"))}});
  const bool changed = s.tx.execute(q::complete_proof, {{"id", id},
                                                        {"handle", db::value(entry.handle)},
                                                        {"code", db::value(entry.code)},
                                                        {"clicked_at", db::value(entry.clicked_at)},
                                                        {"left_at", db::value(entry.left_at)}}) > 0;
  count(s.counts.completions, !row, changed);
}

} // namespace

void store_people(Storing& s, const TenantId& tenant, const TenantEntry& entry) {
  if (s.people) {
    for (const ContactEntry& one : entry.contacts) store_contact(s, tenant, one);
    for (const CompletionEntry& one : entry.completions) store_completion(s, tenant, one);
  }
  for (const SuppressionEntry& one : entry.suppressions) {
    const bool added = s.tx.execute(q::suppress, {{"tenant", tenant.value},
                                                  {"channel", one.channel},
                                                  {"address", one.address},
                                                  {"scope", one.scope},
                                                  {"now", s.now}}) > 0;
    count(s.counts.suppressions, added, false);
  }
}

} // namespace milkrun::cli
