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
  int attempt = 1;   // 1 = first counted attempt
  db::Row row;       // what the stage's `load` selected; empty when the row is gone

  // The part of the key after its first colon, up to the next one: the id of the row ("feed:ID:SLOT" -> ID).
  std::string_view id() const;
  // What follows the id ("feed:ID:SLOT" -> SLOT), "" when nothing does.
  std::string_view slot() const;
};

inline std::string_view Item::id() const {
  const std::string_view rest = std::string_view(key).substr(std::string_view(key).find(':') + 1);
  return rest.substr(0, rest.find(':'));
}

inline std::string_view Item::slot() const {
  const std::string_view rest = std::string_view(key).substr(std::string_view(key).find(':') + 1);
  const std::size_t colon = rest.find(':');
  return colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
}

} // namespace milkrun
