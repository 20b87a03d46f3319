// What a letter asks of the network, and what the answers become.
#include "providers/smtp/fixture_test.hpp"

#include "providers/smtp/verdict.hpp"

using namespace milkrun;
using namespace milkrun::smtp;
using namespace milkrun::test;

namespace {

http::Response reply(int status, std::string text, std::string phase = "message") {
  return {.status = status, .headers = {{"smtp-phase", std::move(phase)}}, .body = std::move(text)};
}

Answer answer_to(Expected<http::Response> response, const Credential& credential = mail_credential()) {
  FakeHttp http;
  http.answers = {std::move(response)};
  return send(http, credential, letter(), Millis(60'000));
}

const Json xoauth2 = {{"auth", "xoauth2"}, {"token_url", "https://oauth2.googleapis.com/token"}, {"client_id", "app"}};

http::Response token(const Json& body, int status = 200) { return {.status = status, .body = body.dump()}; }

} // namespace

TEST_SUITE("smtp: sending") {
  TEST_CASE("one mail, once, to the credential's server, and a receipt") {
    FakeHttp http;
    http.answers = {reply(250, "2.0.0 Ok: queued as 4C0F")};
    const Answer answer = send(http, mail_credential(), letter(), Millis(60'000));
    REQUIRE(answer.receipt);
    CHECK(answer.receipt->id == message_id(letter().id, "post@asha.test"));
    CHECK(answer.receipt->status == "2.0.0 Ok: queued as 4C0F");
    REQUIRE(http.sent.size() == 1);
    const http::Request& r = http.sent[0];
    CHECK(r.url == "smtp://mail.asha.test");
    CHECK(r.effect == http::Effect::once);
    CHECK(r.caller.tenant == "asha");
    CHECK(r.caller.service == "email");
    REQUIRE(r.envelope);
    CHECK(r.envelope->from == "post@asha.test");
    CHECK(r.envelope->to == "kim@example.test");
    CHECK(r.envelope->hello == "asha.test");
    CHECK(r.envelope->host == "mail.asha.test");
    CHECK(r.envelope->secret.reveal() == canary);
    CHECK(r.body.find(canary) == std::string::npos);
  }

  TEST_CASE("bounces come back to an address of the bounce domain") {
    FakeHttp http;
    http.answers = {reply(250, "ok")};
    Letter mine = letter();
    mine.bounce_key = Secret("k");
    (void)send(http, mail_credential({{"bounce_domain", "b.asha.test"}}), mine, Millis(60'000));
    CHECK(http.sent.at(0).envelope->from == bounce_address(mine.id, "b.asha.test", Secret("k")));
  }

  TEST_CASE("what is known to be wrong costs no call") {
    const auto reason = [](Credential credential, Letter one) {
      FakeHttp http;
      const Answer answer = send(http, credential, one, Millis(60'000));
      CHECK(http.sent.empty());
      return answer.receipt ? std::string() : std::string(answer.receipt.error().reason.code());
    };
    Credential no_secret = mail_credential(Json::object(), "");
    CHECK(reason(no_secret, letter()) == "smtp.no_password");
    Credential no_tls = mail_credential();
    no_tls.base_url = "http://mail.asha.test";
    CHECK(reason(no_tls, letter()) == "smtp.bad_settings");
    Letter nobody = letter();
    nobody.to = "kim";
    CHECK(reason(mail_credential(), nobody) == "smtp.bad_address");
    CHECK(reason(mail_credential(xoauth2), nobody) == "smtp.bad_address");
    FakeHttp silent;
    nobody.to = "j\xc3\xb6rg@example.test"; // for servers of another kind
    CHECK(send(silent, mail_credential(), nobody, Millis(1'000)).also == Also::not_taken);
    CHECK(send(silent, no_tls, letter(), Millis(1'000)).also == Also::nothing);
    CHECK(silent.sent.empty());
  }

  TEST_CASE("only what is said of the recipient's address touches the recipient") {
    struct Case {
      int code;
      const char *text, *phase;
      Fault fault;
      Also also;
      bool parks;
    };
    using enum Fault;
    for (const Case& c : {
             Case{550, "5.1.1 no such user", "recipient", permanent, Also::address_dead, false},
             Case{550, "5.1.10 null MX", "message", permanent, Also::address_dead, false},
             Case{550, "5.2.1 disabled", "recipient", permanent, Also::address_dead, false},
             Case{550, "5.1.1 who are you", "sender", setting, Also::nothing, false},
             Case{552, "5.2.2 over quota", "recipient", rate_limited, Also::mailbox_full, false},
             Case{452, "4.2.2 over quota", "recipient", rate_limited, Also::nothing, false},
             Case{550, "user unknown", "recipient", permanent, Also::not_taken, false},
             Case{550, "5.4.1 recipient address rejected", "recipient", permanent, Also::not_taken, false},
             Case{550, "looks like spam", "message", permanent, Also::nothing, false},
             Case{553, "sorry", "sender", setting, Also::nothing, false},
             Case{550, "5.7.1 blocked", "recipient", setting, Also::nothing, false},
             Case{550, "5.7.26 unauthenticated", "message", setting, Also::nothing, false},
             Case{550, "5.7.515 access denied", "message", setting, Also::nothing, false},
             Case{451, "4.7.29 not encrypted", "message", setting, Also::nothing, false},
             Case{421, "4.7.28 rate", "message", rate_limited, Also::nothing, true},
             Case{451, "4.7.0 try again", "recipient", rate_limited, Also::nothing, true},
             Case{452, "4.5.3 too many", "recipient", rate_limited, Also::nothing, true},
             Case{454, "4.7.0 temporary", "sign-in", outage, Also::nothing, false},
             Case{450, "4.2.1 greylisted", "recipient", rate_limited, Also::nothing, false},
             Case{421, "closing", "connect", outage, Also::nothing, false},
             Case{554, "no service", "connect", setting, Also::nothing, false},
             Case{535, "5.7.8 bad password", "sign-in", setting, Also::nothing, false},
             Case{550, "5.7.30 basic auth is over", "sign-in", setting, Also::nothing, false},
             Case{530, "5.7.57 not signed in", "sender", setting, Also::nothing, false},
             Case{552, "5.3.4 too big", "message", permanent, Also::nothing, false},
             Case{552, "too big", "message", permanent, Also::nothing, false},
             Case{554, "5.4.6 routing loop", "message", outage, Also::nothing, true},
             Case{550, "5.4.4 no route", "message", outage, Also::nothing, true},
             Case{554, "5.3.0 something is wrong here", "message", outage, Also::nothing, true},
             Case{554, "5.4.6 routing loop", "recipient", permanent, Also::not_taken, false},
             Case{552, "5.3.1 the disk is full", "message", outage, Also::nothing, false},
             Case{550, "5.3.2 closed", "recipient", outage, Also::nothing, false},
             Case{550, "5.3.5 set up wrongly", "sender", outage, Also::nothing, false},
             Case{550, "5.4.5 daily sending limit exceeded", "message", rate_limited, Also::nothing, true},
             Case{550, "5.4.5 daily sending limit exceeded", "sender", rate_limited, Also::nothing, true},
             Case{550, "5.4.6 hourly limit exceeded", "recipient", rate_limited, Also::nothing, true},
             Case{550, "Domain asha.test has exceeded the max emails per hour (100/100 (100%)) allowed", "recipient",
                  rate_limited, Also::nothing, true},
             Case{550, "5.7.1 Sending limit exceeded", "message", rate_limited, Also::nothing, true},
             Case{554, "5.7.0 too many messages, slow down", "sender", rate_limited, Also::nothing, true},
             Case{552, "sender quota exceeded", "sender", rate_limited, Also::nothing, true},
             Case{451, "4.7.1 your rate limit is reached", "recipient", rate_limited, Also::nothing, true},
             Case{451, "4.7.650 temporarily deferred", "message", rate_limited, Also::nothing, true},
             Case{450, "too many mails from you in the last hour", "recipient", rate_limited, Also::nothing, true},
             Case{550, "5.1.90 you have reached your daily limit for message recipients", "message", rate_limited,
                  Also::nothing, true},
             Case{451, "4.7.1 greylisting in action", "recipient", rate_limited, Also::nothing, false},
             Case{550, "5.2.1 the user you are trying to contact is receiving mail at a rate that prevents more",
                  "recipient", rate_limited, Also::nothing, false},
             Case{552, "5.2.2 too many messages, quota exceeded", "recipient", rate_limited, Also::mailbox_full, false},
             Case{550, "5.1.1 the sender's hourly limit of unknown users", "recipient", permanent, Also::address_dead,
                  false},
             Case{552, "message size exceeds the limit of this sender", "message", permanent, Also::nothing, false},
             Case{552, "mailbox quota exceeded", "recipient", permanent, Also::nothing, false},
             Case{554, "5.4.6 too many hops, limit exceeded", "message", outage, Also::nothing, true},
             Case{553, "5.6.7 needs utf8", "recipient", permanent, Also::not_taken, false},
             Case{550, "4.1.1 contradicts itself", "recipient", permanent, Also::not_taken, false},
             Case{550, "5.1 short", "recipient", permanent, Also::not_taken, false},
         }) {
      CAPTURE(c.code);
      CAPTURE(c.text);
      const Answer answer = answer_to(reply(c.code, c.text, c.phase));
      REQUIRE_FALSE(answer.receipt);
      CHECK(answer.receipt.error().fault == c.fault);
      CHECK(answer.receipt.error().http_status == c.code);
      CHECK(answer.also == c.also);
      CHECK(answer.receipt.error().parks.size() == (c.parks ? 1 : 0));
      const bool waits = c.fault == rate_limited;
      CHECK((answer.receipt.error().retry_after >= Millis(300'000)) == waits);
    }
  }

  TEST_CASE("a server that echoes the password is not quoted") {
    const Answer answer = answer_to(reply(550, "5.1.1 no user for " + std::string(canary), "recipient"));
    CHECK(answer.receipt.error().detail == "550 5.1.1 no user for ***");
  }

  TEST_CASE("a lost answer stays what the network says of it") {
    const Answer answer = answer_to(fail(Fault::uncertain, "network.connection_lost"));
    CHECK(answer.receipt.error().fault == Fault::uncertain);
    CHECK(answer.also == Also::nothing);
  }
}

TEST_SUITE("smtp: access tokens") {
  TEST_CASE("a token is fetched, used, and given back to be kept") {
    FakeHttp http;
    http.answers = {token({{"access_token", "fresh"}, {"expires_in", 3600}}), reply(250, "ok")};
    const Answer answer = send(http, mail_credential(xoauth2, "refresh\nclient"), letter(), Millis(60'000));
    REQUIRE(answer.receipt);
    REQUIRE(http.sent.size() == 2);
    CHECK(http.sent[0].url == "https://oauth2.googleapis.com/token");
    CHECK(http.sent[0].effect == http::Effect::repeatable);
    CHECK(http.sent[0].body == "grant_type=refresh_token&client_id=app&refresh_token=refresh&client_secret=client");
    CHECK(http.sent[1].envelope->secret.reveal() == "fresh");
    CHECK(http.sent[1].envelope->auth == http::Envelope::Auth::xoauth2);
    REQUIRE(answer.secret);
    CHECK(answer.secret->reveal() == "refresh\nclient\n" + std::to_string(to_ms(noon) + 3'600'000) + " fresh");

    FakeHttp again;
    again.answers = {reply(250, "ok")};
    const Answer second =
        send(again, mail_credential(xoauth2, std::string(answer.secret->reveal())), letter(), Millis(60'000));
    CHECK(second.receipt);
    CHECK_FALSE(second.secret);
    REQUIRE(again.sent.size() == 1);
    CHECK(again.sent[0].envelope->secret.reveal() == "fresh");
  }

  TEST_CASE(
      "a stored token that the server refuses is forgotten, and the next mail fetches one; a fresh one is believed") {
    const std::string kept = "refresh\nclient\n" + std::to_string(to_ms(noon) + 3'600'000) + " revoked";
    FakeHttp http;
    http.answers = {reply(535, "5.7.8 no", "sign-in")};
    const Answer first = send(http, mail_credential(xoauth2, kept), letter(), Millis(60'000));
    CHECK(http.sent.size() == 1);
    REQUIRE_FALSE(first.receipt);
    CHECK(first.receipt.error().fault == Fault::rate_limited); // no try is used up, and nobody waits for an operator
    CHECK(first.receipt.error().reason.code() == "smtp.token_refused");
    CHECK(first.receipt.error().parks.empty());
    REQUIRE(first.secret);
    CHECK(first.secret->reveal() == "refresh\nclient");

    FakeHttp again;
    again.answers = {token({{"access_token", "fresh"}, {"expires_in", 3600}}), reply(535, "5.7.8 no", "sign-in")};
    const Answer second =
        send(again, mail_credential(xoauth2, std::string(first.secret->reveal())), letter(), Millis(60'000));
    CHECK(again.sent.size() == 2);
    CHECK(second.receipt.error().reason.code() == "smtp.signin_refused"); // now it is the account
    CHECK(second.receipt.error().fault == Fault::setting);
    CHECK_FALSE(second.secret); // the next mail does not take it for an old one
    FakeHttp handed;            // but what came with it is kept
    handed.answers = {token({{"access_token", "fresh"}, {"refresh_token", "next"}}), reply(535, "5.7.8 no", "sign-in")};
    const Answer third = send(handed, mail_credential(xoauth2, "refresh\nclient"), letter(), Millis(60'000));
    REQUIRE(third.secret);
    CHECK(third.secret->reveal() == "next\nclient");
    // What is said of anything else touches no token.
    FakeHttp other;
    other.answers = {reply(550, "5.1.1 gone", "recipient")};
    CHECK_FALSE(send(other, mail_credential(xoauth2, kept), letter(), Millis(60'000)).secret);
  }

  TEST_CASE("a token that is nearly over is fetched anew, and a renewed refresh token is kept") {
    FakeHttp http;
    http.answers = {token({{"access_token", "fresh"}, {"expires_in", 60}, {"refresh_token", "next"}}),
                    reply(250, "ok")};
    const std::string old = "refresh\n\n" + std::to_string(to_ms(noon) + 59'000) + " old";
    const Answer answer = send(http, mail_credential(xoauth2, old), letter(), Millis(60'000));
    REQUIRE(answer.secret);
    CHECK(answer.secret->reveal().starts_with("next\n\n"));
  }

  TEST_CASE("the new secret is kept also when the mail then failed") {
    FakeHttp http;
    http.answers = {token({{"access_token", "fresh"}}), reply(550, "5.1.1 gone", "recipient")};
    const Answer answer = send(http, mail_credential(xoauth2, "refresh"), letter(), Millis(60'000));
    CHECK_FALSE(answer.receipt);
    CHECK(answer.secret);
  }

  TEST_CASE("a refresh token goes only to its own server's host or to a known service") {
    Json elsewhere = xoauth2;
    elsewhere["token_url"] = "https://evil.test/token";
    FakeHttp http;
    const Answer answer = send(http, mail_credential(elsewhere, "refresh"), letter(), Millis(60'000));
    CHECK(answer.receipt.error().fault == Fault::setting);
    CHECK(http.sent.empty());
    elsewhere["token_url"] = "http://oauth2.googleapis.com/token";
    CHECK(send(http, mail_credential(elsewhere, "refresh"), letter(), Millis(60'000)).receipt.error().fault ==
          Fault::setting);
    CHECK(http.sent.empty());
  }

  TEST_CASE("what a token service says no with") {
    const auto fault = [](http::Response response) {
      return answer_to(std::move(response), mail_credential(xoauth2, "refresh")).receipt.error().fault;
    };
    CHECK(fault(token({{"error", "invalid_grant"}}, 400)) == Fault::setting);
    CHECK(fault(token({{"error", "invalid_client"}}, 401)) == Fault::setting);
    CHECK(fault(token({}, 429)) == Fault::rate_limited);
    CHECK(fault(token({}, 503)) == Fault::outage);
    CHECK(fault(token({{"access_token", "a\r\nb"}})) == Fault::outage);
    CHECK(fault({.status = 200, .body = "<html>"}) == Fault::outage);
    CHECK(answer_to(token({}), mail_credential(xoauth2, "\nclient")).receipt.error().reason.code() ==
          "smtp.no_refresh_token");
  }
}
