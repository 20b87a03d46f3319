// Fetches a picture, and believes its bytes alone.
#include "providers/feed/picture.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace milkrun::feed {
namespace {

constexpr std::size_t most_bytes = std::size_t{3} * 1024 * 1024;

struct Sort {
  std::string_view type, extension, magic;
};
constexpr Sort sorts[] = {{"image/jpeg", "jpg", "\xFF\xD8\xFF"},
                          {"image/png", "png", "\x89PNG\r\n\x1A\n"},
                          {"image/gif", "gif", "GIF87a"},
                          {"image/gif", "gif", "GIF89a"}};

std::unexpected<Error> refused(int status) {
  Error error{.fault = status >= 500 || status == 429 || status == 408 ? Fault::transient : Fault::permanent,
              .reason = "image.refused",
              .detail = fmt::format("HTTP {}", status),
              .http_status = status};
  return std::unexpected(std::move(error));
}

} // namespace

Picture picture_of(std::string bytes) {
  const std::string_view all = bytes;
  Picture out;
  for (const Sort& kind : sorts)
    if (all.starts_with(kind.magic)) {
      out.type = kind.type;
      out.extension = kind.extension;
    }
  if (all.size() > 16 && all.starts_with("RIFF") && all.substr(8, 4) == "WEBP") {
    out.type = "image/webp";
    out.extension = "webp";
  }
  out.bytes = std::move(bytes);
  return out;
}

Expected<Picture> fetch_picture(http::Client& http, const std::string& url, const http::Caller& caller,
                                const std::string& user_agent, Millis timeout) {
  http::Request request{.url = url,
                        .headers = {{"Accept", "image/webp, image/jpeg, image/png, image/gif;q=0.8"}},
                        .caller = caller,
                        .timeout = timeout,
                        .max_body = most_bytes,
                        .max_redirects = 5,
                        .stall_guard = true};
  if (!user_agent.empty()) request.headers.push_back({"User-Agent", user_agent});
  Expected<http::Response> response = http.send(request);
  if (!response) {
    Error error = std::move(response).error();
    const bool large = error.reason.is("network.answer_too_large");
    if (large) error.reason = "image.too_large";
    // Whose trouble it is decides nothing here: it is not the site's, and the article does not wait for it.
    if (error.fault != Fault::aborted)
      error.fault = error.fault == Fault::outage && !large ? Fault::transient : Fault::permanent;
    return std::unexpected(std::move(error));
  }
  if (response->status != 200 && response->status != 203) return refused(response->status);
  Picture picture = picture_of(std::move(response->body));
  if (picture.type.empty())
    return fail(Fault::permanent, "image.not_an_image", text::one_line(response->header("Content-Type"), 100));
  return picture;
}

} // namespace milkrun::feed
