// What is in flight by tenant and host.
#include "run/admission.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr int well_again = 64; // good answers in a row until a host that was cut back may have any number
constexpr int at_first = 8;    // in flight at a host that has not answered yet
constexpr std::size_t most_remembered = 4'096; // hosts that are well and unused
constexpr double slow_factor = 8;              // times its usual answer time ...
constexpr double slow_least = 1000;            // ... and at least this many ms: it has turned slow

bool begins_slowly(const Stage& stage) { return stage.reconcile == nullptr && !stage.repeats; }

} // namespace

void Load::left(const Flight& f) {
  ++total_;
  ++tenants_[f.item().tenant];
  if (!f.host.empty()) ++hosts_[f.host].in_flight;
}

void Load::back(const Flight& f, bool well, Millis took) {
  --total_;
  if (const auto t = tenants_.find(f.item().tenant); t != tenants_.end() && --t->second == 0) tenants_.erase(t);
  const auto at = hosts_.find(f.host);
  if (at == hosts_.end()) return;
  Host& h = at->second;
  --h.in_flight;
  const auto ms = static_cast<double>(took.count());
  const int at_start = at_first + h.heard;
  if (well && !f.script.answers.empty()) ++h.heard;
  const bool slow = h.usual_ms > 0 && ms > slow_least && ms > slow_factor * h.usual_ms;
  if (well && ms > 0) h.usual_ms = h.usual_ms > 0 ? 0.95 * h.usual_ms + 0.05 * ms : ms;
  if (!well || slow) {
    double most = std::min(h.cut ? h.most : static_cast<double>(places_), static_cast<double>(quarter()));
    if (begins_slowly(f.stage())) most = std::min(most, static_cast<double>(at_start));
    h.most = std::max(1.0, most / 2);
    h.cut = true;
    h.well = 0;
  } else if (h.cut) {
    h.most = std::min(h.most + 1 / h.most, static_cast<double>(quarter()));
    if (++h.well >= well_again) h.cut = false;
  } else if (h.in_flight == 0) { // well and unused: what is usual is learned again
    if (hosts_.size() > most_remembered)
      hosts_.erase(at);
    else
      h = {.heard = h.heard};
  }
}

int Load::of(const TenantId& tenant) const {
  const auto t = tenants_.find(tenant);
  return t == tenants_.end() ? 0 : t->second;
}

bool Load::full(const std::string& host, int more) const {
  const auto h = hosts_.find(host);
  return h != hosts_.end() && h->second.cut && h->second.in_flight + more >= static_cast<int>(h->second.most);
}

bool Load::full_at_start(const std::string& host, const Stage& stage, int more) const {
  if (host.empty() || !begins_slowly(stage)) return false;
  const auto h = hosts_.find(host);
  return h == hosts_.end() ? more >= at_first : h->second.in_flight + more >= at_first + h->second.heard;
}

bool Load::sole(const TenantId& tenant) const {
  return tenants_.empty() || (tenants_.size() == 1 && tenants_.begin()->first == tenant);
}

} // namespace milkrun
