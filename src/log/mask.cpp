// One mask for all that is logged. It sees values before they are escaped or cut, so that an escape cannot hide a
// secret and a cut cannot leave half of one.
#include "log/mask.hpp"

#include "base/mask.hpp"
#include "log/log.hpp"

#include <mutex>
#include <shared_mutex>

namespace milkrun::log {
namespace {

struct Known {
  std::shared_mutex lock;
  Mask mask;
};

Known& known() {
  static auto& all = *new Known; // never destroyed: threads may log until the process ends
  return all;
}

} // namespace

void mask(const Secret& secret) {
  Known& all = known();
  std::unique_lock hold(all.lock);
  all.mask.add(secret);
}

std::string masked(std::string_view text) {
  Known& all = known();
  std::shared_lock hold(all.lock);
  return all.mask.masked(std::string(text));
}

} // namespace milkrun::log
