// How an event becomes one line.
#pragma once

#include "base/clock.hpp"
#include "log/log.hpp"

#include <string>

namespace milkrun::log {

// The line, without its end. `format` is a concrete one. Masked secrets are replaced.
std::string line(Level level, Format format, Time t, std::string_view event, Fields fields);

std::string_view word(Level level); // "debug", "info", "warn", "error"

} // namespace milkrun::log
