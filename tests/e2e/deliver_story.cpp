// Messages: once, in the campaign's hours, within every cap, never after an opt-out; what cannot be known is held.
#include "e2e/social.hpp"

#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

// The gym's claims are checked by hand-made visits, so that only messages are at stake.
struct Gym : Social {
  explicit Gym(int people) {
    campaign("gym", "fit")["tasks"][0]["action"] = "VISIT_PAGE";
    for (int i = 0; i < people; ++i) {
      const std::string phone = fmt::format("+49151000001{:02}", i);
      contact("gym", phone, fmt::format("p{}", i));
      claim("gym", "fit", "b", phone, {{"clicked_at", minutes_ago(12)}});
    }
  }
  long in_state(const std::string& word) const {
    return db().number("SELECT count(*) FROM messages WHERE state = '" + word + "'");
  }
};

} // namespace

TEST_CASE("a message whose answer was lost is held, never sent again by itself, and an operator decides") {
  for (const char* kind : {"reset_after", "close_after", "truncate", "garbage"}) {
    CAPTURE(kind);
    Gym scene(1);
    scene.open();
    scene.fault({{"route", "whatsapp:gym:send"}, {"kind", kind}});
    const Report report = scene.verify();
    CHECK(report.items("deliver", "held") == 1);
    CHECK(report.json["held"] == 1);
    CHECK(scene.in_state("held") == 1);
    CHECK(scene.messages().size() == 1);
    constexpr const char* mend = "items list --tenant gym";
    CHECK_MESSAGE(report.finished.err.find(mend) != std::string::npos, report.finished.err);
    const Report again = scene.verify();
    CHECK(again.json["held"] == 1);                                                        // every summary shows it
    CHECK_MESSAGE(again.finished.err.find(mend) == std::string::npos, again.finished.err); // and a mail a day tells it
    CHECK(scene.messages().size() == 1);

    const Finished listed = scene.milkrun({"items", "list", "--json"});
    const Json items = Json::parse(listed.out);
    REQUIRE(items["items"].size() == 1);
    const std::string key = items["items"][0]["key"];
    CHECK(scene.milkrun({"items", "resend", "no-such-item"}).code == 64);
    if (std::string(kind) == "close_after") {
      CHECK(scene.milkrun({"items", "drop", key}).code == 0);
      CHECK(scene.in_state("cancelled") == 1);
      CHECK(scene.run_job("deliver").idle());
      CHECK(scene.messages().size() == 1);
    } else {
      CHECK(scene.milkrun({"items", "resend", key}).code == 0); // the operator allows the second one
      scene.all_due();
      CHECK(scene.run_job("deliver").got("gym") == 1);
      CHECK(scene.messages().size() == 2);
      CHECK(scene.in_state("sent") == 1);
    }
    CHECK(scene.milkrun({"items", "resend", key}).code == 64); // it is not held any more
  }
}

TEST_CASE("a call that never left is sent later, once") {
  Gym scene(1);
  scene.open();
  scene.fault({{"route", "whatsapp:gym:send"},
               {"kind", "status"},
               {"status", 429},
               {"body", "{\"success\":false,\"error\":\"Too many requests\"}"}});
  scene.verify();
  CHECK(scene.in_state("queued") == 1);
  scene.all_due();
  const Report later = scene.run_job("deliver");
  CHECK_MESSAGE(later.got("gym") == 1, later.finished.out);
  CHECK(scene.messages().size() == 1);
}

TEST_CASE("outside the campaign's hours a message waits for the opening, and says until when") {
  Gym scene(1);
  scene.campaign("gym", "fit")["window"] = {{"start", "02:00"}, {"end", "03:00"}}; // it is about noon there
  scene.open();
  const Report report = scene.verify();
  CHECK(report.story("gym").find("verified") != std::string::npos);
  CHECK(report.story("gym").find("waiting: outside the campaign's hours") != std::string::npos);
  CHECK(report.tenant("gym")["next_at"].is_string());
  CHECK(scene.messages().empty());
  scene.campaign("gym", "fit")["window"] = {{"start", "00:00"}, {"end", "00:00"}};
  scene.import(scene.document);
  CHECK(scene.run_job("deliver").got("gym") == 1);
  CHECK(scene.messages().size() == 1);
}

TEST_CASE("an opt-out between enqueue and send is honoured") {
  Gym scene(2);
  scene.campaign("gym", "fit")["window"] = {{"start", "02:00"}, {"end", "03:00"}};
  scene.open();
  scene.verify();
  scene.tenant("gym")["suppressions"] = {{{"phone", "+4915100000100"}}};
  scene.campaign("gym", "fit")["window"] = {{"start", "00:00"}, {"end", "00:00"}};
  scene.import(scene.document);
  const Report report = scene.verify(); // in a later run than the one that caused the message
  CHECK(report.story("gym").find("not sent: the contact opted out") != std::string::npos);
  REQUIRE(scene.messages().size() == 1);
  CHECK(scene.messages()[0]["to"] == "4915100000101");
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'cancelled' AND reason = 'message.opted_out'") ==
        1);
  scene.no_doubles();
}

TEST_CASE("a quota of three lets three of five messages go, the others wait for the next month") {
  Gym scene(5);
  scene.document["plans"] = {{{"slug", "small"}, {"messages_per_month", 3}}};
  scene.tenant("gym")["plan"] = "small";
  scene.open();
  const Report report = scene.verify();
  CHECK(scene.messages().size() == 3);
  CHECK(scene.in_state("queued") == 2);
  CHECK(report.story("gym").find("quota used up: messages") != std::string::npos);
  CHECK(scene.db().number("SELECT used FROM usage WHERE meter = 'messages'") == 3);
  scene.document["plans"][0]["messages_per_month"] = 10;
  scene.import(scene.document);
  const Report later = scene.run_job("deliver");
  CHECK_MESSAGE(scene.messages().size() == 5, later.finished.out);
}

TEST_CASE("a hostile gateway harms only its own tenant") {
  for (const char* kind : {"huge", "garbage", "slow"}) {
    CAPTURE(kind);
    Social scene;
    scene.timeouts_section = "whatsapp = \"1s\"";
    scene.everybody();
    scene.open();
    scene.fault({{"route", "whatsapp:gym:send"}, {"kind", kind}, {"times", -1}});
    const Report report = scene.verify();
    CHECK(report.got("pizza") == 2);
    CHECK(scene.db().number("SELECT count(*) FROM messages m JOIN tenants t ON t.id = m.tenant_id WHERE t.slug = "
                            "'pizza' AND m.state = 'sent'") == 2);
    CHECK(scene.db().number("SELECT count(*) FROM messages m JOIN tenants t ON t.id = m.tenant_id WHERE t.slug = 'gym' "
                            "AND m.state = 'held'") == 1);
    CHECK(scene.db().number("SELECT count(*) FROM rewards") == 4);
  }
}

TEST_CASE("a gateway that lies harms only its own tenant: no proof is held, an error inside is an error") {
  struct Lie {
    const char *tenant, *body, *state, *reason;
  };
  const char* const no_receipt = "whatsapp.answer_no_receipt";
  const Lie lies[] = {
      {"gym", R"({"success":true})", "held", no_receipt},
      {"gym", R"({"success":true,"data":{"success":true,"messageId":""}})", "held", no_receipt},
      // A no with a name for the message.
      {"gym", R"({"success":true,"data":{"messageId":"BAE5","error":{"message":"boom"}}})", "held", no_receipt},
      {"gym", R"({"success":true,"data":{"success":false,"error":"not on WhatsApp"}})", "failed",
       "whatsapp.undeliverable"},
      {"gym", R"({"success":true,"error":"Connection Closed"})", "held", "whatsapp.gateway_unsure"},
      {"pizza", R"({"messaging_product":"whatsapp","messages":[]})", "held", no_receipt},
      {"pizza", R"({"error":{"code":131026,"message":"undeliverable"}})", "held", no_receipt},
      // The number of the gym's contact.
      {"pizza", R"({"contacts":[{"wa_id":"4915100000003"}],"messages":[{"id":"wamid.X"}]})", "held", no_receipt},
  };
  for (const Lie& lie : lies) {
    CAPTURE(lie.body);
    Social scene;
    scene.everybody();
    scene.open();
    const std::string liar = lie.tenant, honest = liar == "gym" ? "pizza" : "gym";
    scene.fault({{"route", "whatsapp:" + liar + ":send"}, {"kind", "body"}, {"body", lie.body}, {"times", -1}});
    const auto messages_of = [&](const std::string& slug, const std::string& state, const std::string& reason) {
      return scene.db().number("SELECT count(*) FROM messages m JOIN tenants t ON t.id = m.tenant_id WHERE t.slug = '" +
                               slug + "' AND m.state = '" + state + "' AND m.reason = '" + reason + "'");
    };
    scene.verify();
    CHECK(messages_of(liar, lie.state, lie.reason) == (liar == "gym" ? 1 : 2));
    CHECK(messages_of(honest, "sent", "") == (honest == "gym" ? 1 : 2));
    CHECK(scene.db().number("SELECT count(*) FROM rewards") == 4);
    CHECK(scene.db().number("SELECT count(*) FROM suppressions") == 0);
    CHECK(scene.db().number("SELECT count(*) FROM contacts c JOIN tenants t ON t.id = c.tenant_id WHERE t.slug <> '" +
                            liar + "' AND c.unreachable_until IS NOT NULL") == 0);
    CHECK(scene.db().number("SELECT count(*) FROM parks WHERE scope NOT IN ('credential', 'destination')") == 0);
    scene.all_due();
    scene.run_job("deliver"); // nothing is sent again
    CHECK(scene.messages().size() == 3);
    scene.no_doubles();
  }
}

TEST_CASE("overlapping runs reward once and tell once") {
  Gym scene(20);
  scene.open();
  scene.fault({{"route", "whatsapp:gym:send"}, {"kind", "delay_before"}, {"ms", 50}, {"times", -1}});
  std::vector<Child> runs;
  for (int i = 0; i < 2; ++i) runs.push_back(scene.start({"verify-social", "--json"}, without_lock));
  runs.push_back(scene.start({"deliver", "--json"}, without_lock));
  for (Child& run : runs) {
    const Report report = scene.heard(run.wait());
    CHECK_MESSAGE(report.finished.code == 0, report.finished.err);
  }
  scene.no_faults();
  scene.verify();
  CHECK(scene.messages().size() == 20);
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 20);
  scene.no_doubles();
}
