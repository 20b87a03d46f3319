// Tags and categories by name: search, else create, and a term that exists after all tells its id.
// Promise: terms never stop a post; what cannot be had is skipped. Only an outage is an error, for as long as it is
// waited for.
#include "base/text.hpp"
#include "providers/wordpress/answer.hpp"
#include "providers/wordpress/errors.hpp"

#include <algorithm>

namespace milkrun::wordpress {
namespace {

constexpr std::size_t max_names = 20;  // each may cost two requests
constexpr std::size_t max_bytes = 200; // the name column

// Names are stored and sent with the HTML special characters as entities.
std::string decoded(std::string name) {
  for (const auto& [entity, plain] : {std::pair{"&lt;", "<"},
                                      {"&gt;", ">"},
                                      {"&quot;", "\""},
                                      {"&#039;", "'"},
                                      {"&#8217;", "\u2019"},
                                      {"&amp;", "&"}})
    name = text::replace_all(std::move(name), entity, plain);
  return name;
}

bool already(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& other) { return text::iequals(other, name); });
}

// Blanks collapsed, doubles dropped; what is empty, too long or beyond the limit goes to `skipped`.
std::vector<std::string> usable(const std::vector<std::string>& names, std::vector<std::string>& skipped) {
  std::vector<std::string> kept;
  for (const std::string& given : names) {
    std::string name = text::collapse_space(text::to_valid_utf8(given));
    if (already(kept, name)) continue;
    const bool fits = !name.empty() && name.size() <= max_bytes && kept.size() < max_names;
    (fits ? kept : skipped).push_back(std::move(name));
  }
  return kept;
}

std::int64_t id_by_name(const nlohmann::json& list, std::string_view name) {
  if (!list.is_array()) return 0;
  for (const auto& term : list)
    if (text::iequals(decoded(text_of(term, "name", 1000)), name)) return id_of(term);
  return 0;
}

// 0 for a refusal that only means "not this term", the error for everything else.
Expected<std::int64_t> skip_or_fail(const http::Response& response, Error error) {
  // The look before has shown that the account is let in. What is said to it here is about terms: its role, or a plugin
  // that guards them; of a password that was changed just now the post will hear.
  const bool role = (response.status == 401 || response.status == 403) && !code_of(response).empty();
  const bool route = error.reason.is("wordpress.no_route");               // terms are turned off, posts may not be
  const bool word = response.status == 400 && !code_of(response).empty(); // of this very term, whatever it means
  if (role || route || word || error.fault == Fault::permanent) return 0;
  return std::unexpected(std::move(error));
}

} // namespace

std::string term_key(std::string_view name) { return text::lower(text::collapse_space(name)); }

Expected<Terms> Client::terms(const Site& site, const std::vector<std::string>& tags,
                              const std::vector<std::string>& categories, const TermIds& known, bool waits) {
  Terms terms;
  if (site.refuses_terms) {
    terms.skipped_tags = tags;
    terms.skipped_categories = categories;
    return terms;
  }
  terms.tags = TRY(
      ids(site.api + "wp/v2/tags", tags, site.may_create, waits, known.tags, terms.learnt.tags, terms.skipped_tags));
  terms.categories = TRY(ids(site.api + "wp/v2/categories", categories, site.may_manage_categories, waits,
                             known.categories, terms.learnt.categories, terms.skipped_categories));
  return terms;
}

Expected<std::vector<std::int64_t>> Client::ids(const std::string& collection, const std::vector<std::string>& names,
                                                bool may_create, bool waits,
                                                const std::map<std::string, std::int64_t, std::less<>>& known,
                                                std::map<std::string, std::int64_t, std::less<>>& learnt,
                                                std::vector<std::string>& skipped) {
  std::vector<std::int64_t> out;
  bool broken = false;
  for (const auto& name : usable(names, skipped)) {
    const std::string key = term_key(name);
    if (const auto found = known.find(key); found != known.end()) {
      out.push_back(found->second);
      continue;
    }
    const auto id = broken ? Expected<std::int64_t>(0) : term(collection, name, may_create);
    if (!id && (waits || id.error().fault == Fault::aborted)) return std::unexpected(id.error());
    broken = broken || !id;
    if (!id || *id == 0) {
      skipped.push_back(name);
      continue;
    }
    out.push_back(*id);
    learnt.emplace(key, *id);
  }
  return out;
}

Expected<std::int64_t> Client::term(const std::string& collection, const std::string& name, bool may_create) {
  // The search looks at the stored text, where & is &amp;.
  const std::string wanted = text::percent_encode(text::replace_all(name, "&", "&amp;"));
  const std::string url = route(collection, "", "search=" + wanted + "&per_page=100&_fields=id,name");
  const auto response = TRY(call("GET", url, "", http::Effect::read));
  const auto list = parse(response.body);
  if (response.status != 200 || !list.is_array())
    return skip_or_fail(response, clean(refusal(response, http::Effect::read)));
  if (const auto id = id_by_name(list, name); id > 0) return id;
  return may_create ? add_term(collection, name) : Expected<std::int64_t>(0);
}

Expected<std::int64_t> Client::add_term(const std::string& collection, const std::string& name) {
  const std::string body = dump({{"name", name}});
  const auto response = TRY(call("POST", route(collection, "", "_fields=id"), body, http::Effect::repeatable));
  const auto answer = parse(response.body);
  if (response.status == 201 && id_of(answer) > 0) return id_of(answer);
  // Somebody was faster, or the name differs only in ways the search does not see.
  if (response.status == 400 && text_of(answer, "code") == "term_exists" && answer.contains("data"))
    return id_of(answer["data"], "term_id");
  return skip_or_fail(response, clean(refusal(response, http::Effect::repeatable)));
}

} // namespace milkrun::wordpress
