// The world of publish-feeds: feeds that grow, and a WordPress site for each tenant.
#pragma once

#include "sim/scene.hpp"

#include <memory>

namespace milkrun::sim {

std::unique_ptr<Scene> publish_scene();

} // namespace milkrun::sim
