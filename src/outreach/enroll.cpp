// The unique index on open walks makes "one at a time" true whoever enrols twice.
#include "outreach/enroll.hpp"

#include "base/text.hpp"
#include "sql/enroll.hpp"

#include <stdexcept>

namespace milkrun::outreach {
namespace {

constexpr Millis one_day{24 * 3'600'000};

} // namespace

bool held_out(std::string_view campaign, std::string_view contact, std::int64_t percent) {
  const std::string hash = text::sha256_hex(std::string(campaign) + ":" + std::string(contact));
  // 52 bits: the remainder favours no percentage that anybody could measure.
  return static_cast<std::int64_t>(std::stoull(hash.substr(0, 13), nullptr, 16) % 100) < percent;
}

Enrolled would_enroll(db::Transaction& tx, const TenantId& tenant, const std::string& campaign,
                      const std::string& contact, Time started_at, Time now) {
  const db::Param t("tenant", tenant.value), c("campaign", campaign);
  const auto terms = tx.one(sql::enroll::terms, {t, c});
  if (!terms) throw std::logic_error("no such campaign of this tenant");
  if (const auto last = tx.one(sql::enroll::last_walk, {t, c, {"contact", contact}})) {
    const std::string& state = last->text("state");
    if (state == "active" || state == "holdout") return Enrolled::already;
    // Told once more, as a nightly document does: that walk is over, and no other one began.
    if (started_at < last->time("ended_at")) return Enrolled::already;
    if (terms->text("reentry") != "after_completion" || state != "completed" ||
        last->time("ended_at") + terms->integer("reentry_days") * one_day > now)
      return Enrolled::not_again;
  }
  return held_out(campaign, contact, terms->integer("holdout_percent")) ? Enrolled::holdout : Enrolled::active;
}

Enrolled enroll(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact,
                Time started_at, Time now) {
  const Enrolled as = would_enroll(tx, tenant, campaign, contact, started_at, now);
  if (as != Enrolled::active && as != Enrolled::holdout) return as;
  const bool added = tx.execute(sql::enroll::add, {{"id", new_id()},
                                                   {"tenant", tenant.value},
                                                   {"campaign", campaign},
                                                   {"contact", contact},
                                                   {"state", as == Enrolled::holdout ? "holdout" : "active"},
                                                   {"started_at", started_at}}) == 1;
  return added ? as : Enrolled::already;
}

bool leave(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact,
           const Reason& reason, Time now) {
  const db::Rows walks =
      tx.query(sql::enroll::inside, {{"tenant", tenant.value}, {"campaign", campaign}, {"contact", contact}});
  for (const db::Row& walk : walks)
    tx.execute(sql::enroll::leave, {{"tenant", tenant.value},
                                    {"id", walk.text("id")},
                                    {"reason", reason.code()},
                                    {"args", reason.args_json()},
                                    {"now", now}});
  return !walks.empty();
}

bool is_inside(db::Transaction& tx, const TenantId& tenant, const std::string& campaign, const std::string& contact) {
  return tx.one(sql::enroll::inside, {{"tenant", tenant.value}, {"campaign", campaign}, {"contact", contact}})
      .has_value();
}

} // namespace milkrun::outreach
