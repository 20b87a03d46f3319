// What the answers' version header said, kept so that the run's report can warn of it.
#include "jobs/verify_social/served.hpp"

#include "providers/meta/meta.hpp"
#include "sql/verify_social_served.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace milkrun::verify_social {

namespace sql = milkrun::sql::verify_social_served;

Served served_by(const Credential& credential, std::string version) {
  return {.credential = credential.id.value,
          .asked = meta::asked_version(credential.settings),
          .version = std::move(version)};
}

void remember(Settling& s, const Served& served) {
  if (served.asked.empty() || served.version.empty()) return;
  const db::Param credential("credential", served.credential);
  if (served.version == served.asked)
    s.tx.execute(sql::same, {credential});
  else
    s.tx.execute(sql::other, {credential, {"asked", served.asked}, {"served", served.version}});
}

std::vector<std::string> other_versions(db::Transaction& tx) {
  struct Group {
    int credentials = 0;
    std::string first;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const db::Row& row : tx.query(sql::others)) {
    if (meta::asked_version(row.text("settings")) != row.text("asked")) continue; // raised since
    Group& group = groups[{row.text("asked"), row.text("served")}];
    if (group.credentials++ == 0) group.first = row.text("slug");
  }
  std::vector<std::string> out;
  for (const auto& [versions, group] : groups)
    out.push_back(fmt::format("Graph API {} of {} credential(s), first of tenant {}: {} answered in its place; raise "
                              "\"version\" in its settings",
                              versions.first, group.credentials, group.first, versions.second));
  return out;
}

} // namespace milkrun::verify_social
