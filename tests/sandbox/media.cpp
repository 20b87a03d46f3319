// Pictures: a raw body with a file name, found again by slug. Bytes decide the type; what is no picture is a 500, as
// there.
#include "wordpress.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

std::string type_of(const std::string& bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG")) return "image/png";
  if (bytes.starts_with("GIF8")) return "image/gif";
  return "";
}

std::string file_name(const Ask& ask) {
  const std::string disposition = ask.header("content-disposition");
  const auto at = disposition.find("filename=\"");
  if (at == disposition.npos) return "";
  const std::string name = disposition.substr(at + 10);
  return name.substr(0, name.find('"'));
}

Answer upload(const Visit& visit) {
  if (!visit.who.may_publish())
    return rest_error(visit.who.refused(), "rest_cannot_create",
                      "Sorry, you are not allowed to upload media on this site.");
  const std::string name = file_name(visit.ask);
  if (name.empty()) return rest_error(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.");
  const std::string type = type_of(visit.ask.body);
  if (type.empty())
    return rest_error(500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type.");
  const std::string asked = visit.ask.param("slug");
  std::string slug = slug_of(asked.empty() ? name.substr(0, name.rfind('.')) : asked);
  const auto taken = [&](const std::string& candidate) {
    return std::ranges::any_of(visit.site.media, [&](const Json& one) { return one["slug"] == candidate; }) ||
           std::ranges::any_of(visit.site.posts, [&](const Json& one) { return one["slug"] == candidate; });
  };
  for (int i = 2; taken(slug); ++i) slug = slug_of(asked) + fmt::format("-{}", i);
  const int id = visit.site.next_id++;
  visit.site.media.push_back({{"id", id},
                              {"slug", slug},
                              {"alt_text", visit.ask.param("alt_text")},
                              {"mime_type", type},
                              {"source_url", fmt::format("{}/wp-content/uploads/{}", visit.home, name)},
                              {"bytes", visit.ask.body.size()}});
  Answer answer = json_answer(201, trimmed(visit.ask, visit.site.media.back()));
  answer.headers.emplace_back("Location", visit.rest_address(fmt::format("/wp/v2/media/{}", id)));
  return answer;
}

} // namespace

Answer play_media(const Visit& visit) {
  if (visit.ask.method == "POST") return upload(visit);
  if (visit.ask.method != "GET" && visit.ask.method != "HEAD") return no_route();
  Json rows = Json::array();
  for (const Json& one : visit.site.media)
    if (visit.ask.param("slug").empty() || one["slug"] == visit.ask.param("slug")) rows.push_back(one);
  const std::size_t total = rows.size();
  Answer answer = json_answer(200, trimmed(visit.ask, rows));
  answer.headers.emplace_back("X-WP-Total", std::to_string(total));
  return answer;
}

} // namespace milkrun::sandbox
