// The world of verify-social and deliver: people claim that they commented, are checked with their tenant's own
// credential, rewarded once, and told once through their tenant's own account.
#pragma once

#include "sim/scene.hpp"

#include <memory>

namespace milkrun::sim {

std::unique_ptr<Scene> social_scene();

} // namespace milkrun::sim
