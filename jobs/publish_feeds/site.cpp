// The table `sites`: one row a tenant.
#include "jobs/publish_feeds/site.hpp"

#include "sql/publish_feeds_site.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_site;
using nlohmann::json;
using Ids = std::map<std::string, std::int64_t, std::less<>>;

constexpr std::size_t most_terms = 300; // of one kind; a site with more learns the latest

struct Power {
  const char* name;
  bool wordpress::Site::* is;
};
constexpr Power powers[] = {{"publish", &wordpress::Site::may_publish},
                            {"create", &wordpress::Site::may_create},
                            {"categories", &wordpress::Site::may_manage_categories},
                            {"upload", &wordpress::Site::may_upload},
                            {"no terms", &wordpress::Site::refuses_terms}};

std::string may_of(const wordpress::Site& site) {
  json out = json::array();
  for (const Power& power : powers)
    if (site.*power.is) out.push_back(power.name);
  return out.dump();
}

Ids ids_in(const std::string& text) {
  Ids out;
  const json object = json::parse(text, nullptr, false);
  if (object.is_object())
    for (const auto& [name, id] : object.items())
      if (id.is_number_integer()) out.emplace(name, id.get<std::int64_t>());
  return out;
}

std::string text_of(const Ids& ids) { return json(ids).dump(-1, ' ', false, json::error_handler_t::replace); }

Ids merged(Ids stored, const Ids& learnt, const std::vector<std::int64_t>& lost) {
  std::erase_if(stored, [&](const auto& term) { return std::ranges::find(lost, term.second) != lost.end(); });
  if (stored.size() + learnt.size() > most_terms) stored.clear();
  for (const auto& [name, id] : learnt)
    if (std::ranges::find(lost, id) == lost.end()) stored.insert_or_assign(name, id);
  return stored;
}

} // namespace

Remembered remembered(const db::Row& row, const Credential& credential) {
  Remembered out;
  if (row.null("site_credential") || row.text("site_credential") != credential.id.value ||
      row.time("site_version") != credential.updated_at)
    return out;
  out.terms = {.tags = ids_in(row.text("site_tags")), .categories = ids_in(row.text("site_categories"))};
  if (row.text("site_api").empty()) return out;
  wordpress::Site site{.api = row.text("site_api"), .roles = {}};
  const json may = json::parse(row.text("site_may"), nullptr, false);
  for (const Power& power : powers)
    site.*power.is = may.is_array() && std::ranges::find(may, json(power.name)) != may.end();
  out.site = std::move(site);
  return out;
}

void learn(Settling& s, const TenantId& tenant, const Learnt& learnt) {
  const auto row = s.tx.one(sql::site, {{"tenant", tenant.value}});
  const bool same =
      row && row->text("credential_id") == learnt.credential.value && row->time("version") == learnt.version;
  const Ids tags = merged(same ? ids_in(row->text("tags")) : Ids(), learnt.terms.tags, learnt.lost);
  const Ids categories = merged(same ? ids_in(row->text("categories")) : Ids(), learnt.terms.categories, learnt.lost);
  const std::string may = may_of(learnt.site), tag_text = text_of(tags), category_text = text_of(categories);
  if (same && row->text("api") == learnt.site.api && row->text("may") == may && row->text("tags") == tag_text &&
      row->text("categories") == category_text)
    return;
  s.tx.execute(sql::learn, {{"tenant", tenant.value},
                            {"credential", learnt.credential.value},
                            {"version", learnt.version},
                            {"api", learnt.site.api},
                            {"may", may},
                            {"tags", tag_text},
                            {"categories", category_text}});
}

void forget_signin(Settling& s, const Item& item) {
  if (!item.row.null("site_credential") && !item.row.text("site_api").empty())
    s.tx.execute(sql::forget, {{"tenant", item.tenant.value}});
}

} // namespace milkrun::publish_feeds
