// What a run tells: counts per outcome and reason, each tenant's story, what rests; as text and as JSON.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/reason.hpp"
#include "job/stage.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace milkrun {

struct RunCount {
  std::string stage, outcome; // done, snoozed, waiting, cancelled, retry, discarded, uncertain, held, would-run, ...
  Reason reason;
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

struct Resting {      // what waits for somebody or something, in the whole database
  std::string what;   // "credential wordpress of asha", "destination ai api.example", ...
  std::string tenant; // slug; "" = of several
  Reason reason;      // what was seen
  std::string detail;
  Time since{};
  std::optional<Time> until; // nullopt: nothing is done about it before somebody does something
  std::int64_t items = 0;    // that wait for it; 10,000 = so many or more
  bool news = false;         // to be told now: once per reason and day
};

struct HeldNews {            // items that wait for an operator's word, to be told now: once per tenant, reason and day
  std::string stage, tenant; // slug
  Reason reason;
  std::int64_t items = 0;
  std::string first; // key of one of them
};

struct Note { // what a dry run cannot know, a version that ends soon
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
  std::vector<TenantStory> tenants; // those the run had to do with, at most `most_told`
  bool cut = false;                 // there were more
  std::vector<Resting> resting;
  std::int64_t more_resting = 0;      // that are not listed
  std::vector<std::string> recovered; // what rested and is well again
  std::vector<Note> notes;
  std::int64_t held = 0; // items that wait for an operator, in the whole database
  std::vector<HeldNews> held_news;
  std::string ended_by;  // "finished", "stopped", "time", "limit", "rescued"
  std::string locked_by; // a live run of the job: "run 7, pid 123, since ..."; nothing was done
};

std::string report_text(const RunReport& report, bool colour = false);
std::string report_json(const RunReport& report); // one line

// One tenant's story from its counts: (what, reason, items, sample), in the order told.
struct StoryPart {
  std::string outcome; // "done", "waiting", ..., or what a settle counted
  std::string did;     // the stage's word for done; "" = not told
  Reason reason;
  std::int64_t items = 0;
  std::string sample;
};
std::string story_of(const std::vector<StoryPart>& parts);
// The stories in rows of (slug, tenant_id, stage, outcome, reason, args, items, next_at, sample), a tenant after the
// other. `did` of a stage is looked up in the jobs; of one job it is known what a tenant got.
std::vector<TenantStory> stories_of(const db::Rows& rows, std::span<const Job* const> jobs);

} // namespace milkrun
