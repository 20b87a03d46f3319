// The network door of what calls nobody: a dry run, an operator's word. Private to src/run.
#pragma once

#include "http/net.hpp"

#include <stdexcept>

namespace milkrun {

struct NoNetwork final : http::Net {
  void submit(std::uint64_t, http::Request) override { throw std::logic_error("a call where nobody is called"); }
  std::vector<Answer> collect() override { return {}; }
  void wait(Millis) override {}
  void nudge() override {}
};

} // namespace milkrun
