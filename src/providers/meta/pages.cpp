// paging.next is an address with the token in it: only whether it is there counts, and the cursor beside it. Promise:
// the walk ends, whatever the service answers.
#include "providers/meta/pages.hpp"

#include "base/text.hpp"

namespace milkrun::meta {
namespace {

constexpr int max_pages = 200;
constexpr std::size_t max_bytes = std::size_t{16} * 1024 * 1024; // of all pages
constexpr std::size_t max_cursor = 2048;
constexpr int smallest_page = 12;
constexpr std::int64_t too_much_data = 1; // "unknown error", also "reduce the amount of data"

} // namespace

std::string cursor_of(const Json& body) {
  const Json& after = member(member(member(body, "paging"), "cursors"), "after");
  if (!after.is_string() || after.get_ref<const std::string&>().size() > max_cursor) return "";
  return after.get<std::string>();
}

bool has_next(const Json& body) {
  const Json& next = member(member(body, "paging"), "next");
  return next.is_string() && !next.get_ref<const std::string&>().empty();
}

std::string Walk::query() const {
  std::string query = edge_.query + "&limit=" + std::to_string(edge_.limit);
  if (!after_.empty()) query += "&after=" + text::percent_encode(after_);
  return query;
}

bool Walk::more() const { return pages_ < max_pages && session_.bytes() <= max_bytes; }

bool Walk::ask_for_less() {
  if (session_.last_code() != too_much_data || edge_.limit / 2 < smallest_page || session_.exhausted()) return false;
  edge_.limit /= 2;
  return true;
}

// What the first page cannot answer is an error; later ones only leave the list open at its end.
bool Walk::ends_all(const Error& error) const {
  return pages_ == 0 || error.fault == Fault::setting || error.fault == Fault::aborted;
}

std::optional<Reason> Walk::after(std::size_t count, bool next, const std::string& cursor) {
  rows_seen_ += count;
  ++pages_;
  if (!next) {
    if (rows_seen_ == 0) return Reason("meta.empty_answer");
    return edge_.capped && count >= static_cast<std::size_t>(edge_.limit) ? Reason("meta.list_cut_off") : Reason();
  }
  if (session_.exhausted()) return Reason(at_its_limit);
  if (cursor.empty()) return Reason("meta.paging_without_cursor");
  if (!cursors_.insert(cursor).second) return Reason("meta.paging_loops");
  after_ = cursor;
  return std::nullopt;
}

} // namespace milkrun::meta
