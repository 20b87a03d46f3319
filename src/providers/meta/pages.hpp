// Walking over an edge page by page. Private to this folder.
#pragma once

#include "providers/meta/session.hpp"

#include <functional>
#include <string>

namespace milkrun::meta {

struct Edge {
  std::string path;    // "ID/comments"
  std::string query;   // without limit and after
  int limit = 100;     // rows asked for; halved when a page is too much for the service
  bool capped = false; // a full page without a next one may be the service's cap, not the end
};

// Rows of one page; true = the rest is not needed.
using See = std::function<bool(const Json& rows)>;

// Reads until there is no next page or `see` has enough. empty = all was seen; else why not (see
// Comments::inconclusive). Only cursors are taken from the service: every address is built here. An error after the
// first page ends the walk with what was seen, except a refused credential and an abort.
Expected<Reason> each_page(Session& session, Edge edge, const See& see);

} // namespace milkrun::meta
