// What the tests of this folder share: one tenant's credential and the site as it looks after signing in.
#pragma once

#include "providers/wordpress/wordpress.hpp"
#include "tests/support/fakes.hpp"

#include <string>

namespace milkrun::wordpress::test_site {

inline const std::string shown_password = "abcd EFGH 1234 ijkl MNOP 5678";
inline const std::string password = "abcdEFGH1234ijklMNOP5678";
// base64("editor:abcdEFGH1234ijklMNOP5678")
inline const std::string basic = "Basic ZWRpdG9yOmFiY2RFRkdIMTIzNGlqa2xNTk9QNTY3OA==";

inline Credential credential(std::string base_url = "https://blog.example/") {
  return {.id = {"c1"},
          .service = "wordpress",
          .owner = Owner::tenant,
          .granted_to = {"t1"},
          .tenant = "asha",
          .base_url = base_url,
          .host = http::host_of(base_url),
          .account = "editor",
          .secret = Secret(shown_password),
          .settings = "{}"};
}

inline Site site() {
  return {.api = "https://blog.example/wp-json/",
          .user_id = 2,
          .roles = {"editor"},
          .may_publish = true,
          .may_create = true,
          .may_manage_categories = true,
          .unfiltered_html = true};
}

inline const http::Header html{"Content-Type", "text/html; charset=UTF-8"};
inline const http::Header json{"Content-Type", "application/json; charset=UTF-8"};
inline const std::string page = "<!DOCTYPE html>\n<html lang=\"en-US\"><body><script>x=[]</script></body></html>";

// Everything of a request that could end up in a log or a URL.
inline std::string open_text(const http::Request& request) {
  std::string all = request.url + request.body;
  for (const auto& header : request.headers) all += header.name + ": " + header.value + "\n";
  return all;
}

// Whether the request carries the password in its secret header and nowhere else.
inline bool signed_once(const http::Request& request, const std::string& host = "blog.example") {
  const auto open = open_text(request);
  return request.secret_headers.size() == 1 && request.secret_headers[0].name == "Authorization" &&
         request.secret_headers[0].value.reveal() == basic && request.secret_headers[0].host == host &&
         open.find(password) == std::string::npos && open.find(basic.substr(6)) == std::string::npos;
}

} // namespace milkrun::wordpress::test_site
