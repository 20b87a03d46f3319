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
  std::string key_file; // where the master key lies; the key itself is never a setting
  RunOptions run{.budgets = {{"ai",
                              {.tenant = {.calls_per_day = 100,
                                          .calls_per_month = 1'000,
                                          .tokens_per_day = 1'000'000,
                                          .tokens_per_month = 10'000'000},
                               .all = {.calls_per_day = 5'000,
                                       .calls_per_month = 50'000,
                                       .tokens_per_day = 20'000'000,
                                       .tokens_per_month = 200'000'000}}}}};
  // User agent, the time of a candidate, and how long one call may take by service: all of them, so that these are the
  // defaults.
  JobSettings job{.timeouts = {{"portal", Millis(30'000)},
                               {"feed", Millis(30'000)},
                               {"ai", Millis(300'000)},
                               {"wordpress", Millis(60'000)},
                               {"meta", Millis(30'000)},
                               {"whatsapp", Millis(30'000)},
                               {"email", Millis(120'000)}}};
  std::string ca_file;                            // PEM bundle used in place of the system's; "" = the system's
  std::vector<int> ports = {80, 443, 8080, 8443}; // open to every destination; others need an allow entry
  std::vector<http::AllowEntry> allow;            // exceptions of the address guard
  log::Level level = log::Level::warn;
  log::Format format = log::Format::automatic;
};

} // namespace milkrun::cli
