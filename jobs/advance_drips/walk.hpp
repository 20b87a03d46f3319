// How a contact walks through a drip: which step comes next, when, and whether it is for her. Pure.
#pragma once

#include "base/clock.hpp"
#include "base/reason.hpp"
#include "db/db.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::advance_drips {

// The first step after `position` that is there and active, of rows ordered by position; nullptr: none is left.
const db::Row* next_step(const db::Rows& steps, std::int64_t position);

// When a step is due. `previous`: the planned moment of the step before, at first the enrolment; `started`: the
// enrolment, later by what pauses added. Days and weeks keep the hour on the contact's wall over changes of the clocks;
// with an `at` they are counted in dates. Minutes and hours are time that passes, and an `at` is the next one after it.
Time step_moment(const db::Row& step, std::string_view zone, Time previous, Time started);

// The planned moment of the step that the walk stands at. A pause has moved one with an `at` by whole days, over a
// change of the clocks too: it comes when the clock on the wall shows it.
Time moment_of(const db::Row& row, std::string_view zone);

struct Before {             // the step before
  Time planned;             // at first the enrolment
  Time open;                // from then on the first time within the drip's hours
  std::optional<Time> said; // when its message went out, or goes; nullopt: none did
};

// The same, but no standstill brings steps together: a delay is counted from when the message before went out, where
// that was late by more than half of it, or where the step would go out with it. A step that is dated from the
// enrolment and overdue by an hour then comes so long after, a day at most.
Time spaced_moment(const db::Row& step, std::string_view zone, const Before& before, Time started);

// The first time at or after t that the wall clock shows `at`; t itself when at is "".
Time at_or_after(std::string_view zone, const std::string& at, Time t);

enum class Move {
  send,
  skip,  // this step; the walk goes on
  wait,  // until a moment
  leave, // the walk is over
};

struct Decided {
  Move move = Move::send;
  Reason reason = {}; // of all but send
  Time until = {};    // of wait
};

// What becomes of the step at `now`. For rows of advance_step.sql.
Decided decide(const db::Row& row, Time now);

} // namespace milkrun::advance_drips
