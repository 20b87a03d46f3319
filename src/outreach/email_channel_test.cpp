// What a message of the outbox becomes as a mail, and what a mail server's words become for the outbox.
#include "outreach/channel.hpp"

#include "providers/smtp/smtp.hpp"

#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeClock;
using test::FakeHttp;

namespace {

Item mail_item(const std::string& cls = "marketing", const std::string& base_url = "",
               const std::string& language = "de") {
  return {.stage = "deliver",
          .key = {},
          .tenant = {"asha"},
          .row = test::row_of({{"message_id", "0123456789abcdef0123456789abcdef"},
                               {"contact_name", "Kim"},
                               {"contact_language", "ar"},
                               {"tenant_language", "en"},
                               {"text_language", language},
                               {"subject", "Hallo"},
                               {"text", "Guten Tag"},
                               {"tenant_base_url", base_url},
                               {"class", cls}})};
}

Credential mail_account(const std::string& settings = R"({"from":"post@asha.test"})") {
  Credential out;
  out.service = "email";
  out.tenant = "asha";
  out.base_url = "smtps://mail.asha.test";
  out.host = http::server_of(out.base_url);
  out.account = "post";
  out.secret = Secret("secret");
  out.settings = settings;
  out.marks = Secret("marks of asha");
  return out;
}

outreach::Answer sent(FakeHttp& http, const Item& item, const Credential& account = mail_account()) {
  const FakeClock clock;
  const JobSettings settings;
  return outreach::channel("email").send(item, "kim@example.test", account, {http, clock, settings}, Millis(60'000));
}

http::Response reply(int status, std::string text) {
  return {.status = status, .headers = {{"smtp-phase", "recipient"}}, .body = std::move(text)};
}

} // namespace

TEST_CASE("a message becomes one mail, and its receipt names it") {
  FakeHttp http;
  http.answers = {reply(250, "queued")};
  const outreach::Answer answer = sent(http, mail_item());
  REQUIRE(answer.receipt);
  CHECK(answer.receipt->id == "<0123456789abcdef0123456789abcdef@asha.test>");
  CHECK(answer.receipt->recipient == "kim@example.test");
  REQUIRE(http.sent.size() == 1);
  const std::string& mail = http.sent[0].body;
  CHECK(http.sent[0].effect == http::Effect::once);
  CHECK(mail.find("To: \"Kim\" <kim@example.test>\r\n") != std::string::npos);
  CHECK(mail.find("List-Unsubscribe: ") != std::string::npos);
}

TEST_CASE("a mail names the language of its text, not its reader's, and none where that is not known") {
  for (const std::string language : {"de", ""}) {
    CAPTURE(language);
    FakeHttp http;
    http.answers = {reply(250, "queued")};
    REQUIRE(sent(http, mail_item("transactional", "", language)).receipt);
    const std::string& mail = http.sent.at(0).body;
    const bool known = !language.empty();
    CHECK((mail.find("Content-Language: de\r\n") != mail.npos) == known);
    CHECK((mail.find("lang=3D\"de\"") != mail.npos) == known);
    CHECK((mail.find("Content-Language") != mail.npos) == known);
    CHECK((mail.find("lang=3D") != mail.npos) == known);
  }
}

TEST_CASE("what is owed has no way out of a list") {
  FakeHttp http;
  http.answers = {reply(250, "queued")};
  REQUIRE(sent(http, mail_item("transactional")).receipt);
  CHECK(http.sent.at(0).body.find("List-Unsubscribe") == std::string::npos);
}

TEST_CASE("a dead address is written to no more, a full mailbox and a refused sender are no word about the person") {
  const auto also = [](http::Response response) {
    FakeHttp http;
    http.answers = {std::move(response)};
    const outreach::Answer answer = sent(http, mail_item());
    CHECK_FALSE(answer.receipt);
    return answer.also;
  };
  CHECK(also(reply(550, "5.1.1 nobody")) == outreach::Also::nobody_there);
  CHECK(also(reply(552, "5.2.2 full")) == outreach::Also::mailbox_full);
  CHECK(also(reply(550, "5.7.1 policy")) == outreach::Also::nothing);
}

TEST_CASE("a drip can be left by mail, and with one click where the tenant has an address for that") {
  const std::string id = "0123456789abcdef0123456789abcdef",
                    token = smtp::unsubscribe_token(id, Secret("marks of asha"));
  CHECK(smtp::unsubscribed_id(token, Secret("marks of asha")) == id);
  CHECK_FALSE(smtp::unsubscribed_id(token, Secret("marks of bolt")));
  CHECK_FALSE(smtp::unsubscribed_id(id + ".0123456789abcdef0123", Secret("marks of asha")));
  const auto head = [&](const std::string& base) {
    FakeHttp http;
    http.answers = {reply(250, "ok")};
    REQUIRE(sent(http, mail_item("marketing", base)).receipt);
    std::string mail = http.sent.at(0).body.substr(0, http.sent[0].body.find("\r\n\r\n"));
    for (auto at = mail.find("\r\n "); at != mail.npos; at = mail.find("\r\n ")) mail.erase(at, 2);
    return mail;
  };
  const std::string by_mail = "<mailto:post@asha.test?subject=unsubscribe%20" + token + ">";
  CHECK(head("").find("List-Unsubscribe: " + by_mail + "\r\n") != std::string::npos);
  CHECK(head("").find("List-Unsubscribe-Post") == std::string::npos);
  const std::string both = head("https://asha.test/m/");
  CHECK(both.find("List-Unsubscribe: <https://asha.test/m/u/" + token + ">, " + by_mail + "\r\n") != std::string::npos);
  CHECK(both.find("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") != std::string::npos);
}

TEST_CASE("bounces come back to an address that names the message, and that nobody else can make") {
  FakeHttp http;
  http.answers = {reply(250, "ok")};
  REQUIRE(sent(http, mail_item(), mail_account(R"({"from":"post@asha.test","bounce_domain":"b.asha.test"})")).receipt);
  const std::string from = http.sent.at(0).envelope->from;
  CHECK(from.starts_with("bounce+0123456789abcdef0123456789abcdef."));
  CHECK(from.ends_with("@b.asha.test"));
  CHECK(smtp::bounced_id(from, Secret("marks of asha")) == "0123456789abcdef0123456789abcdef");
  CHECK_FALSE(smtp::bounced_id(from, Secret("marks of bolt")));
}

TEST_CASE("a token that was fetched comes back with the answer, whatever became of the mail") {
  const std::string settings = R"({"from":"post@asha.test","auth":"xoauth2","client_id":"app",)"
                               R"("token_url":"https://oauth2.googleapis.com/token"})";
  for (const int status : {250, 550}) {
    FakeHttp http;
    http.answer(200, R"({"access_token":"new-token","expires_in":3600})");
    http.answers.push_back(reply(status, "x"));
    const outreach::Answer answer = sent(http, mail_item(), mail_account(settings));
    CHECK(answer.receipt.has_value() == (status == 250));
    REQUIRE(answer.renewed);
    CHECK(answer.renewed->reveal().find("new-token") != std::string_view::npos);
  }
}
