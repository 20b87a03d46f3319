// Tags and categories: created by name, found by search or slug, "term_exists" tells the id of the one there is.
#include "wordpress.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

Json shown(const Visit& visit, const Json& term) {
  const std::string taxonomy = term["taxonomy"].get<std::string>();
  const auto uses = std::ranges::count_if(visit.site.posts, [&](const Json& post) {
    return post["status"] == "publish" && std::ranges::find(post[taxonomy], term["id"]) != post[taxonomy].end();
  });
  return {{"id", term["id"]},
          {"count", uses},
          {"description", ""},
          {"name", term["name"]},
          {"slug", term["slug"]},
          {"taxonomy", taxonomy == "tags" ? "post_tag" : "category"},
          {"link", fmt::format("{}/{}/{}/", visit.home, taxonomy, term["slug"].get<std::string>())}};
}

Answer create(const Visit& visit, const std::string& taxonomy) {
  const auto fields = body_params(visit.ask);
  if (!fields) return invalid_json();
  if (!visit.who.may_create_terms(taxonomy))
    return rest_error(visit.who.refused(), "rest_cannot_create",
                      "Sorry, you are not allowed to create terms in this taxonomy.");
  if (!fields->contains("name") || !(*fields)["name"].is_string())
    return json_answer(400, {{"code", "rest_missing_callback_param"},
                             {"message", "Missing parameter(s): name"},
                             {"data", {{"status", 400}, {"params", {"name"}}}}});
  const std::string name = escape_markup(trim((*fields)["name"].get<std::string>()));
  if (name.empty())
    return json_answer(
        500, {{"code", "empty_term_name"}, {"message", "A name is required for this term."}, {"data", nullptr}});
  if (name.size() > 200)
    return json_answer(
        500, {{"code", "db_insert_error"},
              {"message", "Could not insert term into the database."},
              {"data", "WordPress database error: Processing the value for the following field failed: name."}});
  for (const Json& term : visit.site.terms)
    if (term["taxonomy"] == taxonomy && lower(term["name"].get<std::string>()) == lower(name))
      return json_answer(
          400, {{"code", "term_exists"},
                {"message", taxonomy == "tags" ? "A term with the name provided already exists in this taxonomy."
                                               : "A term with the name provided already exists with this parent."},
                {"data", {{"status", 400}, {"term_id", term["id"]}}},
                {"additional_data", {term["id"], term["id"]}}});
  const int id = visit.site.next_id++;
  const Json term{
      {"id", id}, {"taxonomy", taxonomy}, {"name", name}, {"slug", slug_of((*fields)["name"].get<std::string>())}};
  visit.site.terms.push_back(term);
  Answer answer = json_answer(201, trimmed(visit.ask, shown(visit, term)));
  answer.headers.emplace_back("Location", visit.rest_address(fmt::format("/wp/v2/{}/{}", taxonomy, id)));
  return answer;
}

// A plain substring match over the stored name, where & is &amp;, so that a search for "a & b" finds nothing.
Answer find(const Visit& visit, const std::string& taxonomy) {
  const std::string search = lower(visit.ask.param("search"));
  const std::string slug = visit.ask.param("slug");
  Json rows = Json::array();
  for (const Json& term : visit.site.terms) {
    if (term["taxonomy"] != taxonomy) continue;
    if (!search.empty() && lower(term["name"].get<std::string>()).find(search) == std::string::npos) continue;
    if (!slug.empty() && term["slug"] != slug_of(slug)) continue;
    rows.push_back(shown(visit, term));
  }
  const std::size_t total = rows.size();
  Answer answer = json_answer(200, trimmed(visit.ask, rows));
  answer.headers.emplace_back("X-WP-Total", std::to_string(total));
  answer.headers.emplace_back("X-WP-TotalPages", total > 0 ? "1" : "0");
  return answer;
}

Answer get(const Visit& visit, const std::string& taxonomy, int id) {
  for (const Json& term : visit.site.terms)
    if (term["taxonomy"] == taxonomy && term["id"] == id)
      return json_answer(200, trimmed(visit.ask, shown(visit, term)));
  return rest_error(404, "rest_term_invalid", "Term does not exist.");
}

} // namespace

Answer play_terms(const Visit& visit) {
  const auto parts = split(visit.target.rest, '/'); // "", wp, v2, tags, [id]
  const std::string& taxonomy = parts.at(3);
  const bool read = visit.ask.method == "GET" || visit.ask.method == "HEAD";
  if (parts.size() == 5 && read) return get(visit, taxonomy, std::atoi(parts[4].c_str()));
  if (parts.size() == 4 && read) return find(visit, taxonomy);
  if (parts.size() == 4 && visit.ask.method == "POST") return create(visit, taxonomy);
  return no_route();
}

} // namespace milkrun::sandbox
