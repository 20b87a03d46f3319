// Reading posts: the search by slug, status and text with WordPress' visibility rules, and the shape of a post.
#include "wordpress.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

const std::vector<std::string> statuses = {"publish", "future", "draft", "pending", "private", "trash", "any"};

// Of a parameter that comes as "a,b" or as repeated name[]=a&name[]=b.
std::vector<std::string> list_param(const Ask& ask, const std::string& name) {
  std::vector<std::string> out;
  if (const std::string text = ask.param(name); !text.empty()) out = split(text, ',');
  const auto [first, last] = ask.params.equal_range(name + "[]");
  for (auto at = first; at != last; ++at) out.push_back(trim(at->second));
  return out;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

bool readable(const Visitor& who, const Json& post) {
  return post["status"] == "publish" || (who.known() && (post["author_login"] == who.login || who.may_edit_others()));
}

bool selected(const Ask& ask, const std::vector<std::string>& wanted, const Json& post) {
  const std::string status = post["status"].get<std::string>();
  if (!contains(wanted, status) && (status == "trash" || !contains(wanted, "any"))) return false;
  const auto slugs = list_param(ask, "slug");
  if (!slugs.empty() && std::ranges::none_of(slugs, [&](const auto& slug) { return post["slug"] == slug_of(slug); }))
    return false;
  const std::string search = lower(ask.param("search"));
  return search.empty() || lower(post["title"].get<std::string>()).find(search) != std::string::npos ||
         lower(post["content"].get<std::string>()).find(search) != std::string::npos;
}

int number_param(const Ask& ask, const char* name, int otherwise) {
  const std::string text = ask.param(name);
  return text.empty() ? otherwise : std::atoi(text.c_str());
}

// An answer when the search is not allowed or not understood; status -1 = go on.
Answer refusal(const Visit& visit, const std::vector<std::string>& wanted) {
  if (visit.ask.param("context") == "edit" && !visit.who.may_edit())
    return rest_error(visit.who.refused(), "rest_forbidden_context",
                      "Sorry, you are not allowed to edit posts in this post type.");
  for (const std::string& status : wanted) {
    if (!contains(statuses, status))
      return invalid_param("status", "status is not one of publish, future, draft, pending, private, trash, any.",
                           "rest_not_in_enum");
    if (status != "publish" && !visit.who.may_edit())
      return invalid_param("status", "Status is forbidden.", "rest_forbidden_status");
  }
  const int size = number_param(visit.ask, "per_page", 10);
  if (size < 1 || size > 100)
    return invalid_param("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)",
                         "rest_out_of_bounds");
  return {.status = -1, .body = "", .headers = {}};
}

Json text_field(const std::string& raw, bool edit, const std::string& rendered) {
  Json out{{"rendered", rendered}};
  if (edit) out["raw"] = raw;
  return out;
}

} // namespace

Json post_json(const Visit& visit, const Json& post, bool edit) {
  const std::string title = post["title"].get<std::string>();
  const std::string content = post["content"].get<std::string>();
  const std::string excerpt = post["excerpt"].get<std::string>();
  const std::string link = visit.link_of(post);
  Json out;
  for (const char* name :
       {"id", "date", "date_gmt", "slug", "status", "author", "categories", "tags", "sticky", "featured_media"})
    out[name] = post[name];
  out["modified"] = post["date"];
  out["modified_gmt"] = post["date_gmt"];
  out["type"] = "post";
  out["link"] = link;
  out["guid"] = text_field(link, edit, link);
  out["title"] = text_field(title, edit, escape_markup(title));
  out["content"] = text_field(content, edit, content + "\n");
  out["excerpt"] = text_field(excerpt, edit, "<p>" + excerpt + "</p>\n");
  out["comment_status"] = "open";
  out["ping_status"] = "closed";
  out["template"] = "";
  out["format"] = "standard";
  out["meta"] = Json::array(); // unregistered keys were dropped
  out["_links"] = {{"self", {{{"href", visit.rest_address(fmt::format("/wp/v2/posts/{}", post["id"].get<int>()))}}}}};
  if (edit) out["generated_slug"] = slug_of(title);
  return out;
}

Answer find_posts(const Visit& visit) {
  std::vector<std::string> wanted = list_param(visit.ask, "status");
  if (wanted.empty()) wanted = {"publish"};
  if (Answer no = refusal(visit, wanted); no.status > 0) return no;
  std::vector<const Json*> found; // newest first
  for (auto post = visit.site.posts.rbegin(); post != visit.site.posts.rend(); ++post)
    if (selected(visit.ask, wanted, *post)) found.push_back(&*post);
  const auto size = static_cast<std::size_t>(number_param(visit.ask, "per_page", 10));
  const auto page = static_cast<std::size_t>(std::max(1, number_param(visit.ask, "page", 1)));
  if (page > 1 && (page - 1) * size >= found.size())
    return rest_error(400, "rest_post_invalid_page_number",
                      "The page number requested is larger than the number of pages available.");
  Json rows = Json::array();
  for (std::size_t i = (page - 1) * size; i < std::min(found.size(), page * size); ++i)
    if (readable(visit.who, *found[i])) // the total counts even what is not shown
      rows.push_back(post_json(visit, *found[i], visit.ask.param("context") == "edit"));
  Answer answer = json_answer(200, trimmed(visit.ask, rows));
  answer.headers.emplace_back("X-WP-Total", std::to_string(found.size()));
  answer.headers.emplace_back("X-WP-TotalPages", std::to_string((found.size() + size - 1) / size));
  return answer;
}

Answer get_post(const Visit& visit) {
  const Json* post = post_of_route(visit);
  if (post == nullptr) return rest_error(404, "rest_post_invalid_id", "Invalid post ID.");
  const bool edit = visit.ask.param("context") == "edit";
  if (edit && !may_edit_post(visit.who, *post))
    return rest_error(visit.who.refused(), "rest_forbidden_context", "Sorry, you are not allowed to edit this post.");
  if (!readable(visit.who, *post))
    return rest_error(visit.who.refused(), "rest_forbidden", "Sorry, you are not allowed to do that.");
  return json_answer(200, trimmed(visit.ask, post_json(visit, *post, edit)));
}

} // namespace milkrun::sandbox
