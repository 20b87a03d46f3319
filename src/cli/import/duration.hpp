// Durations as a document gives them.
#pragma once

#include "base/clock.hpp"

#include <string>

namespace milkrun::cli {

std::string duration_words(Millis duration); // "15m", "1d", "0s"

} // namespace milkrun::cli
