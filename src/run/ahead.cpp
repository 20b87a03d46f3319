// Reading a tenant's rows before its turn.
#include "run/ahead.hpp"

#include <iterator>

namespace milkrun {
namespace {

constexpr int at_once = 8;               // more would be old when their turn comes, and fill the memory of a large ring
constexpr std::size_t most_kept = 2'000; // tenants

} // namespace

Ahead::Next Ahead::next(db::Transaction& tx, std::string_view stage, Rank rank, const TenantId& tenant, Time now) {
  const Id id{stage, rank, tenant};
  auto kept = kept_.find(id);
  if (kept == kept_.end()) {
    auto rows = ledger::candidates(tx, stage, rank, tenant, now, at_once);
    const bool whole = static_cast<int>(rows.size()) < at_once;
    if (rows.empty()) return {};
    if (kept_.size() >= most_kept) kept_.clear();
    kept = kept_
               .emplace(
                   id, Rows{.rows = {std::move_iterator(rows.begin()), std::move_iterator(rows.end())}, .whole = whole})
               .first;
  }
  Rows& of = kept->second;
  Next out{.row = std::move(of.rows.front()), .more = of.rows.size() > 1 || !of.whole};
  of.rows.pop_front();
  if (of.rows.empty()) kept_.erase(kept);
  return out;
}

void Ahead::grown(std::string_view stage, Rank rank, const TenantId& tenant) {
  if (const auto kept = kept_.find({stage, rank, tenant}); kept != kept_.end()) kept->second.whole = false;
}

void Ahead::forget(std::string_view stage, Rank rank, const TenantId& tenant) { kept_.erase({stage, rank, tenant}); }

} // namespace milkrun
