// Both groups are counted alike: a reply is whatever she wrote after she came in.
#include "outreach/lift.hpp"

#include "sql/lift.hpp"

#include <fmt/format.h>

namespace milkrun::outreach {
namespace {

constexpr Millis daily{24 * 3'600'000};

double percent(std::int64_t part, std::int64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

std::optional<std::int64_t> Lift::hundredths() const {
  if (!known() || held_replied == 0) return std::nullopt;
  return 100 * got_replied * held / (got * held_replied);
}

std::string Lift::text() const {
  if (!known()) return {};
  std::string out = fmt::format("{:.1f}% of {} who get it replied, {:.1f}% of {} who are held out",
                                percent(got_replied, got), got, percent(held_replied, held), held);
  if (const auto times = hundredths()) out += fmt::format(" ({}.{:02} times as many)", *times / 100, *times % 100);
  return out;
}

Lift lift_of(db::Transaction& tx, const std::string& campaign) {
  const auto row = tx.one(sql::lift::counts, {{"campaign", campaign}});
  if (!row || row->null("got")) return {};
  return {.got = row->integer("got"),
          .got_replied = row->integer("got_replied"),
          .held = row->integer("held"),
          .held_replied = row->integer("held_replied")};
}

std::vector<std::string> lift_notes(db::Transaction& tx, Time now) {
  const auto last = tx.one(sql::lift::told_at);
  if (!last || now - last->time("done_at") < daily) return {};
  tx.execute(sql::lift::told, {{"now", now}});
  std::vector<std::string> out;
  for (const db::Row& row : tx.query(sql::lift::compared))
    if (const std::string text = lift_of(tx, row.text("id")).text(); !text.empty())
      out.push_back(fmt::format("{} of {}: {}", row.text("slug"), row.text("tenant"), text));
  return out;
}

} // namespace milkrun::outreach
