// What mail servers say of people and of us, and what is kept of it.
#include "support/sender_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

struct Post : test::Sender {
  int status = 250;
  std::string words = "2.0.0 ok";

  explicit Post(const std::string& account = R"({"from":"post@asha.test"})") {
    credential("tenant", "asha", "asha", "email", "smtps://mail.asha.test", account);
    change("UPDATE contacts SET email = id || '@example.org', email_consent = 1");
    http.otherwise = [this](const http::Request&) {
      return http::Response{.status = status, .headers = {{"smtp-phase", "recipient"}}, .body = words};
    };
  }
  void mail(const std::string& origin, Millis expires = 30 * one_day, std::vector<std::string> fallback = {}) {
    database->transact([&](db::Transaction& tx) {
      Settling s = settling(tx);
      outreach::post(s, {.origin = origin,
                         .tenant = {"asha"},
                         .contact = "ana",
                         .campaign = "g",
                         .channel = "email",
                         .fallback = std::move(fallback),
                         .subject = "Hi",
                         .text = "Hi Ana",
                         .expires_at = noon + expires});
    });
  }
  std::int64_t suppressed() { return number("SELECT count(*) AS n FROM suppressions"); }
};

} // namespace

TEST_CASE("a full mailbox is a matter of time: the mail waits and goes, nobody is written off") {
  Post w;
  w.status = 552;
  w.words = "5.2.2 mailbox full";
  w.mail("o1");
  for (int day = 0; day < 3; ++day) w.deliver_at(day * one_day);
  CHECK(w.message().text("state") == "queued");
  CHECK(w.row().text("reason") == "smtp.mailbox_full");
  CHECK(w.row().integer("attempts") == 0);
  CHECK(w.suppressed() == 0);
  CHECK(w.number("SELECT count(*) AS n FROM parks") == 0);
  w.status = 250;
  w.deliver_at(4 * one_day);
  CHECK(w.message().text("state") == "sent");
  CHECK(w.number("SELECT mail_full_times AS n FROM contacts WHERE id = 'ana'") == 0);
}

TEST_CASE("a mailbox that is full for a week is one that nobody reads; another channel is tried") {
  Post w;
  w.accepts();
  w.http.answers.clear();
  w.http.otherwise = [](const http::Request& r) -> Expected<http::Response> {
    if (r.envelope)
      return http::Response{.status = 552, .headers = {{"smtp-phase", "recipient"}}, .body = "5.2.2 full"};
    return http::Response{.status = 200, .body = R"({"id":"1"})"};
  };
  w.mail("o1", 30 * one_day, {"whatsapp"});
  w.deliver_at(Millis(0));
  w.deliver_at(one_day);
  w.deliver_at(6 * one_day);
  CHECK(w.suppressed() == 0);
  w.deliver_at(7 * one_day + one_minute);
  CHECK(w.rows("SELECT source FROM suppressions").at(0).text("source") == "address full");
  w.deliver_at(8 * one_day);
  CHECK(w.message().text("state") == "cancelled");
  CHECK(w.message().text("reason") == "message.address_dead");
  CHECK(w.message("o1/whatsapp").text("state") == "sent");
}

TEST_CASE("what is refused for one recipient goes by the next channel, and nobody is written off") {
  for (const bool by_us : {false, true}) { // an address that no server of ours takes is refused without a call
    CAPTURE(by_us);
    Post w;
    w.accepts();
    w.http.answers.clear();
    w.http.otherwise = [](const http::Request& r) -> Expected<http::Response> {
      if (r.envelope)
        return http::Response{
            .status = 550, .headers = {{"smtp-phase", "recipient"}}, .body = "5.4.1 recipient address rejected"};
      return http::Response{.status = 200, .body = R"({"id":"1"})"};
    };
    if (by_us) w.change("UPDATE contacts SET email = 'j\xc3\xb6rg@example.org'");
    w.mail("o1", 30 * one_day, {"whatsapp"});
    w.deliver_at(Millis(0));
    w.deliver_at(one_minute);
    CHECK(w.message().text("state") == "failed");
    CHECK(w.message("o1/whatsapp").text("state") == "sent");
    CHECK(w.suppressed() == 0);
  }
}

TEST_CASE("two refusals a week apart are not enough") {
  Post w;
  w.status = 552;
  w.words = "5.2.2 full";
  w.mail("o1");
  w.deliver_at(Millis(0));
  w.deliver_at(8 * one_day);
  CHECK(w.suppressed() == 0);
}

TEST_CASE("a dead address is told from an opt-out, a policy rests the sender and never the person") {
  Post dead;
  dead.status = 550;
  dead.words = "5.1.1 no such user";
  dead.mail("o1");
  dead.deliver_at(Millis(0));
  CHECK(dead.message().text("state") == "failed");
  CHECK(dead.rows("SELECT source FROM suppressions").at(0).text("source") == "address dead");
  dead.mail("o2");
  dead.deliver_at(one_hour);
  CHECK(dead.message("o2").text("reason") == "message.address_dead");

  Post policy;
  policy.status = 550;
  policy.words = "5.7.26 unauthenticated";
  policy.mail("o1");
  policy.deliver_at(Millis(0));
  CHECK(policy.message().text("state") == "queued");
  CHECK(policy.suppressed() == 0);
  CHECK(policy.number("SELECT count(*) AS n FROM parks WHERE scope = 'credential'") == 1);
}

TEST_CASE("who opts out, or is switched off, while the token is fetched gets no mail") {
  struct Row {
    const char* change;
    const char *state, *reason;
  };
  const Row table[] = {
      {"UPDATE contacts SET email_consent = 0", "cancelled", "message.no_consent"},
      {"INSERT INTO suppressions VALUES ('asha', 'email', 'ana@example.org', 'all', 'import', 0)", "cancelled",
       "message.opted_out"},
      {"UPDATE tenants SET active = 0 WHERE id = 'asha'", "queued", "tenant.inactive"},
      {"UPDATE contacts SET name = 'Ana B.'", "sent", ""}, // nothing that is asked
  };
  for (const Row& row : table) {
    CAPTURE(row.change);
    Post w(R"({"from":"post@asha.test","auth":"xoauth2","client_id":"app",)"
           R"("token_url":"https://oauth2.googleapis.com/token"})");
    w.http.otherwise = [&](const http::Request& r) -> Expected<http::Response> {
      if (r.envelope) return http::Response{.status = 250, .headers = {{"smtp-phase", "message"}}, .body = "ok"};
      w.clock.advance(Millis(1'500));
      w.change(row.change);
      return http::Response{.status = 200, .body = R"({"access_token":"t","expires_in":3600})"};
    };
    w.mail("o1");
    w.deliver_at(Millis(0));
    const bool sent = std::string_view(row.state) == "sent";
    CHECK(std::ranges::count_if(w.http.sent, [](const http::Request& r) { return r.envelope.has_value(); }) ==
          (sent ? 1 : 0));
    CHECK(w.message().text("state") == row.state);
    if (*row.reason != '\0') CHECK(w.row().text("reason") == row.reason);
    CHECK(w.reserved() == 0);
    CHECK(w.used() == (sent ? 1 : 0));
  }
}

TEST_CASE(
    "a token that was fetched is kept sealed, used by the next mail, and never written over what an import brought") {
  const std::string settings = R"({"from":"post@asha.test","auth":"xoauth2","client_id":"app",)"
                               R"("token_url":"https://oauth2.googleapis.com/token"})";
  const auto token_calls = [](const Post& w) {
    return std::ranges::count_if(w.http.sent, [](const http::Request& r) { return r.url.ends_with("/token"); });
  };
  Post w(settings);
  w.http.otherwise = [](const http::Request& r) -> Expected<http::Response> {
    if (r.envelope) return http::Response{.status = 250, .headers = {{"smtp-phase", "message"}}, .body = "ok"};
    return http::Response{.status = 200, .body = R"({"access_token":"canary-access","expires_in":3600})"};
  };
  w.mail("o1");
  w.mail("o2");
  w.deliver_at(Millis(0));
  w.mail("o3");
  w.deliver_at(30 * one_minute); // another run: it reads what was stored
  CHECK(w.sent() == 3);
  CHECK(token_calls(w) == 1);
  CHECK(w.rows("SELECT sealed FROM credentials WHERE service = 'email'").at(0).text("sealed").find("canary") ==
        std::string::npos);
  w.mail("o4");
  w.deliver_at(61 * one_minute);
  CHECK(token_calls(w) == 2);

  // An operator brings a new refresh token while a mail is under way with the old one.
  bool brought = false;
  w.http.otherwise = [&](const http::Request& r) -> Expected<http::Response> {
    if (!r.envelope) return http::Response{.status = 200, .body = R"({"access_token":"late","expires_in":3600})"};
    if (!std::exchange(brought, true)) {
      w.database->transact([&](db::Transaction& tx) {
        w.vault.store(tx,
                      {.scope = "tenant",
                       .tenant = {"asha"},
                       .owner_key = "asha",
                       .service = "email",
                       .base_url = "smtps://mail.asha.test",
                       .account = "17841",
                       .settings = settings,
                       .secret = Secret("brought")},
                      noon);
      });
    }
    return http::Response{.status = 250, .headers = {{"smtp-phase", "message"}}, .body = "ok"};
  };
  w.mail("o5");
  w.deliver_at(3 * one_hour);
  CHECK(w.sent() == 5);
  w.database->read([&](db::Transaction& tx) {
    const auto now = w.vault.resolve(tx, {.tenant = {"asha"}}, "email");
    REQUIRE(now);
    CHECK(now->secret.reveal() == "brought");
  });
}

namespace {

// A hundred mails for a server that refuses every sign-in: how many there are, within two minutes, and five later.
struct Refused : Post {
  bool hands_out_another = false; // refresh token with each access token
  int tokens = 0;

  explicit Refused(const std::string& account) : Post(account) {
    options.in_flight = 32;
    http.otherwise = [this](const http::Request& r) -> Expected<http::Response> {
      if (r.envelope && status == 250) return http::Response{.status = 250, .body = "2.0.0 ok"};
      if (r.envelope)
        return http::Response{.status = 535, .headers = {{"smtp-phase", "sign-in"}}, .body = "5.7.8 refused"};
      const std::string n = std::to_string(++tokens);
      return http::Response{.status = 200,
                            .body = R"({"access_token":"t)" + n + R"(","expires_in":3600)" +
                                    (hands_out_another ? R"(,"refresh_token":"r)" + n + "\"}" : "}")};
    };
    status = 535;
  }
  std::ptrdiff_t signed_in() {
    return std::ranges::count_if(http.sent, [](const http::Request& r) { return r.envelope.has_value(); });
  }
  std::string asked_with() { // for a token, last
    std::string body;
    for (const http::Request& r : http.sent)
      if (!r.envelope) body = r.body;
    return body;
  }
  std::ptrdiff_t refused(Millis since_noon = Millis(0)) {
    const std::ptrdiff_t before = signed_in();
    for (int i = 0; i < 100; ++i) mail("r" + std::to_string(i));
    for (int n = 0; n < 60; ++n) deliver_at(since_noon + n * Millis(2'000));
    const std::ptrdiff_t all = signed_in() - before;
    CHECK(number("SELECT count(*) AS n FROM parks WHERE scope = 'credential' AND reason = 'smtp.signin_refused'") == 1);
    deliver_at(since_noon + 7 * one_minute);
    CHECK(signed_in() - before == all);
    CHECK(number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 100);
    return all;
  }
};

constexpr const char* with_tokens = R"({"from":"post@asha.test","auth":"xoauth2","client_id":"app",)"
                                    R"("token_url":"https://oauth2.googleapis.com/token"})";

} // namespace

TEST_CASE("a refused sign-in rests the mailbox, however it signs in: one token more is tried, not one for each mail") {
  Refused by_password(R"({"from":"post@asha.test"})");
  const std::ptrdiff_t few = by_password.refused();
  CHECK(few > 0);
  CHECK(few <= 10);
  for (const bool another : {false, true}) {
    CAPTURE(another);
    Refused fresh(with_tokens);
    fresh.hands_out_another = another;
    CHECK(fresh.refused() <= few);

    Refused kept(with_tokens); // a token that served half an hour ago
    kept.hands_out_another = another;
    kept.status = 250;
    kept.mail("o1");
    kept.deliver_at(Millis(0));
    REQUIRE(kept.sent() == 1);
    kept.status = 535;
    CHECK(kept.refused(30 * one_minute) <= 3 * few);
    // Mended, it goes on, with the refresh token that came with the refused one.
    kept.status = 250;
    kept.deliver_at(3 * one_hour);
    CHECK(kept.sent() == 101);
    CHECK(kept.asked_with().ends_with(another ? "refresh_token=r2" : "refresh_token=token-of-asha"));
  }
}

TEST_CASE("what is owed goes before what is advertised, by the same sender") {
  Post w;
  w.change("UPDATE tenants SET sender_interval_ms = 60000");
  for (int i = 0; i < 30; ++i) w.mail("m" + std::to_string(i));
  for (int minute = 0; minute < 5; ++minute) w.deliver_at(minute * one_minute);
  CHECK(w.sent() == 5);
  w.database->transact([&](db::Transaction& tx) {
    Settling s = w.settling(tx);
    outreach::post(s, {.origin = "invoice",
                       .tenant = {"asha"},
                       .contact = "ana",
                       .kind = outreach::Class::transactional,
                       .channel = "email",
                       .subject = "Owed",
                       .text = "You owe",
                       .expires_at = noon + one_day});
  });
  CHECK(w.row("invoice").integer("behind") == 0);
  CHECK(w.row("m7").integer("behind") == 1);
  w.deliver_at(5 * one_minute);
  w.deliver_at(6 * one_minute);
  CHECK(w.message("invoice").text("state") == "sent");
  for (int minute = 7; minute < 40; ++minute) w.deliver_at(minute * one_minute);
  CHECK(w.sent() == 31);
}
