// The import document as values. What is nullopt was not given: a stored row keeps it, a new one gets the default.
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::cli {

// One mistake: where in the document ("tenants[2].timezone"), what is wrong, and the mend.
struct Problem {
  std::string where, what;
};
using Problems = std::vector<Problem>;

struct PlanEntry {
  std::string where, slug;
  bool limit_given = false;
  std::optional<std::int64_t> posts_per_month = {}; // nullopt: no limit
};

// Always given whole: a credential has no field that can be kept.
struct CredentialEntry {
  std::string where, service, base_url, account;
  std::string settings = "{}"; // JSON object
  Secret secret;
};

struct PortalEntry {
  std::string where, slug;
  std::optional<std::string> base_url, timezone, writer;
  std::optional<std::int64_t> max_items;
  std::optional<Millis> sync_interval;
  std::optional<std::vector<std::string>> grants;
  std::optional<Secret> token, api_key;
  std::optional<bool> active;
};

struct FeedEntry {
  std::string where, url;
  std::optional<std::string> first_poll;
  std::optional<bool> active;
};

struct TenantEntry {
  std::string where, slug;
  std::optional<std::string> name, timezone, language, tone, publish_mode, frequency, writer;
  bool plan_given = false;
  std::optional<std::string> plan; // nullopt: none
  std::optional<std::int64_t> max_items;
  std::optional<std::vector<std::string>> categories, grants;
  std::optional<bool> active;
  std::vector<CredentialEntry> credentials;
  std::vector<FeedEntry> feeds;
};

struct Document {
  std::vector<PlanEntry> plans;
  std::vector<PortalEntry> portals;
  std::vector<CredentialEntry> platform;
  std::vector<TenantEntry> tenants;
};

} // namespace milkrun::cli
