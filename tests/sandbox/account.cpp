// Settings and planned errors of one account. Tolerant of types, because the address of a request is found with them.
#include "account.hpp"

namespace milkrun::sandbox {

namespace {

bool wants_this(const Json& entry, const Ask& ask) {
  const std::string text = setting(entry, "contains");
  return text.empty() || ask.path.find(text) != text.npos || ask.query.find(text) != text.npos ||
         ask.body.find(text) != text.npos;
}

} // namespace

std::string setting(const Json& account, const std::string& name, const std::string& otherwise) {
  const auto at = account.find(name);
  if (at == account.end()) return otherwise;
  if (at->is_number_integer()) return at->dump();
  return at->is_string() ? at->get<std::string>() : otherwise;
}

bool bears(const Ask& ask, const std::string& token) {
  return !token.empty() && ask.header("authorization") == "Bearer " + token;
}

std::optional<Json> next_planned(Json& account, const Ask& ask) {
  if (!account.contains("errors")) return std::nullopt;
  Json& plan = account["errors"];
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!wants_this(plan[i], ask)) continue;
    const Json entry = plan[i];
    const int times = entry.value("times", 1);
    if (times > 1)
      plan[i]["times"] = times - 1;
    else if (times >= 0)
      plan.erase(i);
    return entry;
  }
  return std::nullopt;
}

} // namespace milkrun::sandbox
