// Creating a post, once, and finding it again by its slug. WordPress has no idempotency: the same request twice
// makes two posts, and a 5xx may come after the post was stored. So only 201 with an id is success, and only a
// list that was really shown to this account may say that a post is not there.
#include "base/text.hpp"
#include "providers/wordpress/answer.hpp"
#include "providers/wordpress/errors.hpp"

#include <algorithm>

namespace milkrun::wordpress {
namespace {

constexpr auto fields = "_fields=id,link,status,slug";
constexpr auto fields_of_new = "_fields=id,link,status,slug,tags,categories";
constexpr auto trash_suffix = "__trashed"; // added to the slug of a post in the trash

std::string body_of(const Post& post, const Terms& terms) {
  const bool usual = post.status == "publish" || post.status == "pending";
  nlohmann::json body{
      {"title", post.title}, {"content", post.content}, {"status", usual ? post.status : "draft"}, {"slug", post.slug}};
  if (!post.excerpt.empty()) body["excerpt"] = post.excerpt;
  if (!terms.tags.empty()) body["tags"] = terms.tags;
  // An empty list would take the default category away.
  if (!terms.categories.empty()) body["categories"] = terms.categories;
  if (post.picture > 0) body["featured_media"] = post.picture;
  return dump(body);
}

Lookup unknown(Reason why, std::string detail = {}) {
  return {.presence = Presence::unknown, .why = std::move(why), .detail = std::move(detail)};
}

// `Allow` names what this visitor may do: POST is missing when the site took us for a stranger.
bool as_a_stranger(const http::Response& response) {
  const auto allow = response.header("Allow");
  return !allow.empty() && text::lower(allow).find("post") == std::string::npos;
}

// Whether the post's list of terms has this one; true when it shows none.
bool lists(const nlohmann::json& post, const char* name, std::int64_t id) {
  const auto found = post.is_object() ? post.find(name) : post.end();
  if (!post.is_object() || found == post.end() || !found->is_array()) return true;
  return std::ranges::any_of(*found, [&](const auto& one) { return one.is_number_integer() && one == id; });
}

// "SLUG-2": WordPress numbers a slug that another post has.
bool is_numbered(std::string_view slug, const std::string& wanted) {
  if (wanted.empty() || !slug.starts_with(wanted + "-")) return false;
  const std::string_view number = slug.substr(wanted.size() + 1);
  return !number.empty() && number.find_first_not_of("0123456789") == number.npos;
}

Expected<Lookup> read_list(const http::Response& response, const std::string& slug) {
  const auto list = parse(response.body);
  if (!list.is_array()) // a page for the moment: asked again later
    return fail(Fault::outage, "wordpress.answer_not_understood", "the answer is not a list of posts");
  Lookup found{.presence = Presence::absent};
  for (const auto& item : list) {
    Created post = created_from(item);
    const bool same = post.slug == slug;
    if (post.id == 0 || (!same && post.slug != slug + trash_suffix)) return unknown("wordpress.another_post");
    if (found.presence == Presence::found && !same) continue;
    found.presence = Presence::found;
    found.post = std::move(post);
  }
  if (found.presence == Presence::found) return found;
  if (as_a_stranger(response)) return fail(Fault::setting, wrong_password, "answered as to an anonymous visitor");
  // The total counts posts that are then left out because they belong to somebody else.
  if (text::to_int(response.header("X-WP-Total")).value_or(0) > 0) {
    found = unknown("wordpress.post_hidden");
    found.hidden = true;
  }
  return found;
}

} // namespace

Expected<Created> Client::create(const Site& site, const Post& post, const Terms& terms) {
  if (!site.may_create) return fail(Fault::setting, may_not_create);
  if (post.status == "publish" && !site.may_publish) return fail(Fault::setting, may_not_publish);
  const std::string url = route(site.api, "wp/v2/posts", fields_of_new);
  const auto response = TRY(call("POST", url, body_of(post, terms), http::Effect::once));
  if (response.status == 201) {
    bool noise = false;
    const auto body = parse(response.body, &noise);
    Created created = created_from(body);
    created.noise = noise;
    created.beside = is_numbered(created.slug, post.slug);
    created.link = cleaned(std::move(created.link));
    created.status = cleaned(std::move(created.status));
    // WordPress takes a term that is gone without a word, and leaves it out.
    for (const auto& [name, sent] : {std::pair{"tags", &terms.tags}, std::pair{"categories", &terms.categories}})
      for (const std::int64_t id : *sent)
        if (!lists(body, name, id)) created.lost.push_back(id);
    if (created.id > 0) return created;
  }
  return std::unexpected(clean(refusal(response, http::Effect::once)));
}

Expected<Lookup> Client::find(const Site& site, const std::string& slug) {
  if (slug.empty()) return unknown("lookup.no_slug");
  const std::string wanted = text::percent_encode(slug);
  const std::string url = route(site.api, "wp/v2/posts",
                                "slug=" + wanted + "," + wanted + trash_suffix +
                                    "&status=publish,future,draft,pending,private,trash&context=edit&" + fields);
  const auto response = TRY(call("GET", url, "", http::Effect::read));
  if (response.status == 200) {
    Lookup found = TRY(read_list(response, slug));
    if (!found.hidden) return found;
    return find_public(site, slug, std::move(found));
  }
  Error error = clean(refusal(response, http::Effect::read));
  // WordPress refuses the states themselves, as a bad parameter, to whoever may not edit posts.
  if (code_of(response) == "rest_invalid_param") {
    Lookup blind = unknown("wordpress.drafts_not_shown", error.detail);
    blind.blind = true;
    return find_public(site, slug, std::move(blind));
  }
  if (error.fault == Fault::permanent || (response.status == 400 && !code_of(response).empty()))
    return unknown(error.reason, error.detail);
  return std::unexpected(std::move(error));
}

Expected<bool> Client::take_back(const Site& site, std::int64_t id, const std::string& slug) {
  const std::string path = "wp/v2/posts/" + std::to_string(id);
  const auto waits = [](const Error& e) {
    return e.fault == Fault::outage || e.fault == Fault::rate_limited || e.fault == Fault::uncertain;
  };
  const auto shown =
      TRY(call("GET", route(site.api, path, std::string("context=edit&") + fields), "", http::Effect::read));
  const Created post = created_from(parse(shown.body));
  if (shown.status == 200 && post.id == id && post.status == "trash") return true; // the try before this one did it
  if (shown.status != 200 || post.id != id || !is_numbered(post.slug, slug)) {
    Error error = clean(refusal(shown, http::Effect::read));
    if (shown.status != 200 && waits(error)) return std::unexpected(std::move(error));
    return false;
  }
  // Without `force`: a site whose trash is off says no.
  const auto gone = TRY(call("DELETE", route(site.api, path, "_fields=id,status"), "", http::Effect::repeatable));
  if (gone.status == 200) return text_of(parse(gone.body), "status") == "trash";
  if (gone.status == 410) return true;
  if (code_of(gone) == "rest_trash_not_supported") return false;
  Error error = clean(refusal(gone, http::Effect::repeatable));
  if (waits(error)) return std::unexpected(std::move(error));
  return false;
}

Expected<Lookup> Client::find_public(const Site& site, const std::string& slug, Lookup otherwise) {
  const std::string url = route(site.api, "wp/v2/posts", "slug=" + text::percent_encode(slug) + "&" + fields);
  const auto response = TRY(call("GET", url, "", http::Effect::read));
  if (response.status != 200) return std::unexpected(clean(refusal(response, http::Effect::read)));
  const auto list = parse(response.body);
  for (const auto& item : list.is_array() ? list : nlohmann::json::array())
    if (Created post = created_from(item); post.id > 0 && post.slug == slug)
      return Lookup{.presence = Presence::found, .post = std::move(post)};
  return otherwise;
}

} // namespace milkrun::wordpress
