// Writing posts as WordPress does: roles, statuses, unique slugs (never an error: "-2" is appended), trash.
// Content is kept as sent for every role; effects show what arrived, not what a browser would get.
#include "wordpress.hpp"
#include "words.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <fmt/core.h>
#include <optional>
#include <set>

namespace milkrun::sandbox {

namespace {

constexpr std::size_t slug_limit = 200;

// Text given as a string or as {"raw": ...}; anything else counts as not given.
std::optional<std::string> text_of(const Json& fields, const char* name) {
  if (!fields.contains(name)) return std::nullopt;
  const Json& value = fields[name];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("raw") && value["raw"].is_string()) return value["raw"].get<std::string>();
  return std::nullopt;
}

std::string cut_slug(std::string slug, std::size_t limit) {
  slug.resize(std::min(slug.size(), limit));
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string unique_slug(const Site& site, const std::string& slug, int own_id) {
  const auto taken = [&](const std::string& candidate) {
    return std::ranges::any_of(site.posts, [&](const Json& p) { return p["id"] != own_id && p["slug"] == candidate; });
  };
  const bool number = !slug.empty() && std::ranges::all_of(slug, [](unsigned char c) { return std::isdigit(c) != 0; });
  if (slug.empty() || (!number && !taken(slug))) return slug; // a bare number could be a page of an archive
  for (int i = 2;; ++i) {
    const std::string suffix = fmt::format("-{}", i);
    const std::string candidate = cut_slug(slug, slug_limit - suffix.size()) + suffix;
    if (!taken(candidate)) return candidate;
  }
}

// Ids as an array of ints or "1,2"; nullopt when it is something else. Unknown ids are dropped silently.
std::optional<Json> term_ids(const Site& site, const Json& value, const std::string& taxonomy) {
  std::vector<long> asked;
  if (value.is_string())
    for (const std::string& one : split(value.get<std::string>(), ',')) {
      if (one.empty() || !std::ranges::all_of(one, [](unsigned char c) { return std::isdigit(c) != 0; }))
        return std::nullopt;
      asked.push_back(std::stol(one));
    }
  else if (value.is_array())
    for (const Json& one : value) {
      if (!one.is_number_integer()) return std::nullopt;
      asked.push_back(one.get<long>());
    }
  else
    return std::nullopt;
  Json out = Json::array();
  for (const long id : asked) {
    const bool known = (taxonomy == "categories" && id == 1) || std::ranges::any_of(site.terms, [&](const Json& term) {
                         return term["taxonomy"] == taxonomy && term["id"] == id;
                       });
    if (known) out.push_back(id);
  }
  return out;
}

const Answer go_on{.status = -1, .body = "", .headers = {}};

Answer apply_status(const Visit& visit, const Json& fields, Json& post) {
  if (!fields.contains("status")) return go_on;
  const std::set<std::string> known = {"publish", "future", "draft", "pending", "private"};
  const std::string status = fields["status"].is_string() ? fields["status"].get<std::string>() : "";
  if (!known.contains(status))
    return invalid_param("status", "status is not one of publish, future, draft, pending, and private.",
                         "rest_not_in_enum");
  const bool open = status == "publish" || status == "future" || status == "private";
  if (open && !visit.who.may_publish())
    return rest_error(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type.");
  post["status"] = status;
  return go_on;
}

// A post dated a minute ahead or more waits.
Answer apply_date(const Json& fields, Json& post) {
  for (const char* name : {"date", "date_gmt"}) {
    if (!fields.contains(name) || fields[name].is_null()) continue;
    const auto t = fields[name].is_string() ? parse_iso(fields[name].get<std::string>()) : std::nullopt;
    if (!t) return invalid_param(name, "Invalid date.", "rest_invalid_date");
    post["date"] = post["date_gmt"] = iso(*t);
    if (post["status"] == "publish" && *t >= std::time(nullptr) + 60) post["status"] = "future";
  }
  return go_on;
}

Answer apply_terms(const Visit& visit, const Json& fields, Json& post) {
  for (const char* taxonomy : {"categories", "tags"}) {
    if (!fields.contains(taxonomy)) continue;
    const auto ids = term_ids(visit.site, fields[taxonomy], taxonomy);
    if (!ids)
      return invalid_param(taxonomy, fmt::format("{}[0] is not of type integer.", taxonomy), "rest_invalid_type");
    post[taxonomy] = *ids;
  }
  return go_on;
}

Answer apply_fields(const Visit& visit, const Json& fields, Json& post) {
  for (const char* name : {"title", "content", "excerpt"})
    if (const auto text = text_of(fields, name)) post[name] = *text;
  if (Answer no = apply_status(visit, fields, post); no.status > 0) return no;
  if (fields.contains("author") && fields["author"] != visit.who.id && !visit.who.may_edit_others())
    return rest_error(403, "rest_cannot_edit_others", "Sorry, you are not allowed to create posts as this user.");
  if (Answer no = apply_date(fields, post); no.status > 0) return no;
  if (Answer no = apply_terms(visit, fields, post); no.status > 0) return no;
  if (fields.contains("featured_media")) {
    const bool known =
        std::ranges::any_of(visit.site.media, [&](const Json& one) { return one["id"] == fields["featured_media"]; });
    post["featured_media"] = known ? fields["featured_media"] : Json(0); // ignored without a word
  }
  if (fields.contains("sticky") && fields["sticky"].is_boolean()) post["sticky"] = fields["sticky"];
  if (fields.contains("slug") && fields["slug"].is_string()) post["slug"] = slug_of(fields["slug"].get<std::string>());
  const bool visible = post["status"] == "publish" || post["status"] == "future" || post["status"] == "private";
  if (post["slug"] == "" && visible) post["slug"] = slug_of(post["title"].get<std::string>());
  post["slug"] = unique_slug(visit.site, post["slug"].get<std::string>(), post["id"].get<int>());
  return go_on;
}

} // namespace

std::string slug_of(const std::string& text) {
  std::string out;
  for (const char c : lower(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_')
      out += c;
    else if (byte >= 0x80)
      out += fmt::format("%{:02x}", byte);
    else if (!out.empty() && out.back() != '-' && (c == ' ' || c == '-' || c == '/' || c == '.'))
      out += '-';
  }
  return cut_slug(out, slug_limit);
}

Json* post_of_route(const Visit& visit) {
  const int id = std::atoi(visit.target.rest.substr(std::string("/wp/v2/posts/").size()).c_str());
  for (Json& post : visit.site.posts)
    if (post["id"] == id) return &post;
  return nullptr;
}

bool may_edit_post(const Visitor& who, const Json& post) {
  if (who.may_edit_others()) return true;
  return who.may_edit() && post["author_login"] == who.login && (who.may_publish() || post["status"] != "publish");
}

Answer create_post(const Visit& visit) {
  const auto fields = body_params(visit.ask);
  if (!fields) return invalid_json();
  if (!visit.who.may_edit())
    return rest_error(visit.who.refused(), "rest_cannot_create",
                      "Sorry, you are not allowed to create posts as this user.");
  const std::string now = iso(std::time(nullptr));
  Json post{{"id", visit.site.next_id},
            {"title", ""},
            {"content", ""},
            {"excerpt", ""},
            {"slug", ""},
            {"status", "draft"},
            {"author", visit.who.id},
            {"author_login", visit.who.login},
            {"date", now},
            {"date_gmt", now},
            {"categories", Json::array({1})},
            {"tags", Json::array()},
            {"sticky", false},
            {"featured_media", 0}};
  if (Answer no = apply_fields(visit, *fields, post); no.status > 0) return no;
  if (post["title"] == "" && post["content"] == "" && post["excerpt"] == "")
    return rest_error(400, "empty_content", "Content, title, and excerpt are empty.");
  if (post["title"].get<std::string>().size() > 65'535)
    return json_answer(500, {{"code", "db_insert_error"},
                             {"message", "Could not insert post into the database."},
                             {"data", {{"status", 500}}},
                             {"additional_data",
                              {"WordPress database error: Processing the value for the following "
                               "field failed: post_title. The supplied value may be too long or "
                               "contains invalid data."}}});
  ++visit.site.next_id;
  visit.site.posts.push_back(post);
  Answer answer = json_answer(201, trimmed(visit.ask, post_json(visit, post, true)));
  answer.headers.emplace_back("Location", visit.rest_address(fmt::format("/wp/v2/posts/{}", post["id"].get<int>())));
  return answer;
}

Answer update_post(const Visit& visit) {
  const auto fields = body_params(visit.ask);
  if (!fields) return invalid_json();
  Json* post = post_of_route(visit);
  if (post == nullptr) return rest_error(404, "rest_post_invalid_id", "Invalid post ID.");
  if (!may_edit_post(visit.who, *post))
    return rest_error(visit.who.refused(), "rest_cannot_edit", "Sorry, you are not allowed to edit this post.");
  Json changed = *post;
  if (Answer no = apply_fields(visit, *fields, changed); no.status > 0) return no;
  *post = changed;
  return json_answer(200, trimmed(visit.ask, post_json(visit, changed, true)));
}

Answer delete_post(const Visit& visit) {
  Json* post = post_of_route(visit);
  if (post == nullptr) return rest_error(404, "rest_post_invalid_id", "Invalid post ID.");
  if (!may_edit_post(visit.who, *post))
    return rest_error(visit.who.refused(), "rest_cannot_delete", "Sorry, you are not allowed to delete this post.");
  if (visit.ask.param("force") == "true" || visit.ask.param("force") == "1") {
    const Json previous = post_json(visit, *post, true);
    std::erase_if(visit.site.posts, [&](const Json& one) { return one["id"] == previous["id"]; });
    return json_answer(200, trimmed(visit.ask, {{"deleted", true}, {"previous", previous}}));
  }
  if ((*post)["status"] == "trash")
    return rest_error(410, "rest_already_trashed", "The post has already been deleted.");
  (*post)["slug"] = (*post)["slug"].get<std::string>() + "__trashed";
  (*post)["status"] = "trash";
  return json_answer(200, trimmed(visit.ask, post_json(visit, *post, true)));
}

} // namespace milkrun::sandbox
