// Walking over an edge page by page. Private to this folder.
#pragma once

#include "providers/meta/session.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace milkrun::meta {

struct Edge {
  std::string path;    // "ID/comments"
  std::string query;   // without limit and after
  int limit = 100;     // rows asked for; halved when a page is too much for the service
  bool capped = false; // a full page without a next one may be the service's cap, not the end
};

// What is kept of one page. `Rows` is what the caller makes of its rows.
template <class Rows> struct Page {
  bool readable = false; // it had a list
  std::string cursor;    // for the next page; "" = none that can be used
  bool next = false;     // there is one
  std::size_t count = 0;
  Rows rows;
};

std::string cursor_of(const Json& body);
bool has_next(const Json& body);

// Reads until there is no next page or `see` has enough. empty = all was seen; else why not (see
// Comments::inconclusive). Only cursors are taken from the service: every address is built here. An error after the
// first page ends the walk with what was seen, except a refused credential and an abort.
//   read  Rows(const Json& rows): of each page once, however often the work is played again
//   see   bool(std::shared_ptr<const Page<Rows>>): true = the rest is not needed
class Walk {
public:
  Walk(Session& session, Edge edge) : session_(session), edge_(std::move(edge)) {}

  template <class Rows, class Read, class See> Expected<Reason> each_page(const Read& read, const See& see) {
    while (more()) {
      auto page = ask<Rows>(read);
      while (!page && ask_for_less()) page = ask<Rows>(read);
      if (page && !(*page)->readable) page = fail(Fault::outage, "meta.unusable_answer", "no data list");
      if (!page && ends_all(page.error())) return std::unexpected(page.error());
      if (!page) return page.error().reason;
      if (see(*page)) return Reason();
      if (auto ended = after((*page)->count, (*page)->next, (*page)->cursor)) return *std::move(ended);
    }
    return Reason("meta.too_many_pages");
  }

private:
  template <class Rows, class Read> Expected<std::shared_ptr<const Page<Rows>>> ask(const Read& read) {
    return session_.get<Page<Rows>>(edge_.path, query(), [&](const Json& body) -> Page<Rows> {
      const Json& rows = member(body, "data");
      if (!rows.is_array()) return {};
      return {true, cursor_of(body), has_next(body), rows.size(), read(rows)};
    });
  }

  std::string query() const;
  bool more() const;
  bool ask_for_less(); // false: it is no use
  bool ends_all(const Error& error) const;
  // Why the walk ends here; nullopt: it goes on.
  std::optional<Reason> after(std::size_t count, bool next, const std::string& cursor);

  Session& session_;
  Edge edge_;
  int pages_ = 0;
  std::set<std::string, std::less<>> cursors_;
  std::string after_;
  std::size_t rows_seen_ = 0;
};

} // namespace milkrun::meta
