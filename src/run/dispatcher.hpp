// Hands ready items to workers: tenant-fair, last stage first, capped per tenant and host. Private to src/run.
#pragma once

#include "run/room.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

namespace milkrun {

class Dispatcher {
public:
  Dispatcher(const RunContext& run, std::stop_token stop);

  // Blocks until an item may be begun; nullopt when the run is over. Call finished() for every item taken.
  std::optional<Ready> next();
  void finished(const Ready& ready);
  // Claimed items that nobody took go back as they were.
  void release_rest();
  // Ends the run: another run took it for dead, or a worker met a broken machine.
  void end(std::string why);
  std::string ended_by() const;
  bool anything_begun() const { return begun_ > 0; }

private:
  using Clocks = std::chrono::steady_clock;
  struct Ring { // tenants of one stage that have due rows, in turn
    std::deque<TenantId> tenants;
    std::optional<Clocks::time_point> refreshed;
    std::map<TenantId, std::string> last_host; // tenants whose next item waits for a crowded host
    bool discovered = false;                   // discover has nothing more
  };
  struct Claims { // what one refill brought, kept outside the re-runnable body
    std::vector<Ready> ready;
    std::vector<Ended> ended;
    std::vector<Ring> rings;
    std::map<TenantId, int> tenants;  // claimed and in flight: what there was, and what this refill adds
    std::map<std::string, int> hosts; // the same by host
    bool idle = false;                // nothing was ready or in flight
    bool turn_of_crashed = false;     // an item of a crash may come first now, however much else there is
    bool more = false;                // discover stopped at its chunk
  };

  bool over() const;
  std::optional<Ready> take();
  bool fits(const Ready& ready) const;
  std::size_t fitting() const;
  bool wants_more() const;
  Claims snapshot() const;
  void refill(std::unique_lock<std::mutex>& hold);
  void claim_in(db::Transaction& tx, Claims& claims, std::size_t wanted);
  void discover_in(db::Transaction& tx, Claims& claims);
  void claim_stage(db::Transaction& tx, Claims& claims, std::size_t stage, std::size_t wanted);
  bool crowded(const Claims& claims, const std::string& host) const;
  void admit(db::Transaction& tx, Claims& claims, Ring& ring, Ready&& ready) const;
  void claim_crashed(db::Transaction& tx, Claims& claims);
  void refresh(db::Transaction& tx, Ring& ring, std::string_view stage) const;
  std::optional<Clocks::time_point> wait_until();

  const RunContext& run_;
  const std::stop_token stop_;
  const int cap_; // in flight per tenant and per host
  const Clocks::time_point started_;
  Clocks::time_point last_taken_;
  Clocks::time_point next_crashed_;
  mutable std::mutex lock_;
  std::condition_variable_any changed_;
  std::vector<Ring> rings_; // as the job's stages
  std::deque<Ready> ready_;
  std::map<TenantId, int> tenants_;  // claimed and in flight, by tenant
  std::map<std::string, int> hosts_; // in flight, by host
  int in_flight_ = 0;
  bool alone_ = false; // the item in flight may have nothing beside it
  bool refilling_ = false;
  bool dry_ = false; // the last refill found nothing and nothing has finished since
  std::int64_t begun_ = 0;
  std::uint64_t finishes_ = 0;         // items that came back so far
  std::uint64_t discovered_after_ = 0; // finishes_ at the last time discover was asked anew
  bool done_ = false;                  // nothing is due and nothing is in flight: every worker goes home
  std::string ended_by_;
};

} // namespace milkrun
