// What a pure function made of the texts it was asked of last: rows bring the same JSON again and again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace milkrun {

// Of one thread. What it returns holds until it is asked of another text.
template <class Result> class Memo {
public:
  template <class Make> const Result& of(std::string_view text, Make make) {
    if (const auto found = kept_.find(text); found != kept_.end()) return found->second;
    if (kept_.size() >= most) kept_.clear();
    return kept_.emplace(std::string(text), make(text)).first->second;
  }

private:
  static constexpr std::size_t most = 64;
  std::map<std::string, Result, std::less<>> kept_;
};

} // namespace milkrun
