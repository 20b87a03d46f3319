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

// What one tenant calls a secret is hidden from the lines of all: nobody may so choose a word of ours, or of another
// tenant, that then reads *** everywhere. The item's own mask (run/masked.hpp) has no such exception.
void mask(const Secret& secret) {
  if (could_be_a_word(secret)) return;
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
