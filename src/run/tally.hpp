// Counts what became of items, by stage, outcome and reason code (the first one's arguments are shown); thread-safe.
#pragma once

#include "ledger/decide.hpp"
#include "run/report.hpp"

#include <map>
#include <mutex>
#include <tuple>

namespace milkrun {

class Tally {
public:
  void add(std::string_view stage, const ledger::Decision& d) {
    std::lock_guard hold(lock_);
    RunCount& c = counts_[{std::string(stage), d.word, std::string(d.reason.code())}];
    if (c.items == 0) c.reason = d.reason;
    ++c.items;
    const bool waits = d.next == Next::due || d.next == Next::uncertain;
    if (waits && (!c.next_at || d.at < *c.next_at)) c.next_at = d.at;
  }
  std::vector<RunCount> counts() const {
    std::lock_guard hold(lock_);
    std::vector<RunCount> out;
    for (const auto& [key, count] : counts_) {
      out.push_back(count);
      out.back().stage = std::get<0>(key);
      out.back().outcome = std::get<1>(key);
    }
    return out;
  }

private:
  mutable std::mutex lock_;
  std::map<std::tuple<std::string, std::string, std::string>, RunCount> counts_;
};

} // namespace milkrun
