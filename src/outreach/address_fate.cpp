#include "outreach/address_fate.hpp"

#include "sql/deliver.hpp"

namespace milkrun::outreach {
namespace {

constexpr std::int64_t full_times = 3;
constexpr Millis full_patience{7LL * 24 * 3'600'000};

} // namespace

std::string_view word(Source source) {
  switch (source) {
  case Source::provider: return "provider";
  case Source::unsubscribed: return "unsubscribed";
  case Source::complained: return "complained";
  case Source::address_dead: return "address dead";
  case Source::address_full: break;
  }
  return "address full";
}

bool suppress(db::Transaction& tx, const TenantId& tenant, std::string_view channel, const std::string& address,
              std::string_view scope, Source source, Time now) {
  return tx.execute(sql::deliver::suppress, {{"tenant", tenant.value},
                                             {"channel", channel},
                                             {"address", address},
                                             {"scope", scope},
                                             {"source", word(source)},
                                             {"now", now}}) == 1;
}

void mailbox_is_full(db::Transaction& tx, const TenantId& tenant, const db::Row& contact, Time now) {
  tx.execute(sql::deliver::mailbox_full,
             {{"tenant", tenant.value}, {"contact", contact.text("contact_id")}, {"now", now}});
  const auto since = contact.maybe_time("mail_full_since");
  if (since && now - *since >= full_patience && contact.integer("mail_full_times") + 1 >= full_times)
    suppress(tx, tenant, "email", contact.text("email"), "all", Source::address_full, now);
}

} // namespace milkrun::outreach
