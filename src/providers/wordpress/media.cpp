// A picture in the site's media, once, and found again by its slug. Without one a post is still a post: what a site
// does not take is left out.
#include "base/text.hpp"
#include "providers/wordpress/answer.hpp"
#include "providers/wordpress/errors.hpp"

#include <fmt/format.h>

namespace milkrun::wordpress {
namespace {

constexpr auto media_fields = "_fields=id,slug";

// Trouble that passes, or that stops posts as well, is waited for.
bool waits(const Error& error) {
  switch (error.fault) {
  case Fault::outage:
  case Fault::uncertain:
  case Fault::rate_limited:
  case Fault::aborted: return true;
  case Fault::setting:
    return !error.reason.is("wordpress.no_route") && !error.reason.is(no_api) && !error.reason.is(may_not_create) &&
           !error.reason.is("wordpress.account_refused");
  default: return false;
  }
}

} // namespace

Expected<Created> Client::upload(const Site& site, const Picture& picture) {
  if (!site.may_upload) return fail(Fault::permanent, "wordpress.may_not_upload");
  const std::string title = text::percent_encode(text::clip(picture.description, 200));
  const std::string url = route(
      site.api, "wp/v2/media",
      fmt::format("slug={}&title={}&alt_text={}&{}", text::percent_encode(picture.slug), title, title, media_fields));
  const auto response = TRY(
      call("POST", url, picture.bytes, http::Effect::once,
           {{"Content-Type", picture.type},
            {"Content-Disposition", fmt::format("attachment; filename=\"{}.{}\"", picture.slug, picture.extension)}}));
  if (response.status == 201) {
    const auto body = parse(response.body);
    if (const std::int64_t id = id_of(body); id > 0) return Created{.id = id, .slug = text_of(body, "slug", 400)};
  }
  Error error = clean(refusal(response, http::Effect::once));
  // Of this very picture, whatever it means.
  const bool word = response.status == 413 || (response.status == 400 && !code_of(response).empty());
  if (word || !waits(error)) error.fault = Fault::permanent;
  if (error.reason.is(may_not_create)) error.reason = "wordpress.may_not_upload"; // core's word for both
  if (error.fault == Fault::permanent) error.parks.clear();
  return std::unexpected(std::move(error));
}

Expected<Lookup> Client::find_picture(const Site& site, const std::string& slug) {
  const std::string url =
      route(site.api, "wp/v2/media", fmt::format("slug={}&{}", text::percent_encode(slug), media_fields));
  const auto response = TRY(call("GET", url, "", http::Effect::read));
  if (response.status == 200) {
    const auto list = parse(response.body);
    if (!list.is_array())
      return fail(Fault::outage, "wordpress.answer_not_understood", "the answer is not a list of pictures");
    for (const auto& item : list)
      if (text_of(item, "slug", 400) == slug && id_of(item) > 0)
        return Lookup{.presence = Presence::found, .post = {.id = id_of(item), .slug = slug}};
    return Lookup{.presence = Presence::absent};
  }
  Error error = clean(refusal(response, http::Effect::read));
  if (waits(error)) return std::unexpected(std::move(error));
  return Lookup{.presence = Presence::unknown, .why = error.reason, .detail = error.detail};
}

} // namespace milkrun::wordpress
