// What a request must not contain.
#include "http/request_check.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;

namespace {

Request request() {
  Request out;
  out.url = "https://example.org/";
  return out;
}

std::string reason(const Request& r) {
  const auto checked = check_request(r);
  return checked ? "ok" : std::string(checked.error().reason.code());
}

} // namespace

TEST_CASE("no byte that could end a header passes in names, values or secrets") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char c = static_cast<char>(byte);
    const bool control = (byte < 0x20 && c != '\t') || byte == 0x7f;
    for (const std::string& value : {std::string{c, 'a', 'b'}, std::string{'a', c, 'b'}, std::string{'a', 'b', c}}) {
      Request plain = request(), secret = request();
      plain.headers = {{"X-Test", value}};
      secret.secret_headers = {{"X-Key", Secret(value), "example.org"}};
      CHECK(reason(plain) == (control ? "network.bad_header" : "ok"));
      CHECK(reason(secret) == (control ? "network.bad_header" : "ok"));
    }
    const std::string marks = "!#$%&'*+-.^_`|~";
    const bool token = (byte < 0x80 && std::isalnum(byte) != 0) || marks.find(c) != std::string::npos;
    Request named = request(), method = request();
    named.headers = {{std::string{'X', c, 'y'}, "v"}};
    method.method = std::string{'X', c, 'y'};
    CHECK(reason(named) == (token ? "ok" : "network.bad_header"));
    CHECK(reason(method) == (token ? "ok" : "network.bad_method"));
  }
}

TEST_CASE("headers that change where a request ends or goes are refused, and secrets in plain headers") {
  for (const std::string name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "TE", "Trailer", "Keep-Alive",
        "Proxy-Connection", "Authorization", "cookie", "Proxy-Authorization"}) {
    CAPTURE(name);
    Request r = request();
    r.headers = {{name, "x"}};
    CHECK(reason(r) == "network.bad_header");
  }
}

TEST_CASE("a secret is usable for its host and port only") {
  struct Row {
    std::string url, host, reason;
  };
  const std::string other = "network.credential_for_another_host";
  const std::vector<Row> rows{
      {"https://example.org/", "example.org", "ok"},
      {"https://EXAMPLE.org:443/x", "example.org", "ok"},
      {"https://example.org:8443/", "example.org", other},
      {"https://example.org:8443/", "example.org:8443", "ok"},
      {"https://example.org.evil.test/", "example.org", other},
      {"https://evil.test/example.org", "example.org", other},
      {"https://example.org/", "", other},
      {"not a url", "", other},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    Request r = request();
    r.url = row.url;
    r.secret_headers = {{"Authorization", Secret("Basic abc"), row.host}};
    CHECK(reason(r) == row.reason);
  }
}

TEST_CASE("the error of a bad secret header does not contain it") {
  Request r = request();
  r.secret_headers = {{"Authorization", Secret("canary-7f3\n"), "example.org"}};
  CHECK(check_request(r).error().detail.find("canary") == std::string::npos);
}

TEST_CASE("GET and HEAD carry no body") {
  Request r = request();
  r.body = "x";
  CHECK(reason(r) == "network.bad_request");
  r.method = "HEAD";
  CHECK(reason(r) == "network.bad_request");
  r.method = "POST";
  CHECK(reason(r) == "ok");
}

TEST_CASE("where tenants share connections no body holds a line break, which could begin another request") {
  for (const std::string body : {"{\"a\":1}\nGET /stolen HTTP/1.1", "a=b\rc"}) {
    Request r = request();
    r.method = "POST";
    r.body = body;
    CHECK(reason(r) == "ok");
    r.shared_host = true;
    CHECK(reason(r) == "network.bad_request");
    r.body = "{\"a\":\"1\\n\"}";
    CHECK(reason(r) == "ok");
  }
}
