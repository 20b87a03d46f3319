// Writing history.
#include "ledger/attempts.hpp"

#include "base/text.hpp"
#include "sql/attempts.hpp"

#include <array>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

std::string_view outcome_word(const Result& r) {
  if (!r.outcome) return word(r.outcome.error().fault);
  static constexpr std::array<std::string_view, 3> words{"done", "snoozed", "cancelled"};
  return words.at(r.outcome->index());
}

std::string usage_json(const Result& r) {
  std::string out;
  for (const Spent& s : r.spent) out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", s.meter, s.amount);
  return out.empty() ? out : out + "}";
}

} // namespace

void record(db::Transaction& tx, const Attempt& a, const Decision& d, const Result& r, Time now) {
  const Done* done = done_of(r.outcome);
  const Credential* c = a.credential;
  tx.execute(sql::attempts::add, {{"stage", a.stage},
                                  {"key", a.key.text()},
                                  {"turn", a.turn},
                                  {"tenant", a.tenant.value},
                                  {"run", a.run.value},
                                  {"kind", a.looked_up ? "reconcile" : "work"},
                                  {"begun_at", a.begun_at},
                                  {"armed_at", db::value(a.armed_at)},
                                  {"now", now},
                                  {"outcome", outcome_word(r)},
                                  {"reason", d.reason.code()},
                                  {"args", d.reason.args_json()},
                                  {"detail", text::clip(d.detail, 1000)},
                                  {"reference", done != nullptr ? done->reference : ""},
                                  {"http_status", r.outcome ? 0 : r.outcome.error().http_status},
                                  {"credential", c != nullptr ? db::Value(c->id.value) : db::Value()},
                                  {"owner", c != nullptr ? db::Value(std::string(word(c->owner))) : db::Value()},
                                  {"host", a.host.empty() ? db::Value() : db::Value(a.host)},
                                  {"usage", usage_json(r)}});
}

} // namespace milkrun::ledger
