// What the lines of "waits for" are made of: resting.cpp and waiting.cpp. Private to them.
#pragma once

#include "run/turn.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::resting {

inline constexpr Millis day{24 * 3'600'000};
inline constexpr Millis alone_for{
    3'600'000};                            // then what waits alone waits for somebody, whoever's move it was at first
inline constexpr int most_looked_at = 200; // words that items wait for, of a tenant each
inline constexpr std::int64_t most_more = 1'000; // beyond those that are looked at, counted
inline constexpr std::int64_t most_asked = 100;  // items of a wait, since when the oldest one waits
inline const std::string after_all = "\x7f";     // sorts behind every id and every code

// What is told, and what it is about: a park, a destination, or the word that an item waits for.
struct Line {
  Resting told;
  std::optional<ledger::Parked> park = {};
  std::optional<ledger::Destination> destination = {};
  std::string word = {}, tenant = {}; // of the items; "" = of all tenants
  std::string code = {};              // of their reason; "" = whatever it is
};

struct Place { // in a list that runs go round
  std::string first, second;
};

// Whose lines are told: of all tenants, or of one (`--tenant`), and what is of all then.
struct Whose {
  std::optional<TenantId> only = {};
  std::string id() const { return only ? only->value : std::string(); }
  bool has(const std::string& tenant) const {
    return !only || tenant.empty() || tenant == only->value || tenant == operator_tenant.value;
  }
  // The first of them behind this tenant, in order; `after_all`: none.
  std::string next_after(const std::string& tenant) const {
    std::string next = after_all;
    for (const std::string& own : {only->value, operator_tenant.value})
      if (own > tenant) next = std::min(next, own);
    return next;
  }
};

bool is_due(const std::optional<Time>& told_at, Time now); // to be told again
std::optional<Time> told_at(db::Transaction& tx, const Line& line);
Place told_up_to(db::Transaction& tx, std::string_view list);
void go_on_after(db::Transaction& tx, std::string_view list, const Place& place);
db::Row ask(db::Transaction& tx, const db::Statement& of, const Line& line, std::int64_t most);

// Some of those who wait for what rests nowhere, from where the last run that told (`told`) has stopped. How many more
// there are, counted to a bound. `some`: the lines are not all of what rests.
std::int64_t add_words(db::Transaction& tx, const Whose& whose, Time now, bool told, bool some,
                       std::vector<Line>& lines);

} // namespace milkrun::resting
