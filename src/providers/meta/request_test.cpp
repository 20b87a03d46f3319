// What is sent: address, signature, whose call it is; and what is refused before anything is sent.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;

void check_signed(const http::Request& request, const std::string& host) {
  REQUIRE(request.secret_headers.size() == 1);
  CHECK(request.secret_headers[0].name == "Authorization");
  CHECK(request.secret_headers[0].value.reveal() == "Bearer " + token);
  CHECK(request.secret_headers[0].host == host);
  CHECK(open_text(request).find(token) == std::string::npos);
  CHECK(open_text(request).find(app_secret) == std::string::npos);
}

TEST_CASE("a question is one read, signed by a header that is bound to the credential's host") {
  test::FakeHttp http;
  http.answer(200, R"({"fan_count":1})");
  const auto answer = client(http).counters("");
  REQUIRE(answer.value);
  CHECK(answer.calls == 1);
  REQUIRE(http.sent.size() == 1);
  const auto& request = http.sent[0];
  CHECK(request.method == "GET");
  CHECK(request.url == "https://graph.facebook.com/v25.0/1111?fields=followers_count%2Cfan_count");
  CHECK(request.effect == http::Effect::read);
  CHECK(request.body.empty());
  CHECK(request.caller.tenant == "asha");
  CHECK(request.caller.service == "facebook");
  CHECK(request.timeout == std::chrono::seconds(20));
  CHECK(request.max_redirects == 0);
  check_signed(request, "graph.facebook.com");
}

TEST_CASE("each question has its address") {
  const std::string fb = "https://graph.facebook.com/v25.0/", ig = "https://graph.instagram.com/v25.0/";
  test::FakeHttp http;
  http.otherwise = [](const auto&) { return http::Response{.status = 200, .body = R"({"data":[]})"}; };
  auto page = client(http, facebook());
  auto account = client(http, instagram());
  page.comments("1111_22", ten_past(0));
  account.comments("178", ten_past(0));
  page.counters("1111_22");
  account.counters("178");
  account.counters("");
  account.follows("990");
  page.followers();
  const std::vector<std::string> expected = {
      fb + "1111_22/comments?filter=stream&order=reverse_chronological&fields=id%2Cmessage%2Ccreated_time%2Cfrom%7Bid%"
           "2Cname%7D%2Cparent%7Bid%7D%2Cis_hidden&limit=100",
      ig + "178/comments?fields=id%2Ctext%2Cusername%2Cfrom%2Ctimestamp%2Chidden%2Cparent_id%2Creplies%7Bid%2Ctext%"
           "2Cusername%2Cfrom%2Ctimestamp%2Cparent_id%7D&limit=50",
      fb + "1111_22?fields=reactions.limit%280%29.summary%28total_count%29%2Ccomments.limit%280%29.summary%28total_"
           "count%29%2Cshares",
      ig + "178?fields=like_count%2Ccomments_count",
      ig + "17841?fields=followers_count",
      ig + "990?fields=is_user_follow_business",
      fb + "me/followers?fields=id%2Cname%2Cusername&limit=100",
  };
  REQUIRE(http.sent.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(http.sent[i].url == expected[i]);
    const bool on_facebook = expected[i].starts_with(fb);
    CHECK(http.sent[i].caller.service == (on_facebook ? "facebook" : "instagram"));
    check_signed(http.sent[i], on_facebook ? "graph.facebook.com" : "graph.instagram.com");
  }
}

TEST_CASE("with an app secret every call carries its proof, and the secret stays here") {
  test::FakeHttp http;
  http.answer(200, page({fb_comment("2", 5)}, "c2", true).dump());
  http.answer(200, page({fb_comment("1", 4)}).dump());
  Credential c = facebook();
  c.secret = Secret(token + "\n" + app_secret + "\n");
  REQUIRE(client(http, c).comments("1111_22", ten_past(0)).value);
  REQUIRE(http.sent.size() == 2);
  for (const auto& request : http.sent) {
    CHECK(request.url.ends_with("&appsecret_proof=" + proof));
    check_signed(request, "graph.facebook.com");
  }
}

TEST_CASE("the configured version is asked for, and the one that answered is told") {
  test::FakeHttp http;
  http.answer(200, "{}", {{"facebook-api-version", "v22.0"}});
  Credential c = facebook();
  c.settings = R"({"version":"v21.0"})";
  const auto answer = client(http, c).counters("");
  CHECK(http.sent[0].url.starts_with("https://graph.facebook.com/v21.0/1111?"));
  CHECK(answer.served_version == "v22.0");
}

TEST_CASE("an id that is none never reaches an address") {
  test::FakeHttp http;
  const std::string ids[] = {
      "../me", "1/2", "a b", "1?x=1", "1%2e", "ü", "1.2", "1-2", std::string(129, '1'), std::string("1\0", 2)};
  for (const auto& id : ids) {
    CAPTURE(id);
    const auto comments = client(http).comments(id, ten_past(0));
    const auto follows = client(http).follows(id);
    const auto counters = client(http).counters(id);
    REQUIRE_FALSE(comments.value);
    REQUIRE_FALSE(follows.value);
    REQUIRE_FALSE(counters.value);
    for (const Error& e : {comments.value.error(), follows.value.error(), counters.value.error()}) {
      CHECK(e.fault == Fault::permanent);
      CHECK(e.reason.code() == "meta.bad_object_id");
    }
  }
  CHECK_FALSE(client(http).comments("", ten_past(0)).value);
  CHECK_FALSE(client(http).follows("").value);
  CHECK(http.sent.empty());
  http.answer(200, "{}");
  CHECK(client(http).follows(std::string(128, '1')).value);
}

TEST_CASE("without a token or with bad settings nothing is sent") {
  test::FakeHttp http;
  Credential no_token = facebook();
  no_token.secret = Secret(" \n" + app_secret);
  Credential bad_settings = facebook();
  bad_settings.settings = R"({"versoin":"v25.0"})";
  const auto first = client(http, no_token).comments("1", ten_past(0));
  const auto second = client(http, bad_settings).comments("1", ten_past(0));
  REQUIRE_FALSE(first.value);
  CHECK(first.value.error().fault == Fault::setting);
  CHECK(first.value.error().reason.code() == "meta.no_token");
  REQUIRE_FALSE(second.value);
  CHECK(second.value.error().fault == Fault::setting);
  CHECK(second.value.error().reason.code() == "meta.bad_settings");
  CHECK(second.calls == 0);
  CHECK(http.sent.empty());
}

} // namespace
