// Storing contacts by any key, rules, invoices, drips and enrolments.
#include "cli/import/rehearse.hpp"
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::is;
using test_import::Mistake;
using test_import::World;

namespace {

std::string gym(const std::string& fields) { return R"({"tenants":[{"slug":"gym",)" + fields + "}]}"; }

const std::string people =
    R"("contacts":[{"phone":"+491700000001","ref":"A-1"},{"email":"b@example.org","ref":"B-1"}])";
const std::string two_invoices = gym(people + R"(,"invoices":[
  {"number":"N-1","contact":"+491700000001","currency":"EUR","amount_minor":11900,"due_on":"2026-12-01"},
  {"number":"N-2","contact":"b@example.org","currency":"JPY","amount_minor":5000,"due_on":"2026-12-05"}])");
std::string invoice(const std::string& fields) { return gym(R"("invoices":[{"number":"N-1",)" + fields + "}]"); }

const std::string welcome = gym(people + R"(,"campaigns":[{"slug":"w","kind":"drip","steps":[
  {"slug":"a","text":"A","subject":"S"},{"slug":"b","text":"B","subject":"S","delay":{"value":2,"unit":"days"}},
  {"slug":"c","text":"C","subject":"S"}]}],
  "enrollments":[{"campaign":"w","contact":"A-1"},{"campaign":"w","contact":"B-1"}])");

} // namespace

TEST_CASE("a contact is known by phone, email or ref, and may get the others later") {
  World w;
  CHECK(is(w.store(gym(people)).contacts, 2, 0, 0));
  CHECK(is(w.store(gym(people)).contacts, 0, 0, 2));
  CHECK(is(w.store(gym(R"("contacts":[{"ref":"A-1","email":"A@Example.org","tags":["vip"]}])")).contacts, 0, 1, 0));
  const db::Row a = w.row("SELECT * FROM contacts WHERE ref = 'A-1'");
  CHECK(a.text("phone") == "+491700000001");
  CHECK(a.text("email") == "a@example.org");
  CHECK(a.text("tags") == R"(["vip"])");
  CHECK(is(w.store(gym(R"("contacts":[{"email":"a@example.org","name":"Ana"}])")).contacts, 0, 1, 0));
  CHECK(w.row("SELECT count(*) AS n FROM contacts").integer("n") == 2);
  // The same key of another tenant is another person.
  CHECK(is(w.store(R"({"tenants":[{"slug":"bar","contacts":[{"phone":"+491700000001","ref":"A-1"}]}]})").contacts, 1, 0,
           0));
}

TEST_CASE("keys of two people, or nobody's address, are refused") {
  World w;
  w.store(gym(people));
  const Mistake table[] = {
      {gym(R"("contacts":[{"phone":"+491700000001","email":"b@example.org"}])"), "tenants[0].contacts[0]",
       "different stored"},
      {gym(R"("contacts":[{"ref":"C-1","name":"x"}])"), "tenants[0].contacts[0]", "neither a phone nor an email"},
      {gym(R"("contacts":[{"ref":"A-1","phone":null}])"), "tenants[0].contacts[0]", "neither a phone nor an email"},
  };
  for (const auto& row : table) check_mistake(w.check(row.text), row);
}

TEST_CASE("invoices are stored with their currency's exponent, and the same again changes nothing") {
  World w;
  Counts c = w.store(two_invoices);
  CHECK(is(c.invoices, 2, 0, 0));
  const db::Row one = w.row("SELECT * FROM invoices WHERE number = 'N-1'");
  CHECK(one.integer("exponent") == 2);
  CHECK(one.text("status") == "open");
  CHECK(one.integer("planned") == 0);
  CHECK(w.row("SELECT * FROM invoices WHERE number = 'N-2'").integer("exponent") == 0);
  w.run("UPDATE invoices SET planned = 1");
  c = w.store(two_invoices);
  CHECK(is(c.invoices, 0, 0, 2));
  CHECK(w.row("SELECT min(planned) AS n FROM invoices").integer("n") == 1);
  // Any change is planned anew, and only that invoice.
  c = w.store(invoice(R"("due_on":"2026-12-10")"));
  CHECK(is(c.invoices, 0, 1, 0));
  CHECK(w.row("SELECT planned FROM invoices WHERE number = 'N-1'").integer("planned") == 0);
  CHECK(w.row("SELECT planned FROM invoices WHERE number = 'N-2'").integer("planned") == 1);
}

TEST_CASE("an older version never reopens what is paid") {
  World w;
  w.store(two_invoices);
  CHECK(is(w.store(invoice(R"("status":"paid","paid_minor":11900,"version_at":"2026-11-21T12:00:00Z")")).invoices, 0, 1,
           0));
  CHECK(
      is(w.store(invoice(R"("status":"open","paid_minor":0,"version_at":"2026-11-21T11:59:59Z")")).invoices, 0, 0, 1));
  const db::Row row = w.row("SELECT * FROM invoices WHERE number = 'N-1'");
  CHECK(row.text("status") == "paid");
  CHECK(row.integer("paid_minor") == 11'900);
  CHECK(is(w.store(invoice(R"("status":"void","version_at":"2026-11-21T12:00:01Z")")).invoices, 0, 1, 0));
}

TEST_CASE("a tenant with invoices and no rules gets those that ship, and loses them to its own") {
  World w;
  w.store(gym(people));
  CHECK(w.row("SELECT count(*) AS n FROM reminder_rules").integer("n") == 0);
  w.store(two_invoices);
  CHECK(w.row("SELECT count(*) AS n, min(offset_days) AS least, max(offset_days) AS most FROM reminder_rules WHERE "
              "active = 1")
            .integer("n") == 4);
  w.run("UPDATE invoices SET planned = 1");
  const std::string own = gym(R"("reminder_rules":[{"slug":"mine","offset_days":2}])");
  CHECK(is(w.store(own).reminder_rules, 1, 0, 0));
  CHECK(w.row("SELECT slug FROM reminder_rules WHERE active = 1").text("slug") == "mine");
  CHECK(w.row("SELECT max(planned) AS n FROM invoices").integer("n") == 0); // all are planned anew
  w.run("UPDATE invoices SET planned = 1");
  CHECK(is(w.store(own).reminder_rules, 0, 0, 1));
  CHECK(w.row("SELECT min(planned) AS n FROM invoices").integer("n") == 1);
}

TEST_CASE("an entry without a version does not reopen what a source with versions has ended") {
  World w;
  w.store(two_invoices);
  w.store(invoice(R"("status":"paid","paid_minor":11900,"version_at":"2026-11-21T12:00:00Z")"));
  w.store(invoice(R"("status":"open","paid_minor":0,"payment_link":"https://pay.example/1")"));
  const db::Row row = w.row("SELECT * FROM invoices WHERE number = 'N-1'");
  CHECK(row.text("status") == "paid");
  CHECK(row.integer("paid_minor") == 11'900);
  CHECK(row.text("payment_link") == "https://pay.example/1");
  w.store(invoice(R"("status":"open","version_at":"2026-11-21T12:00:01Z")"));
  CHECK(w.row("SELECT * FROM invoices WHERE number = 'N-1'").text("status") == "open");
}

TEST_CASE("an invoice that is paid now, as far as anybody says, was paid now; a time that is told is believed") {
  const auto paid_at = [](const std::string& fields, const std::string& once_more = "") {
    World w;
    w.store(two_invoices);
    w.store(invoice(fields));
    if (!once_more.empty()) CHECK(is(w.store(invoice(once_more)).invoices, 0, 0, 1));
    const db::Row row = w.row("SELECT * FROM invoices WHERE number = 'N-1'");
    return row.maybe_time("paid_at");
  };
  CHECK(paid_at(R"("status":"paid")", R"("status":"paid")") == test::noon);
  CHECK(paid_at(R"("status":"paid","paid_at":"2026-11-01T00:00:00Z")") == from_ms(1'793'491'200'000));
  CHECK(paid_at(R"("status":"disputed")") == std::nullopt);
  CHECK(paid_at(R"("paid_minor":11899)") == std::nullopt);
  CHECK(paid_at(R"("paid_minor":11900)") == test::noon); // nothing is left to pay
  CHECK(paid_at(R"("paid_minor":12000)", R"("paid_minor":12000)") == test::noon);
  CHECK(paid_at(R"("paid_minor":11900,"paid_at":"2026-11-01T00:00:00Z")") == from_ms(1'793'491'200'000));
}

TEST_CASE("what was heard of a message is kept, the first time of it, and of strange ones nothing is said") {
  World w;
  w.store(gym(people));
  w.run(
      "INSERT INTO messages (id, tenant_id, origin, contact_id, text, created_at, expires_at, state, sent_at, "
      "provider_id) SELECT 'm1', tenant_id, 'o', id, 'Hi', 1, 2, 'sent', 1, 'wamid.7' FROM contacts WHERE ref = 'A-1'");
  const auto told = [&](const std::string& receipt) {
    const Tally t = w.store(gym(R"("receipts":[{)" + receipt + "}]")).receipts;
    const db::Row row = w.row("SELECT * FROM messages");
    std::string out = t.changed == 1 ? "changed" : "same";
    for (const char* column : {"delivered_at", "read_at", "clicked_at"})
      out += " " + std::to_string(row.maybe_integer(column).value_or(0));
    return out;
  };
  CHECK(told(R"("message":"m1","delivered_at":"1970-01-01T00:00:05Z")") == "changed 5000 0 0");
  CHECK(told(R"("message":"m1","delivered_at":"1970-01-01T00:00:09Z")") == "same 5000 0 0");
  CHECK(told(R"("message":"wamid.7","contact":"A-1","read_at":"1970-01-01T00:00:06Z")") == "changed 5000 6000 0");
  CHECK(told(R"("message":"wamid.7","read_at":"1970-01-01T00:00:07Z")") == "same 5000 6000 0");
  CHECK(told(R"("message":"wamid.8","contact":"A-1","clicked_at":"1970-01-01T00:00:07Z")") == "same 5000 6000 0");
  CHECK(told(R"("message":"m1","clicked_at":"1970-01-01T00:00:08Z")") == "changed 5000 6000 8000");
  w.run("UPDATE messages SET read_at = NULL");
  const auto dry = rehearse_import(*w.database,
                                   World::read(gym(R"("receipts":[{"message":"m1","read_at":)"
                                                   R"("1970-01-01T00:00:06Z"}])")),
                                   w.vault, test::noon);
  REQUIRE(dry);
  CHECK(is(dry->receipts, 0, 1, 0));
  CHECK(w.row("SELECT read_at FROM messages").null("read_at"));
}

TEST_CASE("blanks around an invoice's number are no part of it") {
  World w;
  w.store(two_invoices);
  CHECK(is(w.store(gym(R"("invoices":[{"number":" N-1 ","status":"paid"}])")).invoices, 0, 1, 0));
  CHECK(w.row("SELECT count(*) AS n FROM invoices").integer("n") == 2);
}

TEST_CASE("what is no newer than a payment does not take it back") {
  World w;
  w.store(two_invoices);
  const auto status = [&] { return w.row("SELECT * FROM invoices WHERE number = 'N-1'").text("status"); };
  const std::string exported = invoice(R"("status":"open","paid_minor":0,"version_at":"2026-11-21T10:00:00Z")");
  w.store(exported);
  w.store(invoice(R"("status":"paid","paid_minor":11900)")); // a clerk, at noon
  CHECK(is(w.store(exported).invoices, 0, 0, 1));            // the nightly export again
  CHECK(is(w.store(invoice(R"("status":"open","version_at":"2026-11-21T11:30:00Z")")).invoices, 0, 0, 1));
  CHECK(status() == "paid");
  CHECK(w.row("SELECT * FROM invoices WHERE number = 'N-1'").integer("paid_minor") == 11'900);
  const std::string later = R"("version_at":"2026-11-21T12:00:01Z")";
  w.store(invoice(R"("status":"open",)" + later)); // it was no payment
  CHECK(status() == "open");
  w.store(invoice(R"("status":"paid",)" + later));
  w.store(invoice(R"("status":"open",)" + later)); // of the same moment
  CHECK(status() == "paid");
  // Where nobody tells versions, the last word counts.
  w.store(gym(R"("invoices":[{"number":"N-2","status":"paid"}])"));
  w.store(gym(R"("invoices":[{"number":"N-2","status":"open"}])"));
  CHECK(w.row("SELECT * FROM invoices WHERE number = 'N-2'").text("status") == "open");
}

TEST_CASE("what was told of a payment without a version is taken back by a newer version alone") {
  const auto status_after = [](const std::vector<std::string>& entries) {
    World w;
    w.store(gym(people));
    for (const std::string& fields : entries) w.store(invoice(fields));
    return w.row("SELECT * FROM invoices WHERE number = 'N-1'").text("status");
  };
  const std::string as_new = R"("contact":"A-1","currency":"EUR","amount_minor":11900,"due_on":"2026-12-01")";
  const std::string before = R"("status":"open","paid_minor":0,"version_at":"2026-11-21T11:59:59Z")";
  const std::string as_then = R"("status":"open","version_at":"2026-11-21T12:00:00Z")";
  const std::string later = R"("status":"open","version_at":"2026-11-21T12:00:01Z")";
  for (const char* over : {"paid", "void", "uncollectible"}) { // told at noon, as all here
    const std::string told = R"("status":")" + std::string(over) + '"';
    CHECK(status_after({as_new, told, before}) == over);
    CHECK(status_after({as_new + "," + told, before, before}) == over); // over from its first entry on
    CHECK(status_after({as_new, told, as_then}) == over);
    CHECK(status_after({as_new, told, later}) == "open");
    CHECK(status_after({as_new, told, R"("status":"open")"}) == "open"); // nobody tells versions: the last word
  }
  World part; // of what is paid in part no more is asked for either
  part.store(gym(people));
  part.store(invoice(as_new));
  part.store(invoice(R"("paid_minor":5000)"));
  CHECK(is(part.store(invoice(before)).invoices, 0, 0, 1));
  CHECK(part.row("SELECT * FROM invoices WHERE number = 'N-1'").integer("paid_minor") == 5'000);
  CHECK(status_after({as_new, R"("payment_link":"https://pay.example/1")",
                      R"("status":"paid","version_at":"2026-11-21T10:00:00Z")"}) == "paid"); // nothing was said of it
}

TEST_CASE("a rule that is switched on again counts from then") {
  World w;
  w.store(gym(R"("reminder_rules":[{"slug":"r","offset_days":2,"active":false}])"));
  w.run("UPDATE reminder_rules SET active_since = 5");
  w.store(gym(R"("reminder_rules":[{"slug":"r","at":"11:00"}])"));
  CHECK(w.row("SELECT * FROM reminder_rules").integer("active_since") == 5);
  w.store(gym(R"("reminder_rules":[{"slug":"r","active":true}])"));
  CHECK(w.row("SELECT * FROM reminder_rules").time("active_since") == test::noon);
}

TEST_CASE("an invoice may have reminders of its own; the list is whole, and an empty one gives it back") {
  World w;
  w.store(two_invoices);
  w.store(invoice(R"("reminders":[{"offset_days":0},{"offset_days":5,"text":"Pay {outstanding}"}])"));
  CHECK(w.row("SELECT own_rules FROM invoices WHERE number = 'N-1'").integer("own_rules") == 1);
  CHECK(w.row("SELECT count(*) AS n FROM reminder_rules WHERE invoice_id IS NOT NULL AND active = 1").integer("n") ==
        2);
  w.run("UPDATE invoices SET planned = 1");
  w.store(invoice(R"("reminders":[{"offset_days":5,"at":"09:00"}])"));
  CHECK(w.row("SELECT count(*) AS n FROM reminder_rules WHERE invoice_id IS NOT NULL AND active = 1").integer("n") ==
        1);
  CHECK(w.row("SELECT planned FROM invoices WHERE number = 'N-1'").integer("planned") == 0);
  w.store(invoice(R"("reminders":[])"));
  CHECK(w.row("SELECT own_rules FROM invoices WHERE number = 'N-1'").integer("own_rules") == 0);
  CHECK(w.row("SELECT count(*) AS n FROM reminder_rules WHERE active = 1 AND ships = 1").integer("n") == 4);
}

TEST_CASE("what could not be used under a tenant's old settings is looked at again when they change") {
  World w;
  w.store(two_invoices);
  w.store(welcome);
  w.run("UPDATE invoices SET put_off_until = 9000000000000");
  w.run("UPDATE enrollments SET put_off_until = 9000000000000");
  w.store(gym(R"("name":"gym")")); // as it is
  CHECK(w.row("SELECT min(put_off_until) AS n FROM enrollments").integer("n") == 9'000'000'000'000);
  w.store(gym(R"("timezone":"Asia/Kolkata")"));
  CHECK(w.row("SELECT max(put_off_until) AS n FROM enrollments").integer("n") == 0);
  CHECK(w.row("SELECT max(put_off_until) AS n FROM invoices").integer("n") == 0);
}

TEST_CASE("steps keep who they are by their slug; one that is not given any more is removed, and may come back") {
  World w;
  Counts c = w.store(welcome);
  CHECK(is(c.steps, 3, 0, 0));
  CHECK(is(c.enrollments, 2, 0, 0));
  c = w.store(welcome);
  CHECK(is(c.steps, 0, 0, 3));
  CHECK(is(c.enrollments, 0, 0, 2));
  const std::string b = w.row("SELECT id FROM steps WHERE slug = 'b'").text("id");
  c = w.store(
      gym(R"("campaigns":[{"slug":"w","steps":[{"slug":"c"},{"slug":"d","text":"D","subject":"S"},{"slug":"a"}]}])"));
  CHECK(is(c.steps, 1, 3, 0));
  CHECK(w.row("SELECT * FROM steps WHERE slug = 'b'").flag("removed"));
  CHECK(w.row("SELECT * FROM steps WHERE slug = 'c'").integer("position") == 0);
  CHECK(w.row("SELECT * FROM steps WHERE slug = 'c'").text("text") == R"({"":"C"})");
  CHECK(w.row("SELECT * FROM steps WHERE slug = 'a'").integer("position") == 2);
  w.store(welcome);
  const db::Row again = w.row("SELECT * FROM steps WHERE slug = 'b'");
  CHECK(again.text("id") == b);
  CHECK(!again.flag("removed"));
  CHECK(again.integer("delay_value") == 2);
}

TEST_CASE("a step that is gone keeps its place, so that who stands at it goes on to what comes next") {
  World w;
  const auto steps = [&](const std::string& slugs) {
    std::string list;
    for (const char slug : slugs)
      list += std::string(list.empty() ? "" : ",") + R"({"slug":")" + slug + R"(","text":"x","subject":"S"})";
    w.store(gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[)" + list + "]}]"));
    return w.row("SELECT group_concat(slug, '') AS s FROM (SELECT slug FROM steps ORDER BY position)").text("s");
  };
  CHECK(steps("abcd") == "abcd");
  CHECK(steps("acd") == "abcd");  // behind b comes c
  CHECK(steps("ad") == "abcd");   // and behind c still d
  CHECK(steps("axd") == "abcxd"); // x is new to all who stand at a, b or c
  CHECK(steps("dx") == "abcdx");
  CHECK(steps("bdx") == "abcdx"); // b is back
  CHECK(w.row("SELECT count(DISTINCT position) AS n FROM steps").integer("n") == 5);
}

TEST_CASE("a pause is added to every wait when the drip runs again; who came in meanwhile waits from then") {
  World w;
  w.store(welcome);
  const auto status = [&](const char* word) {
    w.store(gym(std::string(R"("campaigns":[{"slug":"w","status":")") + word + "\"}]"));
  };
  status("paused");
  CHECK(w.row("SELECT paused_at FROM campaigns").time("paused_at") == test::noon);
  // Paused for a week until noon; B came in three days ago.
  w.run("UPDATE campaigns SET paused_at = 1795262400000 - 604800000");
  w.run("UPDATE enrollments SET started_at = 1795262400000 - 864000000, previous_at = 1795262400000 - 864000000, "
        "step_id = (SELECT id FROM steps WHERE slug = 'b'), step_at = 1795262400000 - 600000000");
  w.run("UPDATE enrollments SET started_at = 1795262400000 - 259200000 WHERE contact_id = (SELECT id FROM contacts "
        "WHERE ref = "
        "'B-1')");
  w.run("INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, text, created_at, expires_at, state) "
        "SELECT "
        "'m', tenant_id, 'o', campaign_id, contact_id, 'x', 5, 1795262400000 - 600000000, 'queued' FROM enrollments "
        "LIMIT 1");
  status("running");
  CHECK(w.row("SELECT paused_at FROM campaigns").null("paused_at"));
  const auto walk = [&](const char* ref) {
    return w.row(std::string_view(ref) == "A-1"
                     ? "SELECT * FROM enrollments WHERE contact_id = (SELECT id FROM contacts WHERE ref = 'A-1')"
                     : "SELECT * FROM enrollments WHERE contact_id = (SELECT id FROM contacts WHERE ref = 'B-1')");
  };
  CHECK(walk("A-1").time("step_at") == test::noon + Millis(4'800'000));
  CHECK(walk("A-1").integer("shifted_ms") == 604'800'000);
  CHECK(walk("A-1").time("previous_at") == test::noon - Millis(259'200'000));
  CHECK(walk("B-1").integer("shifted_ms") == 259'200'000);
  CHECK(w.row("SELECT expires_at FROM messages").time("expires_at") == test::noon + Millis(4'800'000));
  status("running"); // running already: nothing more is added
  CHECK(walk("A-1").integer("shifted_ms") == 604'800'000);
}

TEST_CASE("nobody walks through a drip twice, or only after its end and the time it says") {
  World w;
  w.store(welcome);
  const std::string again = gym(R"("enrollments":[{"campaign":"w","contact":"A-1"}])");
  w.run("UPDATE enrollments SET state = 'completed', ended_at = 1795262400000 - 86400000");
  CHECK(is(w.store(again).enrollments, 0, 0, 1));
  w.store(gym(R"("campaigns":[{"slug":"w","reentry":"after_completion","reentry_days":2}])"));
  CHECK(is(w.store(again).enrollments, 0, 0, 1)); // a day ago
  w.run("UPDATE enrollments SET ended_at = 1795262400000 - 172800000");
  CHECK(is(w.store(again).enrollments, 1, 0, 0));
  CHECK(is(w.store(again).enrollments, 0, 0, 1));
  w.run("UPDATE enrollments SET state = 'exited', reason = 'replied', ended_at = 1");
  CHECK(is(w.store(again).enrollments, 0, 0, 1)); // she did not complete it
}

TEST_CASE("the same entry of a nightly document is no second walk") {
  World w;
  w.store(welcome);
  w.store(gym(R"("campaigns":[{"slug":"w","reentry":"after_completion"}])"));
  w.run("UPDATE enrollments SET state = 'completed', ended_at = 1795262400000 - 86400000"); // 20 November, noon
  const auto entry = [](const char* time) {
    return gym(std::string(R"("enrollments":[{"campaign":"w","contact":"A-1","started_at":")") + time + "\"}]");
  };
  CHECK(is(w.store(entry("2026-11-19T08:00:00Z")).enrollments, 0, 0, 1));
  CHECK(is(w.store(entry("2026-11-20T18:00:00Z")).enrollments, 1, 0, 0));
}

TEST_CASE("what a step could never do is refused, and a wait that has no use any more is forgotten") {
  World w;
  const auto drip = [](const std::string& more, const std::string& step) {
    return gym(R"("campaigns":[{"slug":"d","kind":"drip",)" + more +
               R"("steps":[{"slug":"a","text":"A","subject":"S",)" + step + "}]}]");
  };
  const std::string at = "tenants[0].campaigns[0].steps[0].";
  const std::string waits = R"("condition":"read","wait_up_to":"3d","on_false":"wait")";
  const std::string stay = R"("exit":{"on_reply":false},)";
  for (const auto& [more, step, where, says] : std::vector<std::array<std::string, 4>>{
           {"", R"("condition":"read","wait_up_to":"3d")", "wait_up_to", R"(does nothing with on_false "skip")"},
           {"", R"("wait_up_to":"3d","on_false":"stop")", "wait_up_to", R"(does nothing with on_false "stop")"},
           {"", R"("condition":"replied")", "condition", R"(say exit {"on_reply": false})"},
           {"", R"("condition":{"all":["read","replied"]})", "condition", "never holds"}}) {
    const Problems found = w.check(drip(more, step));
    CAPTURE(step);
    REQUIRE(found.size() == 1);
    CHECK(found[0].where == at + where);
    CHECK(found[0].what.contains(says));
  }
  for (const std::string& well : {drip("", R"("condition":{"any":["read","replied"]})"), drip("", waits),
                                  drip("", R"("condition":{"not":"replied"})"), drip(stay, R"("condition":"replied")")})
    CHECK(w.check(well).empty());
  w.store(drip("", waits));
  w.store(drip("", R"("on_false":"skip")"));
  CHECK(w.row("SELECT * FROM steps").integer("wait_up_to_ms") == 0);
}

TEST_CASE("what belongs to nobody, or lacks what a new one needs, is refused") {
  World w;
  w.store(gym(people));
  const std::string i = "tenants[0].invoices[0]";
  const Mistake table[] = {
      {invoice(R"("contact":"A-1","amount_minor":1,"due_on":"2026-12-01")"), i + ".currency", "new invoice needs it"},
      {invoice(R"("contact":"A-1","currency":"EUR","due_on":"2026-12-01")"), i + ".amount_minor",
       "new invoice needs it"},
      {invoice(R"("contact":"A-1","currency":"EUR","amount_minor":1)"), i + ".due_on", "new invoice needs it"},
      {invoice(R"("currency":"EUR","amount_minor":1,"due_on":"2026-12-01")"), i + ".contact", "new invoice needs it"},
      {invoice(R"("contact":"Z-1","currency":"EUR","amount_minor":1,"due_on":"2026-12-01")"), i + ".contact",
       "neither in"},
      {gym(R"("reminder_rules":[{"slug":"r"}])"), "tenants[0].reminder_rules[0].offset_days", "new rule needs it"},
      {gym(R"("campaigns":[{"slug":"w","steps":[{"slug":"a","text":"A"}]}])"), "tenants[0].campaigns[0].kind",
       "\"drip\""},
      {gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[{"slug":"a","subject":"S"}]}])"),
       "tenants[0].campaigns[0].steps[0].text", "a text or a template"},
      {gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[{"slug":"a","text":"{link}","subject":"S"}]}])"),
       "tenants[0].campaigns[0].steps[0].text", "give the campaign a link"},
      {gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[{"slug":"a","text":"A"}]}])"),
       "tenants[0].campaigns[0].steps[0].subject", "no channels are given: by all); give a subject such as"},
      {gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[{"slug":"a","text":"A","subject":{},"channels":["email"]}]}])"),
       "tenants[0].campaigns[0].steps[0].subject", "(channels [\"email\"]); give a subject such as"},
      {gym(R"("enrollments":[{"campaign":"w","contact":"A-1"}])"), "tenants[0].enrollments[0].campaign", "no drip"},
  };
  for (const auto& row : table) check_mistake(w.check(row.text), row);
  CHECK(w.check(gym(R"("campaigns":[{"slug":"w","kind":"drip","link":"https://x.example","steps":[
    {"slug":"a","text":"{link}","channels":["whatsapp"]}]}],"enrollments":[{"campaign":"w","contact":"A-1"}])"))
            .empty());
  // What is stored of a step counts: a subject given once is enough, and a channel that comes later wants one.
  w.store(gym(R"("campaigns":[{"slug":"w","kind":"drip","steps":[{"slug":"a","text":"A","channels":["whatsapp"]},
    {"slug":"b","text":"B","subject":"S"}]}])"));
  CHECK(w.check(gym(R"("campaigns":[{"slug":"w","steps":[{"slug":"a","text":"AA"},{"slug":"b","text":"BB"}]}])"))
            .empty());
  const std::string later = gym(R"("campaigns":[{"slug":"w","steps":[{"slug":"a","channels":["whatsapp","email"]}]}])");
  check_mistake(w.check(later), {later, "tenants[0].campaigns[0].steps[0].subject", "is missing"});
  // A reminder has a subject that ships.
  CHECK(w.check(gym(R"("reminder_rules":[{"slug":"r","offset_days":1,"text":"x","channels":["email"]}])")).empty());
}

TEST_CASE("test mode is stored for a tenant, and for the whole installation") {
  World w;
  w.store(R"({"platform":{"safe_recipients":["+491700000009"]},"tenants":[{"slug":"gym","safe_recipients":[]}]})");
  CHECK(w.row("SELECT safe_recipients AS s FROM tenants WHERE id = 'operator'").text("s") == R"(["+491700000009"])");
  CHECK(w.row("SELECT safe_recipients AS s FROM tenants WHERE slug = 'gym'").text("s") == "[]");
  w.store(R"({"platform":{"safe_recipients":null}})");
  CHECK(w.row("SELECT safe_recipients AS s FROM tenants WHERE id = 'operator'").null("s"));
  CHECK(w.row("SELECT safe_recipients AS s FROM tenants WHERE slug = 'gym'").text("s") == "[]");
}

TEST_CASE("M34: what is heard of a person is heard of that tenant's contact, also where another has her number") {
  World w;
  const auto both = [](const std::string& of_gym) {
    return R"({"tenants":[{"slug":"gym","contacts":[{"phone":"+491700000001","ref":"A-1")" + of_gym +
           R"(}]},{"slug":"other","contacts":[{"phone":"+491700000001","ref":"A-1"}]}]})";
  };
  w.store(both(""));
  w.store(both(R"(,"wrote_at":"2026-11-21T12:00:00Z","tags":["vip"])"));
  w.store(R"({"tenants":[{"slug":"gym","suppressions":[{"phone":"+491700000001"}]}]})");
  const auto of = [&](const char* slug) {
    return w.row("SELECT c.wrote_at, c.tags, (SELECT count(*) FROM suppressions s WHERE s.tenant_id = c.tenant_id AND "
                 "s.address = c.phone) AS stops FROM contacts c JOIN tenants t ON t.id = c.tenant_id WHERE t.slug = '" +
                 std::string(slug) + "'");
  };
  CHECK_FALSE(of("gym").null("wrote_at"));
  CHECK(of("gym").text("tags") == R"(["vip"])");
  CHECK(of("gym").integer("stops") == 1);
  CHECK(of("other").null("wrote_at"));
  CHECK(of("other").text("tags") == "[]");
  CHECK(of("other").integer("stops") == 0);
}
