// Feed documents and conditional answers; the feed route and the sites' own feeds use them.
#pragma once

#include "exchange.hpp"

namespace milkrun::sandbox {

// items: [{"guid","title","link","description","date","content"?}], newest first; date as ISO or verbatim.
Answer feed_document(const Json& items, const std::string& format, const std::string& title, const std::string& link);

// Adds ETag and Last-Modified, and turns the answer into a 304 when the client has it already.
void make_conditional(const Ask& ask, Answer& answer, std::time_t modified);

} // namespace milkrun::sandbox
