// Defects that are planted to see that the simulator finds them.
#pragma once

#include "credentials/vault.hpp"
#include "sim/database.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace milkrun::sim {

std::vector<std::string_view> defects();
// Null for "". `key`: that the credentials are sealed with; a defect of the vault has it too.
std::unique_ptr<Defect> defect(std::string_view name, const MasterKey& key);

} // namespace milkrun::sim
