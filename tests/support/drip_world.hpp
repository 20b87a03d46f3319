// A drip of one tenant, in memory: steps by short words, and cron every ten minutes.
#pragma once

#include "jobs/advance_drips/stages.hpp"
#include "outreach/enroll.hpp"
#include "support/sender_world.hpp"

namespace milkrun::test {

// Each step says its own name, so that said() is the order in which they came.
struct DripWorld : Sender {
  DripWorld() {
    change("UPDATE campaigns SET kind = 'drip'"); // 'g', always open
    change("UPDATE tenants SET marketing_per_day = NULL WHERE id = 'asha'");
    http.otherwise = [](const http::Request&) { return http::Response{.status = 200, .body = R"({"id":"x"})"}; };
  }
  void step(const std::string& id, std::int64_t position, std::int64_t value, const std::string& unit,
            const std::string& more = "") {
    change("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, delay_unit, text) VALUES ($id, "
           "'asha', 'g', "
           "$id, $p, $v, $u, $t)",
           {{"id", id}, {"p", position}, {"v", value}, {"u", unit}, {"t", R"({"":"step )" + id + R"("})"}});
    if (!more.empty()) change(("UPDATE steps SET " + more + " WHERE id = '" + id + "'").c_str());
  }
  void three() {
    step("a", 0, 0, "days");
    step("b", 1, 2, "days");
    step("c", 2, 1, "days");
  }
  outreach::Enrolled enroll(const std::string& contact = "ana") {
    outreach::Enrolled out{};
    database->transact(
        [&](db::Transaction& tx) { out = outreach::enroll(tx, {"asha"}, "g", contact, clock.now(), clock.now()); });
    return out;
  }
  void advance(Millis since_noon) { run_at(since_noon, {advance_drips::advance_step(), outreach::deliver()}); }
  void ticks(Millis from, Millis to) {
    for (Millis t = from; t <= to; t += 10 * one_minute) advance(t);
  }
  std::string said() {
    std::string out;
    for (const http::Request& r : http.sent)
      if (const auto at = r.body.find("step "); at != std::string::npos) out += r.body[at + 5];
    return out;
  }
  db::Row walk(const std::string& contact = "ana") {
    return rows("SELECT * FROM enrollments WHERE contact_id = $c ORDER BY started_at DESC LIMIT 1", {{"c", contact}})
        .at(0);
  }
};

} // namespace milkrun::test
