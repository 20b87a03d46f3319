// What must not be sent now says why, and when it may be.
#include "support/sender_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_hour;
using test::one_minute;
using test::Sender;

TEST_CASE("the gate says of each rule why a message ends or waits") {
  struct Row {
    const char *change, *state, *reason;
    Millis until{0}; // since noon, of those that wait
  };
  const Row rows[] = {
      {"UPDATE messages SET state = 'failed', reason = 'x'", "cancelled", "message.not_waiting"},
      {"UPDATE messages SET state = 'cancelled', reason = 'x'", "cancelled", "message.not_waiting"},
      {"UPDATE messages SET state = 'sent', sent_at = 1", "cancelled", "message.not_waiting"},
      {"UPDATE messages SET state = 'cancelled', reason = 'reminder.closed', args = '[\"paid\"]'", "cancelled",
       "reminder.closed"},
      {"UPDATE tenants SET active = 0 WHERE id = 'asha'", "due", "tenant.inactive", one_hour + one_minute},
      {"UPDATE campaigns SET notifications = 0", "cancelled", "message.notifications_off"},
      {"UPDATE contacts SET consent = 0", "cancelled", "message.no_consent"},
      {"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'import', 0)", "cancelled",
       "message.opted_out"},
      {"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'address dead', 0)", "cancelled",
       "message.address_dead"},
      {"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'address full', 0), "
       "('asha', 'whatsapp', '+491701000001', 'marketing', 'import', 0)",
       "cancelled", "message.opted_out"}, // what the person said comes first
      {"UPDATE messages SET expires_at = created_at + 60000", "cancelled", "message.expired"},
      {"UPDATE contacts SET unreachable_until = 9000000000000", "cancelled", "message.unreachable"},
      {"UPDATE contacts SET phone = NULL, email = 'a@example.org'", "cancelled", "message.no_address"},
      {"UPDATE tenants SET safe_recipients = '[]' WHERE id = 'asha'", "cancelled", "message.test_mode"},
      {"UPDATE tenants SET safe_recipients = '[]' WHERE id = 'operator'", "cancelled", "message.test_mode"},
      {"UPDATE campaigns SET kind = 'drip', status = 'paused'", "due", "message.campaign_paused",
       one_hour + one_minute},
      {"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'marketing', 'provider', 0)", "cancelled",
       "message.opted_out"},
      {"UPDATE campaigns SET window_start = '13:00', window_end = '20:00'", "due", "message.outside_hours", one_hour},
      {"UPDATE campaigns SET window_start = '20:00', window_end = '10:00'", "due", "message.outside_hours",
       8 * one_hour},
      {"UPDATE campaigns SET window_start = '09:00', window_end = '12:01'", "due", "message.outside_hours",
       21 * one_hour},
  };
  for (const Row& row : rows) {
    CAPTURE(row.change);
    Sender w;
    w.post("o1");
    w.change(row.change);
    w.deliver_at(one_minute);
    CHECK(w.http.sent.empty());
    CHECK(w.row().text("state") == row.state);
    CHECK(w.row().text("reason") == row.reason);
    CHECK(w.row().integer("attempts") == 0);
    CHECK(w.used() + w.reserved() == 0);
    if (std::string_view(row.state) == "due") {
      CHECK(w.row().time("due_at") - noon == row.until);
      CHECK(w.message().text("state") == "queued");
    } else {
      CHECK(w.message().text("state") != "queued");
    }
  }
}

TEST_CASE("what does not stand in the way does not stop a message") {
  for (const char* change :
       {"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491709999999', 'all', 'import', 0)",
        "INSERT INTO suppressions VALUES ('operator', 'whatsapp', '+491701000001', 'all', 'import', 0)",
        "INSERT INTO suppressions VALUES ('asha', 'email', '+491701000001', 'all', 'import', 0)",
        "UPDATE tenants SET safe_recipients = '[\"+491701000001\"]'", "UPDATE contacts SET hold_until = '2027-01-01'",
        "UPDATE contacts SET unreachable_until = 1", "UPDATE campaigns SET status = 'paused'",
        "UPDATE campaigns SET window_start = '12:01', window_end = '12:02'", "UPDATE messages SET campaign_id = NULL",
        "UPDATE messages SET expires_at = created_at + 60001"}) {
    CAPTURE(change);
    Sender w;
    w.post("o1");
    w.change(change);
    w.accepts();
    w.deliver_at(one_minute);
    CHECK(w.message().text("state") == "sent");
  }
}

TEST_CASE("hours are the contact's where her zone is known, else the tenant's") {
  struct Row {
    const char *tenant, *contact;
    Millis opens; // since noon UTC, 09:00 to 21:00 there; 0 = open
  };
  const Row rows[] = {{"UTC", "", Millis(0)},
                      {"Europe/Berlin", "", Millis(0)},
                      {"America/Los_Angeles", "", 5 * one_hour}, // 04:00 there
                      {"UTC", "America/Los_Angeles", 5 * one_hour},
                      {"America/Los_Angeles", "Europe/Berlin", Millis(0)},
                      {"UTC", "Australia/Sydney", 10 * one_hour}}; // 23:00 there
  for (const Row& row : rows) {
    INFO(row.tenant, " ", row.contact);
    Sender w;
    w.change("UPDATE campaigns SET window_start = '09:00', window_end = '21:00'");
    w.change("UPDATE tenants SET timezone = $z WHERE id = 'asha'", {{"z", row.tenant}});
    w.change("UPDATE contacts SET timezone = $z", {{"z", row.contact}});
    w.post("o1");
    w.accepts();
    w.deliver_at(Millis(0));
    CHECK(w.sent() == (row.opens == Millis(0) ? 1 : 0));
    if (row.opens > Millis(0)) CHECK(w.row().time("due_at") - noon == row.opens);
    w.deliver_at(row.opens);
    CHECK(w.sent() == 1);
  }
}

TEST_CASE("a message too late for its window expires instead of being flushed") {
  Sender w;
  w.post("o1");
  w.change("UPDATE messages SET expires_at = $t", {{"t", noon + 20 * one_hour}});
  w.change("UPDATE campaigns SET window_start = '09:00', window_end = '12:00'");
  w.deliver_at(Millis(0));
  CHECK(w.row().time("due_at") - noon == 21 * one_hour);
  w.deliver_at(21 * one_hour);
  CHECK(w.message().text("state") == "cancelled");
  CHECK(w.message().text("reason") == "message.expired");
  CHECK(w.http.sent.empty());
}
