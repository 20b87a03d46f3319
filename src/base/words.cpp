#include "base/words.hpp"

#include <nlohmann/json.hpp>

namespace milkrun {

std::vector<std::string> words_in(const std::string& json) {
  std::vector<std::string> out;
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_array())
    for (const auto& one : list)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

} // namespace milkrun
