// The documents of a scene: the sandbox's state and the product's import, built for any list of tenants.
#pragma once

#include "e2e/report.hpp"

#include <string>
#include <vector>

namespace milkrun::e2e {

// One portal "p1" with the tenants in this order (ids from 1), each with its own site, feed "NAME" of one item and
// application password; one AI account "openai".
Json sandbox_state(const std::vector<std::string>& names);
// The portal, and the platform's AI credential. `base` is the sandbox's plain address.
Json import_document(const std::string& base);
// A feed item; `day` is its day of November 2026.
Json feed_item(const std::string& guid, int day = 20);
// A tenant that no portal knows, with writer "passthrough" and the site and feed of that name.
Json own_tenant(const std::string& base, const std::string& name);
// Each secret the two documents may hold.
std::vector<std::string> fixture_secrets(const std::vector<std::string>& names);
// A zone in which it is about noon now: no story runs into midnight.
std::string noon_zone();

} // namespace milkrun::e2e
