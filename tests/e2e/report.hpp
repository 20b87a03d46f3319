// What one run said of itself on standard output, with --json.
#pragma once

#include "e2e/child.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace milkrun::e2e {

using Json = nlohmann::json;

struct Report {
  Finished finished;
  Json json; // discarded when standard output was no JSON

  explicit Report(Finished ended);

  // Items of the stage that ended so, whatever the reason.
  long items(const std::string& stage, const std::string& outcome) const;
  // The reasons of those items, joined by "; ".
  std::string reasons(const std::string& stage, const std::string& outcome) const;
  const Json& tenant(const std::string& slug) const; // throws when it is not in the report
  std::string story(const std::string& slug) const { return tenant(slug).at("story"); }
  long got(const std::string& slug) const { return tenant(slug).at("got"); }
  bool idle() const { return json.at("idle"); }
  // Tenants that got nothing and were told nothing.
  std::vector<std::string> silent() const;
};

} // namespace milkrun::e2e
