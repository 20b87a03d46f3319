// Graph's error envelope. The status is 400 for nearly everything, as the real one has it: only the codes tell.
#include "account.hpp"
#include "graph.hpp"

#include <fmt/core.h>

namespace milkrun::sandbox {

Answer graph_error(const GraphError& error) {
  Json body{
      {"message", error.message.empty() ? fmt::format("(#{}) sandbox: planned error", error.code) : error.message},
      {"type", "OAuthException"},
      {"code", error.code},
      {"fbtrace_id", "ASandboxTrace"}};
  if (error.subcode != 0) body["error_subcode"] = error.subcode;
  if (error.transient) body["is_transient"] = true;
  if (!error.details.empty()) body["error_data"] = {{"messaging_product", "whatsapp"}, {"details", error.details}};
  return json_answer(error.status, {{"error", body}});
}

Answer planned_graph_error(const Json& entry) {
  return graph_error({.code = entry.value("code", 1),
                      .subcode = entry.value("subcode", 0),
                      .message = setting(entry, "message"),
                      .status = entry.value("status", 400),
                      .details = setting(entry, "details"),
                      .transient = entry.value("transient", false)});
}

Answer no_such_object(const std::string& id) {
  return graph_error({.code = 100,
                      .subcode = 33,
                      .message = "Unsupported get request. Object with ID '" + id +
                                 "' does not exist, cannot be loaded due to missing permissions, or does not support "
                                 "this operation.",
                      .details = ""});
}

Answer no_such_field(const std::string& name) {
  return graph_error(
      {.code = 100, .message = "(#100) Tried accessing nonexisting field (" + name + ")", .details = ""});
}

} // namespace milkrun::sandbox
