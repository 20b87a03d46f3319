#include "base/words.hpp"

#include "base/memo.hpp"

#include <nlohmann/json.hpp>

namespace milkrun {
namespace {

std::vector<std::string> read_words(std::string_view json) {
  std::vector<std::string> out;
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_array())
    for (const auto& one : list)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

} // namespace

std::vector<std::string> words_in(const std::string& json) {
  thread_local Memo<std::vector<std::string>> memo;
  return memo.of(json, read_words);
}

} // namespace milkrun
