// The simulator can fail: each planted defect is found.
#include "sim/play.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace milkrun::sim;

namespace {

// The first seed that finds it, and what it finds; 0 when none of a thousand does.
std::uint64_t found_by(std::string_view defect, std::string_view words, std::string& what) {
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed)
    for (const std::string& f : play("spine", seed, defect).findings) {
      what = f;
      if (f.find(words) != std::string::npos) return seed;
    }
  return 0;
}

void must_be_found(std::string_view defect, std::string_view words) {
  std::string what;
  const std::uint64_t seed = found_by(defect, words, what);
  CAPTURE(what);
  CHECK(seed > 0);
  MESSAGE(defect << ": seed " << seed << ": " << what);
}

} // namespace

TEST_CASE("planted: a message is sent before its mark") { must_be_found("send-before-mark", "leaves without a mark"); }
TEST_CASE("planted: what an item came to is not written") {
  must_be_found("lost-settle", "left in flight by a run that ended");
}
TEST_CASE("planted: another tenant's credential") { must_be_found("wrong-credential", "was done as"); }
TEST_CASE("planted: an item is admitted twice") { must_be_found("double-admission", "happened 2 times"); }
TEST_CASE("planted: a place in a quota is not given back") { must_be_found("quota-kept", "usage is not the ledger"); }

TEST_CASE("every defect that can be planted has its test above") { CHECK(defects().size() == 5); }
