// The heartbeat: leases hold as long as it beats, so a ten-minute call is safe.
#include "run/heartbeat.hpp"

namespace milkrun {

Heartbeat::Heartbeat(const RunContext& run, Dispatcher& dispatcher)
    : thread_([&run, &dispatcher](const std::stop_token& stop) {
        std::mutex lock;
        std::condition_variable_any never;
        const Millis every = std::max(Millis(50), run.options.lease / 6);
        for (;;) {
          std::unique_lock hold(lock);
          if (never.wait_for(hold, stop, every, [&] { return stop.stop_requested(); })) return;
          bool alive = false;
          try {
            run.rooms.db.transact([&](db::Transaction& tx) { alive = ledger::heartbeat(tx, run.run, run.now()); });
          } catch (const std::exception& e) {
            return dispatcher.end(e.what()); // the workers meet the same broken machine and end the run
          }
          if (!alive) return dispatcher.end("rescued by another run");
        }
      }) {}

} // namespace milkrun
