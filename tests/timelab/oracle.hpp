// What each person was to hear, and when, by the promises alone: the first start of cron at which all of them hold.
// Knows none of the product's code and none of its dates.
#pragma once

#include "timelab/cron.hpp"
#include "timelab/town.hpp"

#include <string>
#include <vector>

namespace milkrun::timelab {

struct Heard { // by one person
  Time at;
  std::string text;
};

// What is wrong with what a person heard of her invoices; "" = nothing.
std::string judge_invoices(const Person& person, const std::vector<const Invoice*>& invoices,
                           const std::vector<Heard>& heard, const Cron& cron);
// ... and of a walk.
std::string judge_walk(const Walk& walk, const std::vector<Heard>& heard, const Cron& cron);

} // namespace milkrun::timelab
