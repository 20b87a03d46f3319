// Reads a run's report as a machine would.
#include "e2e/report.hpp"

#include <stdexcept>

namespace milkrun::e2e {

Report::Report(Finished ended) : finished(std::move(ended)), json(Json::parse(finished.out, nullptr, false)) {}

long Report::items(const std::string& stage, const std::string& outcome) const {
  long sum = 0;
  for (const Json& count : json.at("counts"))
    if (count.at("stage") == stage && count.at("outcome") == outcome) sum += count.at("items").get<long>();
  return sum;
}

std::string Report::reasons(const std::string& stage, const std::string& outcome) const {
  std::string all;
  for (const Json& count : json.at("counts"))
    if (count.at("stage") == stage && count.at("outcome") == outcome)
      all += (all.empty() ? "" : "; ") + count.at("code").get<std::string>();
  return all;
}

const Json& Report::tenant(const std::string& slug) const {
  for (const Json& tenant : json.at("tenants"))
    if (tenant.at("tenant") == slug) return tenant;
  throw std::runtime_error("no tenant " + slug + " in the report: " + finished.out);
}

std::vector<std::string> Report::silent() const {
  std::vector<std::string> out;
  for (const Json& tenant : json.at("tenants"))
    if (tenant.at("got") == 0 && tenant.at("story").get<std::string>().empty()) out.push_back(tenant.at("tenant"));
  return out;
}

} // namespace milkrun::e2e
