// Counts what became of items, by tenant, stage, outcome and reason, until they are written.
#pragma once

#include "ledger/runs.hpp"

#include <map>
#include <tuple>

namespace milkrun {

class Tally {
public:
  void add(std::string_view stage, const TenantId& tenant, const ledger::Decision& d, std::string sample = {}) {
    Count& c = counts_[{tenant, std::string(stage), d.word, d.reason}];
    ++c.items;
    const bool waits = d.next == Next::due || d.next == Next::uncertain;
    if (waits && (!c.next_at || d.at < *c.next_at)) c.next_at = d.at;
    c.sample = sample.empty() ? d.detail : std::move(sample);
  }
  void add(std::string_view stage, const TenantId& tenant, std::string_view what, const Reason& reason,
           std::int64_t times) {
    counts_[{tenant, std::string(stage), std::string(what), reason}].items += times;
  }
  void merge(Tally&& other) {
    for (auto& [id, c] : other.counts_) {
      Count& mine = counts_[id];
      mine.items += c.items;
      if (c.next_at && (!mine.next_at || *c.next_at < *mine.next_at)) mine.next_at = c.next_at;
      mine.sample = std::move(c.sample);
    }
  }
  std::vector<ledger::Told> told() const {
    std::vector<ledger::Told> out;
    out.reserve(counts_.size());
    for (const auto& [id, c] : counts_)
      out.push_back({.tenant = std::get<0>(id),
                     .stage = std::get<1>(id),
                     .outcome = std::get<2>(id),
                     .reason = std::get<3>(id),
                     .items = c.items,
                     .next_at = c.next_at,
                     .sample = c.sample});
    return out;
  }
  bool empty() const { return counts_.empty(); }
  void clear() { counts_.clear(); }

private:
  struct Count {
    std::int64_t items = 0;
    std::optional<Time> next_at;
    std::string sample;
  };
  std::map<std::tuple<TenantId, std::string, std::string, Reason>, Count> counts_;
};

} // namespace milkrun
