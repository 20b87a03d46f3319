// Each invoice keeps a row of its own for each rule; only the words are shared.
#include "jobs/send_reminders/group.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace milkrun::send_reminders {
namespace {

// By when its rule speaks, then by how far it goes: two rules of one day are one reminder.
bool is_newer(const db::Row& a, const db::Row& b) {
  return std::pair(a.time("due_at"), a.integer("offset_days")) > std::pair(b.time("due_at"), b.integer("offset_days"));
}

} // namespace

const db::Row* furthest(const std::vector<const db::Row*>& rows) {
  const auto found = std::ranges::max_element(rows, {}, [](const db::Row* row) { return row->integer("offset_days"); });
  return found == rows.end() ? nullptr : *found;
}

Group group(const db::Rows& rows, Time now) {
  Group out;
  std::map<std::string, const db::Row*, std::less<>> newest; // by invoice
  for (const db::Row& row : rows) {
    const Judged judged = judge(row, now);
    if (judged.fate == Fate::skip || judged.fate == Fate::expire)
      out.ended.push_back({row.text("reminder_id"), judged.fate, judged.reason});
    // One whose hold ends at a later hour of the day speaks then; no older one speaks before it.
    const bool on_hold = judged.fate == Fate::wait && row.flag("planned") && row.time("due_at") <= now;
    if (judged.fate != Fate::tell && !on_hold) continue;
    const auto [found, first] = newest.try_emplace(row.text("invoice_id"), &row);
    if (first) continue;
    const db::Row* older = is_newer(row, *found->second) ? std::exchange(found->second, &row) : &row;
    out.ended.push_back({older->text("reminder_id"), Fate::skip, "reminder.newer"});
  }
  for (const auto& [invoice, row] : newest)
    if (judge(*row, now).fate == Fate::tell) out.told.push_back(row);
  std::ranges::sort(out.told, {}, [](const db::Row* row) { return row->text("number"); });
  out.level = furthest(out.told);
  return out;
}

} // namespace milkrun::send_reminders
