// How every request to a tenant's site is signed and sent: Basic over an application password, bound to the
// tenant's host, no redirects. Promise: the password leaves in the secret header only, and no error repeats it.
#include "base/mask.hpp"
#include "base/text.hpp"
#include "providers/wordpress/wordpress.hpp"

#include <algorithm>

namespace milkrun::wordpress {
namespace {

// WordPress shows application passwords in groups; people paste them with blanks, some of them no-break spaces.
std::string without_blanks(std::string_view shown) {
  std::string plain = text::replace_all(std::string(shown), "\u00a0", "");
  std::erase_if(plain, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  return plain;
}

// The site's root with exactly one slash at its end, without query and fragment.
std::string root_of(std::string_view site_url) {
  std::string_view root = site_url.substr(0, site_url.find_first_of("?#"));
  while (root.ends_with('/')) root.remove_suffix(1);
  return std::string(root) + "/";
}

} // namespace

Client::Client(http::Client& http, const Credential& credential, Millis timeout)
    : http_(http), base_(wordpress::root_of(text::trim(credential.base_url))), host_(credential.host),
      tenant_(credential.tenant), password_(without_blanks(credential.secret.reveal())), timeout_(timeout) {
  const Secret pair = Secret::joined({credential.account, ":", password_.reveal()});
  const Secret encoded(text::base64(pair.reveal()));
  authorization_ = Secret::joined({"Basic ", encoded.reveal()});
  // A colon would end the user name early (RFC 7617).
  usable_ = !credential.account.empty() && credential.account.find(':') == std::string::npos && !password_.empty();
}

Expected<http::Response> Client::call(std::string_view method, const std::string& url, std::string body,
                                      http::Effect effect, std::vector<http::Header> headers) {
  if (!usable_) return fail(Fault::setting, "wordpress.no_credentials");
  http::Request request{.method = std::string(method),
                        .url = url,
                        .headers = {{"Accept", "application/json"}},
                        .secret_headers = {{"Authorization", authorization_, host_}},
                        .body = std::move(body),
                        .effect = effect,
                        .caller = {tenant_, "wordpress"},
                        .timeout = timeout_,
                        .max_body = std::size_t{512} * 1024};
  if (!request.body.empty() && headers.empty()) headers.push_back({"Content-Type", "application/json"});
  for (http::Header& header : headers) request.headers.push_back(std::move(header));
  http::Response response = TRY(http_.send(request));
  if (response.url.empty()) response.url = url;
  return response;
}

Error Client::clean(Error error) const {
  const std::size_t end = std::min(error.detail.rfind('\n'), error.detail.size());
  const std::string ours = cleaned(error.detail.substr(std::min(end + 1, error.detail.size())));
  // A cut may leave half of a secret: hidden first.
  error.detail =
      text::one_line(cleaned(error.detail.substr(0, end)), ours.empty() ? 300 : 240) + text::one_line(ours, 300);
  return error;
}

std::string Client::cleaned(std::string echoed) const {
  const std::string_view pair = authorization_.reveal();
  return hide(std::move(echoed), {password_, Secret(std::string(pair.substr(pair.find(' ') + 1)))});
}

} // namespace milkrun::wordpress
