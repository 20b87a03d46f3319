// Which version of the Graph API answered: Meta serves another one, without a word, once the one asked for has ended.
#pragma once

#include "job/stage.hpp"

#include <string>
#include <vector>

namespace milkrun::verify_social {

struct Served {
  std::string credential = {};          // id
  std::string asked = {}, version = {}; // "v21.0"; version "" = not said
};

Served served_by(const Credential& credential, std::string version);

// Kept as long as it differs from the one asked for.
void remember(Settling& s, const Served& served);

// One sentence for each pair of versions, of the credentials that still ask for the first.
std::vector<std::string> other_versions(db::Transaction& tx);

} // namespace milkrun::verify_social
