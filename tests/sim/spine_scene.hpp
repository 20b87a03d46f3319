// The world of the simulator's own job: every kind of stage, and everything that people do to it.
#pragma once

#include "sim/scene.hpp"

#include <memory>

namespace milkrun::sim {

std::unique_ptr<Scene> spine_scene();

} // namespace milkrun::sim
