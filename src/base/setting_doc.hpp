// One key of a credential's settings, as the reference tells it: taken from the table by which the provider reads it.
#pragma once

#include <string>

namespace milkrun {

struct SettingDoc {
  std::string key;
  std::string of;        // the adapters that know it, "" = all
  std::string holds;     // "a number from 0 to 2"
  std::string otherwise; // what holds where it is left out; "" = nothing
  std::string means;
};

} // namespace milkrun
