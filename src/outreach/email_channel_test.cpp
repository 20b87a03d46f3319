// What a message of the outbox becomes as a mail, and what a mail server's words become for the outbox.
#include "outreach/channel.hpp"

#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeClock;
using test::FakeHttp;

namespace {

Item mail_item(const std::string& cls = "marketing") {
  return {.stage = "deliver",
          .key = {},
          .tenant = {"asha"},
          .row = test::row_of({{"message_id", "0123456789abcdef0123456789abcdef"},
                               {"contact_name", "Kim"},
                               {"contact_language", ""},
                               {"tenant_language", "de"},
                               {"subject", "Hallo"},
                               {"text", "Guten Tag"},
                               {"class", cls}})};
}

Credential mail_account() {
  Credential out;
  out.service = "email";
  out.tenant = "asha";
  out.base_url = "smtps://mail.asha.test";
  out.host = http::server_of(out.base_url);
  out.account = "post";
  out.secret = Secret("secret");
  out.settings = R"({"from":"post@asha.test"})";
  return out;
}

outreach::Answer sent(FakeHttp& http, const Item& item) {
  const FakeClock clock;
  const JobSettings settings;
  return outreach::channel("email").send(item, "kim@example.test", mail_account(), {http, clock, settings}, Millis(60'000));
}

http::Response reply(int status, std::string text) {
  return {.status = status, .headers = {{"smtp-phase", "recipient"}}, .body = std::move(text)};
}

} // namespace

TEST_CASE("a message becomes one mail in the contact's language, and its receipt names it") {
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
  CHECK(mail.find("Content-Language: de\r\n") != std::string::npos);
  CHECK(mail.find("List-Unsubscribe: ") != std::string::npos);
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
  CHECK(also(reply(550, "5.1.1 nobody")) == outreach::Also::opted_out);
  CHECK(also(reply(552, "5.2.2 full")) == outreach::Also::nothing);
  CHECK(also(reply(550, "5.7.1 policy")) == outreach::Also::nothing);
}
