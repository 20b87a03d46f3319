// What every command gets from main.
#pragma once

#include "cli/lazy_net.hpp"
#include "cli/settings.hpp"
#include "cli/table.hpp"

#include <functional>
#include <ostream>

namespace milkrun::cli {

struct Context {
  const Settings& settings;
  const Clock& clock;
  std::function<Network(const Settings&)> connect; // makes the real network
  std::ostream& out;                               // standard output
  bool terminal;                                   // whether `out` is one
  std::size_t width = usual_width;                 // of its lines
};

} // namespace milkrun::cli
