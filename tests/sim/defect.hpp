// Defects that are planted to see that the simulator finds them.
#pragma once

#include "sim/database.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace milkrun::sim {

std::vector<std::string_view> defects();
// Null for "".
std::unique_ptr<Defect> defect(std::string_view name);

} // namespace milkrun::sim
