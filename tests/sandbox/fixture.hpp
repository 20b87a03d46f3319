// What the sandbox's own tests share: one process, a known state, a client that waits long enough.
#pragma once

#include "process.hpp"

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

namespace milkrun::sandbox::test {

using Json = nlohmann::json;

inline const std::string tenants_route = "/portal/p1/wp-json/ltl-saas/v1/make/tenants";
inline const std::string callback_route = "/portal/p1/wp-json/ltl-saas/v1/run-callback";
inline const std::string posts_route = "/site/asha/wp-json/wp/v2/posts";
inline const httplib::Headers token = {{"X-LTL-SAAS-TOKEN", "portal-token"}};
inline const httplib::Headers api_key = {{"X-LTL-API-Key", "portal-key"}};

// The sandbox of this program, set to `fixture_state` and with an empty journal.
SandboxProcess& fresh_sandbox();
Json fixture_state();

// A new client, and so a new connection; `as` logs it in at a site (its password is its name).
httplib::Client client(const SandboxProcess& sandbox, const std::string& as = "");
Json json_of(const httplib::Result& result);
// POST of JSON.
httplib::Result post(httplib::Client& http, const std::string& path, const Json& body,
                     const httplib::Headers& headers = {});
Json control(const SandboxProcess& sandbox, const std::string& method, const std::string& what,
             const Json& body = nullptr);

} // namespace milkrun::sandbox::test
