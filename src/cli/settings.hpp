// All that an operator can set, in one value.
#pragma once

#include "http/guard.hpp"
#include "log/log.hpp"
#include "run/runner.hpp"

#include <string>
#include <vector>

namespace milkrun::cli {

struct Settings {
  std::string database = "/var/lib/milkrun/milkrun.db";
  std::string key_file;                           // where the master key lies; the key itself is never a setting
  RunOptions run;                                 // in_flight, max_runtime, lease, reconcile_gap, idle_wait
  JobSettings job;                                // user_agent, timeouts by service
  std::string ca_file;                            // PEM bundle used in place of the system's; "" = the system's
  std::vector<int> ports = {80, 443, 8080, 8443}; // open to every destination; others need an allow entry
  std::vector<http::AllowEntry> allow;            // exceptions of the address guard
  log::Level level = log::Level::warn;
  log::Format format = log::Format::automatic;
};

} // namespace milkrun::cli
