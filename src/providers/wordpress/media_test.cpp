// Pictures: the exact requests, and which refusal lets the post go without one.
#include "providers/wordpress/test_site.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::wordpress;
using namespace milkrun::wordpress::test_site;
using std::chrono::seconds;

Site uploading() {
  Site out = site();
  out.may_upload = true;
  return out;
}
const Picture picture{
    .bytes = "GIF89a x", .type = "image/gif", .extension = "gif", .slug = "pub-1-image", .description = "Ü & \"x\""};

TEST_CASE("an upload is one signed POST of the bytes that must not happen twice") {
  test::FakeHttp http;
  http.answer(201, R"({"id":77,"slug":"pub-1-image"})", {json});
  const auto created = Client(http, credential(), seconds(20)).upload(uploading(), picture);
  REQUIRE(created);
  CHECK(created->id == 77);
  REQUIRE(http.sent.size() == 1);
  const auto& request = http.sent[0];
  CHECK(request.method == "POST");
  CHECK(request.effect == http::Effect::once);
  CHECK(request.body == "GIF89a x");
  CHECK(signed_once(request));
  CHECK(request.url == "https://blog.example/wp-json/wp/v2/media?slug=pub-1-image&title=%C3%9C%20%26%20%22x%22"
                       "&alt_text=%C3%9C%20%26%20%22x%22&_fields=id,slug");
  CHECK(open_text(request).find("Content-Type: image/gif\n") != std::string::npos);
  CHECK(open_text(request).find("Content-Disposition: attachment; filename=\"pub-1-image.gif\"\n") !=
        std::string::npos);
}

TEST_CASE(
    "what this account, this site or this picture does not allow is the picture's end; other trouble is waited for") {
  struct Row {
    int status;
    std::string body;
    Fault fault;
  };
  const Row rows[] = {{403, R"({"code":"rest_cannot_create"})", Fault::permanent},
                      {404, R"({"code":"rest_no_route"})", Fault::permanent},
                      {404, page, Fault::permanent},
                      {413, page, Fault::permanent},
                      {400, R"({"code":"rest_upload_unknown_error"})", Fault::permanent},
                      {500, R"({"code":"rest_upload_sideload_error"})", Fault::permanent},
                      {401, R"({"code":"rest_cannot_create"})", Fault::setting}, // the password
                      {429, "", Fault::rate_limited},
                      {403, page, Fault::uncertain},
                      {500, R"({"code":"internal_server_error"})", Fault::uncertain},
                      {201, "{}", Fault::uncertain},
                      {200, page, Fault::uncertain}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(row.status, row.body, {row.body == page ? html : json});
    const auto created = Client(http, credential(), seconds(5)).upload(uploading(), picture);
    REQUIRE_FALSE(created);
    CHECK(created.error().fault == row.fault);
  }
  test::FakeHttp closed; // core's word is the one for posts
  closed.answer(403, R"({"code":"rest_cannot_create","message":"no"})", {json});
  const auto told = Client(closed, credential(), seconds(5)).upload(uploading(), picture);
  REQUIRE_FALSE(told);
  CHECK(told.error().reason.is("wordpress.may_not_upload"));
  test::FakeHttp http;
  const auto role = Client(http, credential(), seconds(5)).upload(site(), picture);
  REQUIRE_FALSE(role);
  CHECK(role.error().reason.is("wordpress.may_not_upload"));
  CHECK(http.sent.empty());
}

TEST_CASE("a picture is found by its slug alone") {
  struct Row {
    int status;
    std::string body;
    Presence presence;
  };
  const Row rows[] = {{200, R"([{"id":77,"slug":"pub-1-image"}])", Presence::found},
                      {200, R"([{"id":78,"slug":"pub-1-image-2"}])", Presence::absent},
                      {200, "[]", Presence::absent},
                      {404, R"({"code":"rest_no_route"})", Presence::unknown}};
  for (const Row& row : rows) {
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(row.status, row.body, {json});
    const auto found = Client(http, credential(), seconds(5)).find_picture(site(), "pub-1-image");
    REQUIRE(found);
    CHECK(found->presence == row.presence);
    CHECK(http.sent.at(0).url == "https://blog.example/wp-json/wp/v2/media?slug=pub-1-image&_fields=id,slug");
    CHECK(http.sent.at(0).effect == http::Effect::read);
  }
  for (const std::string& strange : {page, std::string(), std::string("{}")}) {
    test::FakeHttp http;
    http.answer(200, strange);
    const auto found = Client(http, credential(), seconds(5)).find_picture(site(), "pub-1-image");
    REQUIRE_FALSE(found);
    CHECK(found.error().fault == Fault::outage);
  }
}

} // namespace
