// Two years of reminders and drips in fifteen zones, judged by an oracle that shares nothing with them.
#include "timelab/lab.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace milkrun;
using namespace milkrun::timelab;

namespace {

const std::vector<std::string> west{"America/Havana",    "America/New_York", "America/Santiago", "Atlantic/Azores",
                                    "Africa/Casablanca", "Europe/Dublin",    "Europe/Berlin",    "Antarctica/Troll"};
const std::vector<std::string> east{"Africa/Cairo",    "Asia/Beirut",  "Asia/Kolkata",      "Australia/Lord_Howe",
                                    "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati"};

const Time begin_2026 = from_ms(1'786'752'000'000); // 2026-08-15
constexpr Millis day{24 * 3'600'000};

void two_years(const std::vector<std::string>& zones, std::uint64_t seed) {
  sim::Dice dice(seed);
  const Time until = begin_2026 + 730 * day;
  const Cron cron(begin_2026, until, 12, dice);
  const Town town(zones, begin_2026, until, 200, 200, dice);
  const Told told = live(town, cron, Pass::skip_ahead);
  for (const std::string& wrong : judge(town, cron, told)) FAIL_CHECK(wrong);
  std::size_t messages = 0;
  for (const auto& [phone, heard] : told.by_phone) messages += heard.size();
  MESSAGE(messages << " messages at " << told.starts << " starts of cron");
  CHECK(messages > 600 * zones.size()); // there was something to judge
}

} // namespace

TEST_CASE("west: each promise of two years is kept once, on its day, or given up for a reason") { two_years(west, 1); }
TEST_CASE("east: each promise of two years is kept once, on its day, or given up for a reason") { two_years(east, 2); }

TEST_CASE("a day that a zone leaves out takes no promise with it") {
  sim::Dice dice(3);
  const Time from = from_ms(1'322'697'600'000); // 2011-12-01; Apia has no 30th
  const Cron cron(from, from + 100 * day, 1, dice);
  const Town town({"Pacific/Apia"}, from, from + 100 * day, 200, 200, dice);
  for (const std::string& wrong : judge(town, cron, live(town, cron, Pass::skip_ahead))) FAIL_CHECK(wrong);
}

TEST_CASE("starts that are left out would have done nothing") {
  sim::Dice dice(4);
  const Time from = begin_2026 + 60 * day; // clocks change in it
  const Cron cron(from, from + 70 * day, 2, dice);
  const Town town({"Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe"}, from, from + 70 * day, 8, 8, dice);
  const Told each = live(town, cron, Pass::each_start), some = live(town, cron, Pass::skip_ahead);
  CHECK(each.starts > 20 * some.starts);
  CHECK(each.rows == some.rows);
  CHECK(each.by_phone.size() == some.by_phone.size());
  for (const auto& [phone, heard] : each.by_phone)
    // What becomes possible while a start works may be done in it or in the next.
    CHECK(std::ranges::equal(heard, some.by_phone.at(phone), [](const Heard& a, const Heard& b) {
      return a.text == b.text && a.at - b.at < 2 * Cron::every && b.at - a.at < 2 * Cron::every;
    }));
}

namespace {

// Statements by name whose parameter is moved.
class Moved final : public sim::Defect {
public:
  Moved(std::vector<std::string_view> statements, std::string_view parameter, Millis by)
      : statements_(std::move(statements)), parameter_(parameter), by_(by) {}
  std::int64_t execute(db::Transaction& tx, const db::Statement& s, std::span<const db::Param> p) override {
    if (std::ranges::find(statements_, s.name) == statements_.end()) return tx.execute(s, p);
    std::vector<db::Param> moved(p.begin(), p.end());
    for (db::Param& one : moved)
      if (one.name == parameter_)
        if (auto* at = std::get_if<std::int64_t>(&one.value)) *at += by_.count();
    return tx.execute(s, moved);
  }

private:
  const std::vector<std::string_view> statements_;
  const std::string_view parameter_;
  const Millis by_;
};

bool is_seen(sim::Defect&& defect) {
  sim::Dice dice(5);
  const Cron cron(begin_2026, begin_2026 + 60 * day, 0, dice);
  const Town town({"Europe/Berlin"}, begin_2026, begin_2026 + 60 * day, 20, 20, dice);
  CHECK(judge(town, cron, live(town, cron, Pass::skip_ahead)).empty());
  return !judge(town, cron, live(town, cron, Pass::skip_ahead, &defect)).empty();
}

} // namespace

TEST_CASE("the oracle sees what is five minutes late or early") {
  // A reminder's moment stands in its own row and in the ledger's; both are asked.
  const std::vector<std::string_view> reminder{"send_reminders_plan_invoices.add", "queue.enqueue"};
  CHECK(is_seen(Moved(reminder, "due_at", Cron::every)));
  CHECK(is_seen(Moved(reminder, "due_at", -Cron::every)));
  CHECK(is_seen(Moved({"advance_drips_advance_step.go_on"}, "next_at", Cron::every)));
  const std::vector<std::string_view> walk{"advance_drips_advance_step.begin_walk", "queue.enqueue"};
  CHECK(is_seen(Moved(walk, "step_at", Cron::every)));
}
