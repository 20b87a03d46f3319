// Only texts are touched, and only those that hold a secret change.
#include "run/masked.hpp"

#include <nlohmann/json.hpp>

namespace milkrun {

std::string Masks::masked(std::string text) const {
  for (const auto& mask : parts_) text = mask->masked(std::move(text));
  return text;
}

void Masks::clean(Reason& reason) const {
  std::vector<std::string> args = reason.args();
  for (std::string& a : args) clean(a);
  if (args != reason.args())
    reason = Reason::stored(reason.code(),
                            nlohmann::json(args).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Masks::clean(std::vector<Park>& parks) const {
  for (Park& p : parks) {
    clean(p.id);
    clean(p.reason);
  }
}

void Masks::clean(Error& e) const {
  clean(e.reason);
  clean(e.detail);
  clean(e.parks);
}

void Masks::clean(Result& result) const {
  if (parts_.empty()) return;
  clean(result.parks);
  if (!result.outcome) return clean(result.outcome.error());
  if (Done* d = std::get_if<Done>(&*result.outcome)) clean(d->reference);
  if (Snooze* s = std::get_if<Snooze>(&*result.outcome)) clean(s->reason);
  if (Cancel* c = std::get_if<Cancel>(&*result.outcome)) clean(c->reason);
}

void Masks::clean(Expected<Reconciled>& looked) const {
  if (parts_.empty()) return;
  if (!looked) return clean(looked.error());
  clean(looked->why);
  clean(looked->detail);
  clean(looked->result);
}

std::vector<db::Param> MaskedTransaction::masked(std::span<const db::Param> params) const {
  std::vector<db::Param> out(params.begin(), params.end());
  for (db::Param& p : out)
    if (std::string* text = std::get_if<std::string>(&p.value)) *text = masks_.masked(std::move(*text));
  return out;
}

db::Rows MaskedTransaction::query(const db::Statement& s, std::span<const db::Param> params) {
  return masks_.empty() ? tx_.query(s, params) : tx_.query(s, masked(params));
}

std::int64_t MaskedTransaction::execute(const db::Statement& s, std::span<const db::Param> params) {
  return masks_.empty() ? tx_.execute(s, params) : tx_.execute(s, masked(params));
}

} // namespace milkrun
