#include "providers/smtp/fixture_test.hpp"

#include "providers/smtp/settings.hpp"

using namespace milkrun;
using namespace milkrun::smtp;
using milkrun::test::Json;
using milkrun::test::mail_settings;

namespace {

std::string complaint(const Json& settings) {
  const auto checked = check_settings(settings.dump());
  return checked ? "" : checked.error().detail;
}

} // namespace

TEST_SUITE("smtp: settings") {
  TEST_CASE("all of them are read, addresses as they go on the wire") {
    const auto settings = read_settings(mail_settings({{"reply_to", "ask@bücher.example"},
                                                       {"unsubscribe", "off@asha.test"},
                                                       {"bounce_domain", "Bounces.asha.test"},
                                                       {"auth", "xoauth2"},
                                                       {"token_url", "https://oauth2.googleapis.com/token"},
                                                       {"client_id", "app"},
                                                       {"scope", "https://mail.google.com/"}})
                                            .dump());
    REQUIRE(settings);
    CHECK(settings->reply_to == "ask@xn--bcher-kva.example");
    CHECK(settings->bounce_domain == "bounces.asha.test");
    CHECK(settings->auth == Auth::xoauth2);
    CHECK(settings->client_id == "app");
  }

  TEST_CASE("a complaint names the key and the mend") {
    CHECK(complaint(Json::object()).starts_with("from is missing"));
    CHECK(complaint(Json::array()) == "not a JSON object");
    CHECK(complaint({{"from", std::vector<int>(1'000)}}).starts_with("too much for settings: at most 1,000 values"));
    CHECK(complaint(mail_settings({{"from", "x"}})).starts_with("from = \"x\": must be an e-mail address"));
    CHECK(complaint(mail_settings({{"from_name", "a\nb"}})).find("from_name") == 0);
    CHECK(complaint(mail_settings({{"port", 25}})).starts_with("unknown key port: the service email knows from, "));
    CHECK(complaint(mail_settings({{"auth", "none"}})).find("must be plain, login or xoauth2") != std::string::npos);
    CHECK(complaint(mail_settings({{"auth", "xoauth2"}})).starts_with("token_url and client_id are needed"));
    CHECK(complaint(mail_settings({{"client_id", "x"}})).find("go with auth = xoauth2") != std::string::npos);
    CHECK(complaint(mail_settings({{"bounce_domain", "a@b.test"}})).find("must be a domain") != std::string::npos);
    CHECK(complaint(mail_settings({{"token_url", "smtp://x.test"}})).find("token_url") == 0);
  }

  TEST_CASE("a base_url is a mail server and nothing else") {
    for (const char* good : {"smtp://mail.asha.test", "smtp://mail.asha.test:587", "smtps://mail.asha.test:465/"})
      CHECK(check_base_url(good));
    for (const char* bad : {"", "mail.asha.test", "https://mail.asha.test", "smtp://", "smtp://u:p@mail.asha.test",
                            "smtp://mail.asha.test/x", "smtp://mail.asha.test?x", "smtp:mail.asha.test"})
      CHECK_FALSE(check_base_url(bad));
  }
}
