// How old an item is. Publishers forget dates and sort as they like; an item without a date is as old as its place
// among the dated ones says, and never new because nobody said otherwise.
#include "providers/feed/document.hpp"

#include <algorithm>
#include <numeric>

namespace milkrun::feed {

namespace {

using Dates = std::vector<std::optional<Time>>;

struct Trend {
  std::size_t rising = 0, falling = 0;

  // Most feeds begin with their newest item.
  bool begins_with_oldest() const { return rising > falling; }
  bool unknown() const { return rising == 0 && falling == 0; }
};

Trend trend_of(const Dates& dates) {
  Trend trend;
  std::optional<Time> last;
  for (const std::optional<Time>& date : dates) {
    if (!date) continue;
    if (last && *date > *last) ++trend.rising;
    if (last && *date < *last) ++trend.falling;
    last = date;
  }
  return trend;
}

void fill_from_neighbours(Dates& dates) {
  const auto first = std::ranges::find_if(dates, [](const auto& date) { return date.has_value(); });
  if (first == dates.end()) return;
  std::optional<Time> neighbour = *first; // in front of the first dated one stands what is as old as it
  for (std::optional<Time>& date : dates) {
    if (date)
      neighbour = date;
    else
      date = neighbour;
  }
}

} // namespace

std::vector<std::size_t> newest_first(Dates& dates) {
  const bool rising = trend_of(dates).begins_with_oldest();
  fill_from_neighbours(dates);
  std::vector<std::size_t> order(dates.size());
  std::iota(order.begin(), order.end(), 0);
  // Of equally old ones the one nearer to the newest end is newer. (What g++ 12 has of a stable sort is deprecated by
  // clang.)
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (dates[a] != dates[b]) return dates[a] > dates[b];
    return rising ? a > b : a < b;
  });
  return order;
}

std::vector<std::size_t> newest_places(Dates dates, std::size_t most) {
  const bool unknown = trend_of(dates).unknown();
  std::vector<std::size_t> places = newest_first(dates);
  // No date says where the feed grows: its two ends are where new ones come.
  if (places.size() > most && unknown) {
    const auto from = places.begin() + static_cast<std::ptrdiff_t>(most / 2);
    places.erase(from, from + static_cast<std::ptrdiff_t>(places.size() - most));
  }
  if (places.size() > most) places.resize(most);
  std::ranges::sort(places);
  return places;
}

bool assign_ages(std::vector<Draft>& drafts) {
  Dates dates;
  dates.reserve(drafts.size());
  for (const Draft& draft : drafts) dates.push_back(draft.item.published ? draft.item.published : draft.item.updated);
  const bool known = !trend_of(dates).unknown();
  const std::vector<std::size_t> order = newest_first(dates);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    drafts[order[rank]].item.rank = rank;
    drafts[order[rank]].item.dated = dates[order[rank]];
  }
  return known;
}

} // namespace milkrun::feed
