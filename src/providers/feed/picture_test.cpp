// A picture is what its bytes say.
#include "providers/feed/picture.hpp"

#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::feed;
using namespace std::string_literals;

namespace {

Expected<Picture> fetched(milkrun::test::FakeHttp& http) {
  return fetch_picture(http, "https://pictures.example/a", {"asha", "feed"}, "tests/1", Millis(1'000));
}

} // namespace

TEST_CASE("the first bytes tell a picture from what is called one") {
  CHECK(picture_of("\xFF\xD8\xFF\xE0 x").type == "image/jpeg");
  CHECK(picture_of("\x89PNG\r\n\x1A\n x").extension == "png");
  CHECK(picture_of("GIF89a x").type == "image/gif");
  CHECK(picture_of("RIFF\x10\0\0\0WEBPVP8 x"s).type == "image/webp");
  for (const char* other : {"", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<html>", "RIFF....WAVEfmt 1234", "BM"}) {
    CAPTURE(other);
    CHECK(picture_of(other).type.empty());
  }
}

TEST_CASE("a picture is fetched with a few redirects and three megabytes, and no more") {
  milkrun::test::FakeHttp http;
  http.answer(200, "GIF89a and so on");
  const auto picture = fetched(http);
  REQUIRE(picture.has_value());
  CHECK(picture->bytes == "GIF89a and so on");
  REQUIRE(http.sent.size() == 1);
  CHECK(http.sent[0].max_redirects == 5);
  CHECK(http.sent[0].max_body == 3UL * 1024 * 1024);
  CHECK(http.sent[0].caller.service == "feed");
}

TEST_CASE("whose trouble it is: never the site's") {
  struct {
    Expected<http::Response> answer;
    Fault fault;
    ReasonCode reason;
  } const table[] = {
      {http::Response{.status = 404}, Fault::permanent, "image.refused"},
      {http::Response{.status = 403}, Fault::permanent, "image.refused"},
      {http::Response{.status = 503}, Fault::transient, "image.refused"},
      {http::Response{.status = 429}, Fault::transient, "image.refused"},
      {http::Response{.status = 200, .body = "<html>"}, Fault::permanent, "image.not_an_image"},
      {fail(Fault::outage, "network.cannot_connect"), Fault::transient, "network.cannot_connect"},
      {fail(Fault::outage, "network.answer_too_large"), Fault::permanent, "image.too_large"},
      {fail(Fault::setting, "network.address_not_allowed"), Fault::permanent, "network.address_not_allowed"},
      {fail(Fault::aborted, "network.stopped"), Fault::aborted, "network.stopped"},
  };
  for (const auto& row : table) {
    CAPTURE(row.reason);
    milkrun::test::FakeHttp http;
    http.answers.push_back(row.answer);
    const auto picture = fetched(http);
    REQUIRE_FALSE(picture.has_value());
    CHECK(picture.error().fault == row.fault);
    CHECK(picture.error().reason.is(row.reason));
  }
}
