// Inside of the played Graph API: paths, fields, errors, pages. An account is a token with all that it may see.
#pragma once

#include "exchange.hpp"

#include <functional>
#include <optional>

namespace milkrun::sandbox {

// "/v25.0/123/comments", also behind "/graph.facebook.com" or "/graph.instagram.com".
struct GraphPath {
  std::string host;    // "" when the address does not name one
  std::string version; // "v25.0"
  std::vector<std::string> parts;
};

// One of ?fields=: reactions.limit(0).summary(total_count), from{id,name}.
struct Field {
  std::string name;
  std::map<std::string, std::string> modifiers;
  std::vector<Field> inner;
};

struct GraphError {
  int code = 1;
  int subcode = 0; // 0 = none
  std::string message;
  int status = 400;
  std::string details; // error_data.details, which only WhatsApp has
  bool transient = false;
};

struct GraphVisit {
  const Ask& ask;
  const std::string& who;
  const Json& account;
  const GraphPath& path;
  const std::vector<Field>& fields;
};

std::optional<GraphPath> graph_path(const std::string& path);

// graph_error.cpp
Answer graph_error(const GraphError& error);
// An entry of "errors": {"code","subcode","message","status","details","transient"}.
Answer planned_graph_error(const Json& entry);
Answer no_such_object(const std::string& id);
Answer no_such_field(const std::string& name);

// graph_fields.cpp: nullopt for a syntax error; nothing for "".
std::optional<std::vector<Field>> read_fields(const std::string& text);
// The asked fields that the value has, and always its id; a {"data":[...]} is picked from row by row.
Json pick(const Json& value, const std::vector<Field>& fields);

// graph_page.cpp: the page that ?limit= and ?after= ask for. Items have an id; those "withheld" take their place on the
// page but are not shown. `paged` false: the first `most` and no word of more.
Answer page_answer(const GraphVisit& visit, const std::vector<Json>& items, std::size_t most, bool paged,
                   const std::function<Json(const Json&)>& shown);

// graph_comments.cpp and graph_node.cpp
Answer comments_of(const GraphVisit& visit, const Json& object);
Answer node_of(const GraphVisit& visit);

} // namespace milkrun::sandbox
