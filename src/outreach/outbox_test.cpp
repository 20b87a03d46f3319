// The outbox: one cause, one message, in the transaction of the cause.
#include "outreach/outbox.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace milkrun;
using test::noon;
using test::one_hour;
using test::SocialWorld;

namespace {

struct Outbox : SocialWorld {
  Outbox() {
    for (const char* id : {"asha", "bolt"}) {
      tenant(id);
      contact(std::string("c-") + id, id);
    }
  }
  outreach::NewMessage message(const std::string& tenant_id = "asha",
                               const std::string& origin = "completion:1") const {
    return {.origin = origin,
            .tenant = {tenant_id},
            .contact = "c-" + tenant_id,
            .text = "Hi",
            .expires_at = noon + one_hour};
  }
  void post(const outreach::NewMessage& m, bool fails = false) {
    try {
      database->transact([&](db::Transaction& tx) {
        Settling s = settling(tx);
        outreach::post(s, m);
        if (fails) throw std::runtime_error("the cause was rolled back");
      });
    } catch (const std::runtime_error&) {
      CHECK(fails);
    }
  }
  std::int64_t messages() { return number("SELECT count(*) AS n FROM messages"); }
  std::int64_t due() { return number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver'"); }
};

} // namespace

TEST_CASE("a second message of the same cause changes nothing") {
  Outbox w;
  w.post(w.message());
  outreach::NewMessage again = w.message();
  again.text = "Hi again";
  again.cannot = "template.unfillable";
  w.post(again);
  CHECK(w.messages() == 1);
  CHECK(w.due() == 1);
  CHECK(w.rows("SELECT * FROM messages").at(0).text("text") == "Hi");
  CHECK(w.rows("SELECT * FROM messages").at(0).text("state") == "queued");
  w.post(w.message("asha", "completion:2"));
  w.post(w.message("bolt")); // a cause of another tenant has the same name
  CHECK(w.messages() == 3);
  CHECK(w.due() == 3);
}

TEST_CASE("what cannot be said is stored with the reason, and not enqueued, then or later") {
  Outbox w;
  outreach::NewMessage m = w.message();
  m.cannot = Reason("message.unfillable", {"{link} is empty"});
  w.post(m);
  w.post(w.message());
  const db::Row row = w.rows("SELECT * FROM messages").at(0);
  CHECK(row.text("state") == "failed");
  CHECK(Reason::stored(row.text("reason"), row.text("args")) == m.cannot);
  CHECK(w.due() == 0);
}

TEST_CASE("a message goes with its cause, also into nothing") {
  Outbox w;
  w.post(w.message(), true);
  CHECK(w.messages() == 0);
  CHECK(w.due() == 0);
}

TEST_CASE("template values are stored as a JSON array, whatever is in them") {
  Outbox w;
  outreach::NewMessage m = w.message();
  m.template_name = "reward_v1";
  m.template_language = "de";
  m.template_values = {"Ana \"A\"", "3", "ü\n", "\xff"};
  w.post(m);
  const db::Row row = w.rows("SELECT * FROM messages").at(0);
  CHECK(row.text("template_values") == "[\"Ana \\\"A\\\"\",\"3\",\"ü\\n\",\"\uFFFD\"]");
  CHECK(row.text("template_name") == "reward_v1");
  CHECK(row.text("template_language") == "de");
  CHECK(row.null("campaign_id"));
}

TEST_CASE(
    "a message that failed for good goes out by the next channel it names, once, and takes along what stands for it") {
  Outbox w;
  outreach::NewMessage m = w.message();
  m.kind = outreach::Class::transactional;
  m.subject = "For you";
  m.fallback = {"email"};
  w.post(m);
  const std::string first = w.rows("SELECT id FROM messages").at(0).text("id");
  w.change("INSERT INTO campaigns (id, tenant_id, slug, kind) VALUES ('k', 'asha', 'k', 'drip')");
  w.change("INSERT INTO enrollments (id, tenant_id, campaign_id, contact_id, state, started_at, previous_at, "
           "message_id) VALUES "
           "('e', 'asha', 'k', 'c-asha', 'active', 0, 0, $m)",
           {{"m", first}});
  const auto pass_on = [&](const std::string& message) {
    bool out = false;
    w.database->transact([&](db::Transaction& tx) {
      Settling s = w.settling(tx);
      out = outreach::pass_on(s, {"asha"}, message);
    });
    return out;
  };
  CHECK(pass_on(first));
  CHECK(pass_on(first)); // done already
  CHECK(w.messages() == 2);
  CHECK(w.due() == 2);
  const db::Row next = w.rows("SELECT * FROM messages WHERE channel = 'email'").at(0);
  CHECK(next.text("origin") == "completion:1/email");
  CHECK(next.text("class") == "transactional");
  CHECK(next.text("subject") == "For you");
  CHECK(next.text("text") == "Hi");
  CHECK(next.text("fallback") == "[]");
  CHECK(next.time("expires_at") == m.expires_at);
  CHECK(w.rows("SELECT message_id FROM enrollments").at(0).text("message_id") == next.text("id"));
  CHECK(!pass_on(next.text("id"))); // there is no other channel
  CHECK(w.messages() == 2);
}
