// When a step of a drip is for somebody: a closed vocabulary in JSON.
//
//   "replied" "not_replied"                 wrote to the business since the enrolment began
//   "delivered" "read" "clicked"            what the last message of this enrolment came to
//   "engaged_since_previous_step"           replied, read or clicked since it was sent
//   "not_engaged_since_previous_step"
//   "invoice_paid"                          paid an invoice since the enrolment began
//   {"has_tag": "vip"} {"language_is": "de"}
//   {"all": [...]} {"any": [...]} {"not": ...}
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milkrun::outreach {

// What is known of a person when a step is due.
struct Facts {
  bool replied = false;                                  // since the enrolment began
  bool delivered = false, read = false, clicked = false; // the last message
  bool engaged = false;                                  // since it was sent
  bool paid_since = false;                               // any invoice since the enrolment began
  std::set<std::string, std::less<>> tags = {};
  std::string language = {}; // a tag
};

// "" when the condition is one; else what is wrong with it and the mend. At most 8 levels and 50 words.
std::string check_condition(const nlohmann::json& condition);

// Each condition as it is written, and what it means.
std::vector<std::pair<std::string, std::string>> condition_words();

// Whether the step is for her. "" is a condition that always holds. Throws std::invalid_argument for what
// check_condition() would refuse: it was asked when the condition came in.
bool holds(std::string_view condition, const Facts& facts);

// Whether it cannot hold before she replies: where who replies leaves, it never does.
bool needs_reply(std::string_view condition);

} // namespace milkrun::outreach
