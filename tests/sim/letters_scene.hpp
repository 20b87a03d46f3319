// The world of send-reminders and advance-drips, whose messages deliver sends: invoices that are paid meanwhile, people
// who opt out meanwhile.
#pragma once

#include "sim/scene.hpp"

#include <memory>

namespace milkrun::sim {

std::unique_ptr<Scene> letters_scene();

} // namespace milkrun::sim
