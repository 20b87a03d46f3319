// The outbox: UNIQUE(tenant, origin) makes "one message per cause" true whatever is run twice.
#include "outreach/outbox.hpp"

#include "sql/outbox.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::outreach {

void post(Settling& s, const NewMessage& m) {
  const std::string id = new_id();
  const auto values = nlohmann::json(m.template_values).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const bool added =
      s.tx.execute(sql::outbox::add, {{"id", id},
                                      {"tenant", m.tenant.value},
                                      {"origin", m.origin},
                                      {"campaign", m.campaign.empty() ? db::Value() : db::Value(m.campaign)},
                                      {"contact", m.contact},
                                      {"channel", m.channel},
                                      {"text", m.text},
                                      {"template_name", m.template_name},
                                      {"template_language", m.template_language},
                                      {"template_values", values},
                                      {"now", s.now},
                                      {"expires_at", m.expires_at},
                                      {"state", m.cannot.empty() ? "queued" : "failed"},
                                      {"reason", m.cannot}}) == 1;
  if (added && m.cannot.empty()) s.enqueue("deliver", Key{"message", id}, m.tenant, s.now);
}

} // namespace milkrun::outreach
