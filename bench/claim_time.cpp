// How long admission's own statements take on a database as bench/callbacks.sql makes it: the median over many, each
// rolled back. Prints "RING_US CLAIM_US": reading the ring of tenants with due work, and taking four rows of one
// tenant.
#include "base/clock.hpp"
#include "db/sqlite.hpp"
#include "ledger/queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace {

using namespace milkrun;
struct RollBack {};
using Micros = std::chrono::duration<double, std::micro>;

template <class Work> double micros(const Work& work) {
  const auto before = std::chrono::steady_clock::now();
  work();
  return Micros(std::chrono::steady_clock::now() - before).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: claim_time DATABASE\n");
    return 64;
  }
  db::Sqlite database(argv[1], {});
  const Time now = SystemClock().now();
  std::vector<double> ring, claim;
  for (int round = 0; round < 50; ++round) {
    try {
      database.transact([&](db::Transaction& tx) {
        std::vector<ledger::TenantDue> tenants;
        ring.push_back(micros([&] { tenants = ledger::tenants_due(tx, "report-run", Rank::first, "", now, 256); }));
        for (const ledger::TenantDue& t : tenants)
          if (t.due)
            claim.push_back(micros([&] {
              for (const ledger::Candidate& row : ledger::candidates(tx, "report-run", Rank::first, t.tenant, now, 4))
                static_cast<void>(ledger::take(tx, "report-run", row, {.run = RunId{"bench"}}, now));
            }));
        throw RollBack();
      });
    } catch (const RollBack&) {
    }
  }
  if (claim.empty()) {
    fmt::print(stderr, "claim_time: nothing is due in {}\n", argv[1]);
    return 1;
  }
  fmt::print("{:.0f} {:.0f}\n", median(ring), median(claim));
}
