// paging.next is an address with the token in it: only whether it is there counts, and the cursor beside it. Promise:
// the walk ends, whatever the service answers.
#include "providers/meta/pages.hpp"

#include "base/text.hpp"

#include <set>

namespace milkrun::meta {
namespace {

constexpr int max_pages = 200;
constexpr std::size_t max_bytes = std::size_t{64} * 1024 * 1024; // of all pages
constexpr std::size_t max_cursor = 2048;
constexpr int smallest_page = 12;
constexpr std::int64_t too_much_data = 1; // "unknown error", also "reduce the amount of data"

// The cursor for the next page; "" when the answer has none that can be used.
std::string cursor_of(const Json& body) {
  const Json& after = member(member(member(body, "paging"), "cursors"), "after");
  if (!after.is_string() || after.get_ref<const std::string&>().size() > max_cursor) return "";
  return after.get<std::string>();
}

bool has_next(const Json& body) {
  const Json& next = member(member(body, "paging"), "next");
  return next.is_string() && !next.get_ref<const std::string&>().empty();
}

Expected<Json> page_of(Session& session, Edge& edge, const std::string& after) {
  const auto ask = [&] {
    std::string query = edge.query + "&limit=" + std::to_string(edge.limit);
    if (!after.empty()) query += "&after=" + text::percent_encode(after);
    return session.get(edge.path, query);
  };
  Expected<Json> body = ask();
  while (!body && session.last_code() == too_much_data && edge.limit / 2 >= smallest_page && !session.exhausted()) {
    edge.limit /= 2;
    body = ask();
  }
  if (body && !member(*body, "data").is_array()) return fail(Fault::outage, "meta.unusable_answer", "no data list");
  return body;
}

// What the first page cannot answer is an error; later ones only leave the list open at its end.
bool ends_all(const Error& error, int page) {
  return page == 0 || error.fault == Fault::setting || error.fault == Fault::aborted;
}

} // namespace

Expected<Reason> each_page(Session& session, Edge edge, const See& see) {
  std::set<std::string, std::less<>> cursors;
  std::string after;
  std::size_t rows_seen = 0;
  for (int page = 0; page < max_pages && session.bytes() <= max_bytes; ++page) {
    const Expected<Json> body = page_of(session, edge, after);
    if (!body && ends_all(body.error(), page)) return std::unexpected(body.error());
    if (!body) return body.error().reason;
    const Json& rows = member(*body, "data");
    rows_seen += rows.size();
    if (see(rows)) return Reason();
    if (!has_next(*body)) {
      if (rows_seen == 0) return Reason("meta.empty_answer");
      return edge.capped && rows.size() >= static_cast<std::size_t>(edge.limit) ? Reason("meta.list_cut_off")
                                                                                : Reason();
    }
    if (session.exhausted()) return Reason(at_its_limit);
    after = cursor_of(*body);
    if (after.empty()) return Reason("meta.paging_without_cursor");
    if (!cursors.insert(after).second) return Reason("meta.paging_loops");
  }
  return Reason("meta.too_many_pages");
}

} // namespace milkrun::meta
