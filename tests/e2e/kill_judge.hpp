// The judge: reads the product's database file and the sandbox's memory, and says what does not fit. It shares no code
// with the product, and believes nothing that a run said of itself.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace milkrun::e2e {

// What lies before the judge: for judge() nothing runs, and a run found nothing more to do.
struct Evidence {
  std::string database;                   // path
  std::string base;                       // the sandbox's address
  nlohmann::json journal, effects, state; // as the sandbox's control API gives them
};

// publish-feeds. `portal_sites` in the order of the portal's tenants: the first one is "p1.1".
// One sentence for each broken promise; empty when all hold:
// - each item of a feed is one post on its tenant's site, or is told to be poison (in flight at two crashes);
// - no item is two posts; a row that says "published" has its post, and a post its row;
// - the portal counted each post once, under the id the product stored for it;
// - each request to create a post was preceded by a mark of its own;
// - each credential was seen by its owner's service only;
// - posts used are posts published, and nothing is reserved any more;
// - nothing is open: no item or run; each turn of an item has its attempt; the file is sound.
std::vector<std::string> judge(const Evidence& evidence, const std::vector<std::string>& portal_sites);
// A run was killed a moment ago. What was sent so far has its mark on the disk already.
std::vector<std::string> judge_death(const Evidence& evidence, const std::vector<std::string>& portal_sites);

} // namespace milkrun::e2e
