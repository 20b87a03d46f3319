// One due item of a stage, as the rooms hand it on.
#pragma once

#include "base/id.hpp"
#include "db/db.hpp"

#include <string>
#include <string_view>

namespace milkrun {

struct Item {
  std::string stage; // "publish-post"
  std::string key;   // "article:ID": unique within the stage, stable across runs
  TenantId tenant;
  int attempt = 1; // 1 = first counted attempt
  db::Row row;     // what the stage's `load` selected; empty when the row is gone

  // The row's id: what follows the key's first colon, without a slot ("article:ID" and "feed:ID:SLOT" -> ID).
  std::string_view id() const { return rest().substr(0, slotted() ? id_size : std::string_view::npos); }
  // What follows a slotted key's id ("feed:ID:SLOT" -> SLOT), "" when nothing does.
  std::string_view slot() const { return slotted() ? rest().substr(id_size + 1) : std::string_view(); }

private:
  static constexpr std::size_t id_size = 32; // new_id()
  std::string_view rest() const { return std::string_view(key).substr(std::string_view(key).find(':') + 1); }
  bool slotted() const { return rest().size() > id_size && rest()[id_size] == ':'; }
};

} // namespace milkrun
