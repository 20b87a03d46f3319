#include "outreach/address_fate.hpp"

#include "sql/deliver.hpp"

namespace milkrun::outreach {
namespace {

constexpr std::int64_t full_times = 3;
constexpr Millis full_patience{7LL * 24 * 3'600'000};

} // namespace

bool suppress(db::Transaction& tx, const TenantId& tenant, std::string_view channel, const std::string& address,
              std::string_view scope, std::string_view source, Time now) {
  return tx.execute(sql::deliver::suppress, {{"tenant", tenant.value},
                                             {"channel", channel},
                                             {"address", address},
                                             {"scope", scope},
                                             {"source", source},
                                             {"now", now}}) == 1;
}

void mailbox_is_full(db::Transaction& tx, const TenantId& tenant, const db::Row& contact, Time now) {
  tx.execute(sql::deliver::mailbox_full,
             {{"tenant", tenant.value}, {"contact", contact.text("contact_id")}, {"now", now}});
  const auto since = contact.maybe_time("mail_full_since");
  if (since && now - *since >= full_patience && contact.integer("mail_full_times") + 1 >= full_times)
    suppress(tx, tenant, "email", contact.text("email"), "all", address_full, now);
}

} // namespace milkrun::outreach
