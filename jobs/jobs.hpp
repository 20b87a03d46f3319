// The jobs this binary knows.
#pragma once

#include "job/stage.hpp"

#include <vector>

namespace milkrun {

const std::vector<const Job*>& all_jobs();

} // namespace milkrun
