// What a played service sees of a request, and what it says to it. No sockets here.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::sandbox {

using Json = nlohmann::json;

struct Ask {
  std::string method;
  std::string path;                               // percent-decoded, runs of slashes joined
  std::string query;                              // as sent, without the "?"
  std::multimap<std::string, std::string> params; // query (and form body) parameters, decoded
  std::map<std::string, std::string> headers;     // lower-case names; of repeated ones the last
  std::string body;
  std::string base; // address of the listener it came in by: "http://127.0.0.1:4711"

  std::string scheme() const { return base.substr(0, base.find(':')); }
  // "" when absent.
  std::string header(const std::string& lower_name) const;
  std::string param(const std::string& name) const;
};

struct Answer {
  int status = 200;
  std::string type = "application/json; charset=UTF-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Who a request is for. Its key names it to faults and journal: "site:asha:create", "feed:asha", "graph:asha:comments".
struct Target {
  std::string service; // portal, site, feed, ai, graph, whatsapp, trap, or "" for an address that nobody plays
  std::string who;     // which portal, site, feed or account; "nobody" for a credential that is no account's
  std::string action;  // "" where the service has only one
  std::string rest;    // the WordPress REST route ("/wp/v2/posts/7"), or the path behind the prefix
  std::string key() const;
};

// Finds out who is asked where the address says it; looks at nothing but method, path and ?rest_route=.
Target target_of(const Ask& ask);

// JSON as the services write it: invalid UTF-8 is replaced, never thrown about.
std::string dump(const Json& value);
Answer json_answer(int status, const Json& value);

} // namespace milkrun::sandbox
