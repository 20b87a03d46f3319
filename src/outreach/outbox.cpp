// The outbox: UNIQUE(tenant, origin) makes "one message per cause" true whatever is run twice.
#include "outreach/outbox.hpp"

#include "sql/outbox.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::outreach {
namespace {

namespace sql = milkrun::sql::outbox;

std::string json_of(const std::vector<std::string>& list) {
  return nlohmann::json(list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What somebody owes or ordered goes before what somebody wants to sell.
Rank rank_of(Class kind) { return kind == Class::transactional ? Rank::first : Rank::behind; }

} // namespace

std::string post(Settling& s, const NewMessage& m) {
  const std::string id = new_id();
  const bool added = s.tx.execute(sql::add, {{"id", id},
                                             {"tenant", m.tenant.value},
                                             {"origin", m.origin},
                                             {"campaign", m.campaign.empty() ? db::Value() : db::Value(m.campaign)},
                                             {"contact", m.contact},
                                             {"class", m.kind == Class::marketing ? "marketing" : "transactional"},
                                             {"channel", m.channel},
                                             {"fallback", json_of(m.fallback)},
                                             {"subject", m.subject},
                                             {"text", m.text},
                                             {"language", m.language},
                                             {"template_name", m.template_name},
                                             {"template_language", m.template_language},
                                             {"template_values", json_of(m.template_values)},
                                             {"second_name", m.second_name},
                                             {"second_language", m.second_language},
                                             {"second_values", json_of(m.second_values)},
                                             {"text_instead", m.text_instead},
                                             {"now", s.now},
                                             {"expires_at", m.expires_at},
                                             {"state", m.cannot.empty() ? "queued" : "failed"},
                                             {"reason", m.cannot.code()},
                                             {"args", m.cannot.args_json()}}) == 1;
  if (!added) return {};
  if (m.cannot.empty()) s.enqueue("deliver", Key{"message", id}, m.tenant, s.now, rank_of(m.kind));
  return id;
}

bool pass_on(Settling& s, const TenantId& tenant, const std::string& message) {
  const auto row = s.tx.one(sql::undelivered, {{"tenant", tenant.value}, {"message", message}});
  if (!row) return false;
  auto rest = nlohmann::json::parse(row->text("fallback"), nullptr, false);
  if (!rest.is_array() || rest.empty() || !rest[0].is_string()) return false;
  const std::string next = rest[0].get<std::string>(), id = new_id();
  rest.erase(0);
  const bool added = s.tx.execute(sql::add_next, {{"id", id},
                                                  {"tenant", tenant.value},
                                                  {"message", message},
                                                  {"origin", row->text("origin") + "/" + next},
                                                  {"channel", next},
                                                  {"fallback", rest.dump()},
                                                  {"now", s.now}}) == 1;
  if (!added) return true; // it was passed on before
  s.tx.execute(sql::pass_on_reminders, {{"message", message}, {"next", id}});
  s.tx.execute(sql::pass_on_enrollment, {{"message", message}, {"next", id}});
  s.enqueue("deliver", Key{"message", id}, tenant, s.now,
            rank_of(row->text("class") == "transactional" ? Class::transactional : Class::marketing));
  return true;
}

} // namespace milkrun::outreach
