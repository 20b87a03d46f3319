// Invoices are told of at their day, once, and only while it is right to ask for them.
#include "e2e/letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace milkrun::e2e;

namespace {

const std::string ana = "+4915100000201", ben = "+4915100000202";

} // namespace

TEST_CASE("what is paid between planning and sending is not asked for") {
  Letters scene;
  scene.person(ana, "Ana");
  scene.invoice("N-1", ana, 1);
  scene.invoice("N-2", ana, 1, 5'000);
  scene.tenant("gym")["messages_per_day"] = 0; // planned, and held back
  scene.open();
  scene.remind(1, 10);
  CHECK(scene.said().empty());
  CHECK(scene.reminder("N-1") == "told");
  CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'queued'") == 1);
  scene.tenant("gym")["invoices"][0]["status"] = "paid";
  scene.tenant("gym")["messages_per_day"] = nullptr;
  scene.import_at(scene.at(1, 10, 5));
  scene.remind(1, 10, 10);
  CHECK(scene.said() == std::vector<std::string>{"Ana: €50.00 for N-2"});
  CHECK(scene.reminder("N-1") == "skipped: reminder.closed");
  scene.remind(1, 12);
  CHECK(scene.said().size() == 1);
  scene.no_doubles();
}

TEST_CASE("a due date that moves twice takes its reminder along, and it is told once") {
  Letters scene;
  scene.person(ana, "Ana");
  scene.invoice("N-1", ana, 3);
  scene.open();
  scene.remind(0, 23, 50);
  for (const int due : {8, 5}) {
    scene.tenant("gym")["invoices"][0]["due_on"] = scene.day(due);
    scene.import_at(scene.at(1, 9));
    scene.remind(1, 9, 5);
  }
  for (int day = 1; day <= 9; ++day) {
    scene.remind(day, 10);
    CHECK(scene.said().size() == (day < 5 ? 0U : 1U));
  }
  CHECK(scene.reminder("N-1") == "told");
  CHECK(scene.db().number("SELECT count(*) FROM reminders") == 1);
}

TEST_CASE("a rule switched on with a thousand old invoices says nothing of the past, until somebody wants it told") {
  Letters scene;
  for (int i = 0; i < 100; ++i) scene.person(fmt::format("+49151100{:05}", i), fmt::format("P{}", i));
  for (int i = 0; i < 1'000; ++i)
    scene.invoice(fmt::format("N-{:04}", i), fmt::format("+49151100{:05}", i % 100), -30, 1'000 + i);
  scene.open();
  scene.tenant("gym")["reminder_rules"].push_back(
      {{"slug", "month"}, {"offset_days", 31}, {"text", "{first_name} owes {outstanding}"}});
  scene.import(scene.document);
  scene.remind(0, 23, 55);
  CHECK(scene.said().empty());
  CHECK(scene.db().number("SELECT count(*) FROM reminders WHERE reason = 'reminder.past'") == 1'000);
  CHECK(scene.db().number("SELECT count(*) FROM reminders WHERE state = 'planned'") == 1'000); // the month's is to come
  // The past step, after all: a dry run counts, the command has it told at the rule's hour, one message a person.
  const Json dry = Json::parse(scene.milkrun({"reminders", "backfill", "--tenant", "gym", "--dry-run", "--json"}).out);
  CHECK(dry["invoices"].size() == 1'000);
  CHECK(scene.milkrun({"reminders", "backfill", "--tenant", "gym"}, scene.at(0, 23, 56)).code == 0);
  scene.remind(0, 23, 57);
  CHECK(scene.said().empty());
  scene.remind(1, 10); // and the month's step is due now: it speaks for both
  CHECK(scene.said().size() == 100);
  const auto texts = scene.said();
  CHECK(std::ranges::all_of(texts, [](const std::string& one) { return one.find(" owes €") != std::string::npos; }));
  CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == 100);
  scene.remind(1, 11);
  scene.remind(2, 10);
  CHECK(scene.said().size() == 100);
  CHECK(scene.db().number("SELECT count(*) FROM reminders WHERE state = 'planned'") == 0);
  scene.no_doubles();
}

TEST_CASE("two runs at once, and whoever else sends, tell each person once") {
  Letters scene;
  scene.drip("welcome", {Letters::step("hello", 0, "Hello {first_name}")});
  for (int i = 0; i < 25; ++i) {
    const std::string phone = fmt::format("+491512000{:04}", i);
    scene.person(phone, fmt::format("P{}", i));
    scene.invoice(fmt::format("N-{}", i), phone, 1, 2'000 + i);
  }
  scene.open();
  for (int i = 0; i < 25; ++i) scene.enroll("welcome", fmt::format("+491512000{:04}", i), scene.at(0, 12));
  scene.fault({{"route", "whatsapp:gym:send"}, {"kind", "delay_before"}, {"ms", 30}, {"times", -1}});
  Environment when = scene.at(1, 10);
  when.insert(when.end(), without_lock.begin(), without_lock.end());
  std::vector<Child> runs;
  for (const char* job : {"send-reminders", "send-reminders", "advance-drips", "advance-drips", "deliver"})
    runs.push_back(scene.start({job, "--json"}, when));
  for (Child& run : runs) {
    const Report report = scene.heard(run.wait());
    CHECK_MESSAGE(report.finished.code == 0, report.finished.err);
  }
  scene.no_faults();
  scene.remind(1, 10, 5);
  scene.advance(1, 10, 5);
  const auto texts = scene.said();
  CHECK(texts.size() == 50);
  CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == 50);
  CHECK(scene.db().number("SELECT count(*) FROM reminders WHERE state = 'told'") == 25);
  CHECK(scene.db().number("SELECT count(*) FROM enrollments WHERE state = 'completed'") == 25);
  scene.no_doubles();
}

TEST_CASE("invoices out of a spreadsheet, with umlauts and decimal commas, are told of in German") {
  Letters scene;
  scene.tenant("gym")["language"] = "de";
  scene.tenant("gym").erase("reminder_rules"); // those that ship
  scene.open();
  // As Excel writes it: Windows-1252, semicolons, a title above the header.
  const auto latin = [](std::string text) {
    for (const auto& [utf8, byte] :
         {std::pair("ü", "\xfc"), {"ä", "\xe4"}, {"ß", "\xdf"}, {"€", "\x80"}, {"ö", "\xf6"}, {"ë", "\xeb"}})
      for (std::size_t at = 0; (at = text.find(utf8, at)) != text.npos; ++at)
        text.replace(at, std::string_view(utf8).size(), byte);
    return text;
  };
  const std::string people =
      scene.write("kunden.csv", latin("Kundenliste;;;\r\nKundennummer;Name;Telefon;Sprache\r\n"
                                      "K-7;Jürgen Groß;0151 100 00301;de\r\nK-8;Zoë Köhler;0151 100 00302;\r\n"));
  const std::string owed =
      scene.write("rechnungen.csv",
                  latin("Rechnungsnummer;Kundennummer;Betrag;Bezahlt;Fällig am\r\nR-1;K-7;1.234,50 €;234,50 €;" +
                        scene.day(1).substr(8, 2) + "." + scene.day(1).substr(5, 2) + "." + scene.day(1).substr(0, 4) +
                        "\r\nR-2;K-8;99,90 €;;" + scene.day(1).substr(8, 2) + "." + scene.day(1).substr(5, 2) + "." +
                        scene.day(1).substr(0, 4) + "\r\nR-3;K-9;1,00 €;;01.01.2027\r\n"));
  Finished done = scene.milkrun({"import", "contacts", people, "--tenant", "gym", "--country-code", "49"});
  REQUIRE_MESSAGE(done.code == 0, done.err);
  const std::vector<std::string> invoices{"import",       "invoices",      owed,        "--tenant", "gym", "--set",
                                          "currency=EUR", "--date-format", "DD.MM.YYYY"};
  done = scene.milkrun(invoices);
  CHECK(done.code == 65); // K-9 is nobody: nothing is stored
  CHECK(done.err.find("line 4") != std::string::npos);
  CHECK(scene.db().number("SELECT count(*) FROM invoices") == 0);
  std::vector<std::string> good = invoices;
  good.emplace_back("--skip-bad");
  REQUIRE(scene.milkrun(good).code == 0);
  scene.remind(1, 10);
  const auto texts = scene.said("+4915110000301");
  REQUIRE(texts.size() == 1);
  CHECK_MESSAGE(texts[0].find("Hallo Jürgen,") != std::string::npos, texts[0]);
  CHECK_MESSAGE(texts[0].find("1.000,00\u00A0€") != std::string::npos, texts[0]); // what is left of it
  const auto hers = scene.said("+4915110000302");
  REQUIRE(hers.size() == 1);
  CHECK_MESSAGE(hers[0].find("Hallo Zoë,") != std::string::npos, hers[0]);
  CHECK_MESSAGE(hers[0].find("99,90\u00A0€") != std::string::npos, hers[0]);
  CHECK(scene.db().number("SELECT count(*) FROM contacts WHERE name IN ('Jürgen Groß', 'Zoë Köhler')") == 2);
}
