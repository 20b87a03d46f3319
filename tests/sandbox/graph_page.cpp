// Graph's cursors. A cursor must be sent back percent-encoded, and paging.next leads into a trap: only `after` is of
// use.
#include "account.hpp"
#include "graph.hpp"

#include <algorithm>
#include <cstdlib>

namespace milkrun::sandbox {

namespace {

// Not a secret, but with characters that a careless client leaves as they are.
std::string cursor_to(const Json& item) { return "Q+" + setting(item, "id") + "/=="; }

// nullopt for a cursor that no item has.
std::optional<std::size_t> place_after(const std::vector<Json>& items, const std::string& cursor) {
  if (cursor.empty()) return 0;
  const auto at = std::ranges::find(items, cursor, cursor_to);
  if (at == items.end()) return std::nullopt;
  return static_cast<std::size_t>(at - items.begin()) + 1;
}

std::string trap(const GraphVisit& visit, const std::string& cursor) {
  const std::string host = setting(visit.account, "next_host", visit.ask.base);
  return host + "/trap/" + visit.who + visit.ask.path + "?access_token=never-follow-me&after=" + cursor;
}

} // namespace

Answer page_answer(const GraphVisit& visit, const std::vector<Json>& items, std::size_t most, bool paged,
                   const std::function<Json(const Json&)>& shown) {
  const std::string asked = visit.ask.param("limit");
  const std::size_t limit = asked.empty() ? 25 : std::strtoul(asked.c_str(), nullptr, 10);
  if (limit < 1 || limit > most)
    return graph_error({.code = 100, .message = "(#100) limit is out of range", .details = ""});
  const auto from = place_after(items, visit.ask.param("after"));
  if (!from) return graph_error({.code = 100, .message = "(#100) Invalid cursors values", .details = ""});
  const std::size_t to = std::min(items.size(), *from + limit);
  Json rows = Json::array();
  for (std::size_t i = *from; i < to; ++i)
    if (!items[i].value("withheld", false)) rows.push_back(shown(items[i]));
  Json body{{"data", rows}};
  if (paged && to > *from) {
    body["paging"]["cursors"] = {{"before", cursor_to(items[*from])}, {"after", cursor_to(items[to - 1])}};
    if (to < items.size()) body["paging"]["next"] = trap(visit, cursor_to(items[to - 1]));
  }
  return json_answer(200, body);
}

} // namespace milkrun::sandbox
