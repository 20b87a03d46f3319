// What a run tells: counts per outcome and reason, each tenant's story; as text and as JSON.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/reason.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace milkrun {

struct RunCount {
  std::string stage, outcome; // outcome: done, snoozed, cancelled, retry, discarded, uncertain, held, would-run
  Reason reason = {};         // counted by its code
  std::int64_t items = 0;
  std::optional<Time> next_at; // earliest next time among them
};

struct TenantStory {
  TenantId tenant;
  std::string slug;
  std::int64_t got = 0; // effects in this run: posts, messages
  std::string story;    // what it got, or why nothing
  std::optional<Time> next_at;
};

struct Note { // what a dry run cannot know
  std::string text;
  std::optional<Time> at;
  std::optional<std::int64_t> items;
};

struct RunReport {
  RunId run; // empty for a dry run and for an idle run
  std::string job;
  Time started{}, ended{};
  bool idle = false; // nothing was due
  bool dry = false;
  std::int64_t rescued = 0; // items a dead run left in flight
  std::vector<RunCount> counts;
  std::vector<TenantStory> tenants;
  std::vector<Note> notes;
  std::int64_t held = 0; // items that wait for an operator, in the whole database
  std::string ended_by;  // "finished", "stopped", "time", "limit"
};

std::string report_text(const RunReport& report, bool colour = false);
std::string report_json(const RunReport& report); // one line

} // namespace milkrun
