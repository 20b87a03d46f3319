// Who lives in the lab: tenants in zones, people, invoices, walks, and what happens to them over the years.
#pragma once

#include "db/db.hpp"
#include "sim/dice.hpp"
#include "timelab/wall.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::timelab {

struct Rule {
  std::string slug;
  int offset = 0, at = 0; // days, minutes
  bool business_days = false;
};

struct Step {
  std::string slug;
  int value = 0;
  std::string unit = "days";
  bool from_enrollment = false;
  std::optional<int> at = {}; // minutes
};

struct Campaign {
  std::string slug;
  int from = 0, until = 0;                // of the window, minutes; equal: always open
  std::vector<std::string> weekdays = {}; // {}: all
  std::vector<Step> steps;
  std::string zone = {}; // "": the tenant's
  std::shared_ptr<const Wall> wall = {};
};

struct Tenant {
  std::string id, zone;
  std::shared_ptr<const Wall> wall;
  std::vector<Rule> rules;
  std::vector<std::string> holidays;
  int gap_hours = 20;
  std::vector<Campaign> campaigns;
};

struct Person {
  std::string id, phone, zone; // zone "": the tenant's
  const Tenant* tenant = nullptr;
  std::shared_ptr<const Wall> wall;
  bool consents = true;
  std::optional<Time> opts_out, replies;
};

struct Invoice {
  std::string number;
  const Person* person = nullptr;
  Time created{};
  struct Due {
    Time since;
    std::string date;
  };
  std::vector<Due> due; // as it was told to us, the newest last
  std::optional<Time> paid;
  std::string hold_until; // "": no hold
};

struct Walk {
  const Person* person = nullptr;
  const Campaign* campaign = nullptr;
  Time starts{};
  // Whose clock its hours and steps go by.
  const Wall& wall() const { return person->zone.empty() && campaign->wall ? *campaign->wall : *person->wall; }
};

// Something that somebody does to the database.
struct Event {
  Time at;
  std::function<void(db::Transaction&)> happen;
};

struct Town {
  std::vector<std::unique_ptr<Tenant>> tenants;
  std::vector<std::unique_ptr<Person>> people;
  std::vector<Invoice> invoices;
  std::vector<Walk> walks;
  std::vector<Event> events; // in order

  Town(const std::vector<std::string>& zones, Time from, Time until, int invoices_each, int walks_each,
       sim::Dice& dice);
  Town(const Town&) = delete;
  Town& operator=(const Town&) = delete;
  void settle_in(db::Transaction& tx) const; // tenants, rules, campaigns, people
};

std::string clock_text(int minutes); // "HH:MM"

} // namespace milkrun::timelab
