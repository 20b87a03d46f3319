// The settings of a credential, read and checked. Private to this folder.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace milkrun::meta {

struct Settings {
  std::string version = "v25.0";
  std::string app_id = {}; // "" = not said
};

// permanent "meta.bad_settings"; the detail names the key.
Expected<Settings> read_settings(std::string_view json);

} // namespace milkrun::meta
