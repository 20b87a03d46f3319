// One milkrun of its own: the real binary with a configuration, a key and a database in a directory that goes away.
#pragma once

#include "support/program.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace milkrun::test {

class Installation {
public:
  explicit Installation(const std::string& more_config = {}); // whole TOML sections; has run `milkrun init`
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  // milkrun --config FILE arguments...
  Finished milkrun(std::vector<std::string> arguments,
                   const std::vector<std::pair<std::string, std::string>>& environment = {}) const;
  // `milkrun import` of a document; throws with what it said when it is refused.
  void import(const nlohmann::json& document) const;
  // `milkrun publish-feeds --json`: its report; throws with what it said when it does not end with 0.
  nlohmann::json publish_feeds() const;
  std::string database() const { return dir_ + "/milkrun.db"; }

private:
  std::string dir_;
};

} // namespace milkrun::test
