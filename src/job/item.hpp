// One due item of a stage, as the rooms hand it on.
#pragma once

#include "base/id.hpp"
#include "db/db.hpp"
#include "job/key.hpp"

#include <string>

namespace milkrun {

struct Item {
  std::string stage; // "publish-post"
  Key key;           // unique within the stage, stable across runs
  TenantId tenant;
  int attempt = 1;  // 1 = first counted attempt
  db::Row row = {}; // what the stage's `load` selected; empty when the row is gone
};

} // namespace milkrun
