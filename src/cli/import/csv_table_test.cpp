// From a spreadsheet's bytes to rows of the document.
#include "cli/import/csv_table.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::cli;
using nlohmann::json;

namespace {

CsvTable table(std::string_view bytes, const CsvOptions& options) {
  auto out = read_csv(bytes, options);
  REQUIRE_MESSAGE(out, (out ? "" : out.error()));
  return *std::move(out);
}

std::string refusal(std::string_view bytes, const CsvOptions& options) {
  const auto out = read_csv(bytes, options);
  return out ? "" : out.error();
}

const CsvOptions contacts{.list = "contacts"}, invoices{.list = "invoices"};

} // namespace

TEST_SUITE("import: spreadsheets") {
  TEST_CASE("a sheet as a German Excel saves it") {
    CsvOptions options = invoices;
    options.date_format = "DD.MM.YYYY";
    options.fixed = {{"currency", "EUR"}};
    CsvTable t = table("sep=;\r\nOffene Posten\r\nRechnungsnr.;Kundennummer;Betrag;F\xe4llig am;Bearbeiter\r\n"
                       "R-1;K-7;1.234,50 \x80;30.11.2026;Eva\r\n\r\nR-2;K-8;99;01.12.2026;\r\n",
                       options);
    CHECK(t.problems.empty());
    REQUIRE(t.rows.size() == 2);
    CHECK(t.rows[0] == json{{"number", "R-1"},
                            {"contact", "K-7"},
                            {"amount_minor", 123450},
                            {"currency", "EUR"},
                            {"due_on", "2026-11-30"}});
    CHECK(t.rows[1]["amount_minor"] == 9900);
    CHECK(t.unused == std::vector<std::string>{"Bearbeiter"});
    CHECK(t.place(1, "due_on") == "line 6, F\xc3\xa4llig am");
    CHECK(t.document("gym", "invoices")["tenants"][0]["invoices"].size() == 2);
  }

  TEST_CASE("a ref that begins with 0 is no phone") {
    const char* rest = ",EUR,1.50,2026-12-01\n";
    const auto who = [&](const std::string& column, const std::string& cell) {
      return table("number," + column + ",currency,amount,due_on\nA," + cell + rest, invoices).rows.at(0)["contact"];
    };
    CHECK(who("contact", "0012345") == "0012345");
    CHECK(who("kundennummer", "0170123456789") == "0170123456789");
    CHECK(who("contact", "00491701234567") == "+491701234567");
    CHECK(who("phone", "0049170123") == "+49170123");
  }
  TEST_CASE("contacts with everything a column may hold") {
    const CsvTable t =
        table("\xef\xbb\xbfPhone,E-Mail,Name,Tags,Consent,Hold until\n"
              "+49 170 1,a@b.test,\"M\xc3\xbcller, Eva\",\"vip; late\",yes,2026-12-24\n,c@d.test,,,no,\n",
              contacts);
    REQUIRE(t.rows.size() == 2);
    CHECK(t.rows[0] == json{{"phone", "+491701"},
                            {"email", "a@b.test"},
                            {"name", "M\xc3\xbcller, Eva"},
                            {"tags", {"vip", "late"}},
                            {"consent", true},
                            {"hold_until", "2026-12-24"}});
    CHECK(t.rows[1] == json{{"email", "c@d.test"}, {"consent", false}}); // an empty cell says nothing
  }

  TEST_CASE("bad values are told by line and column, the other rows stand") {
    const CsvTable t = table("number,contact,currency,amount,due_on\nA,x,EUR,1.50,2026-12-01\nB,x,EUR,oops,12/1/26\n"
                             "C,x,JPY,1.50,2026-12-01\nD,x,JPY,150,2026-12-01\n",
                             invoices);
    REQUIRE(t.rows.size() == 2);
    CHECK(t.rows[1]["amount_minor"] == 150);
    CHECK(t.lines == std::vector<std::size_t>{2, 5});
    REQUIRE(t.problems.size() == 3);
    CHECK(t.problems[0].where == "line 3, amount");
    CHECK(t.problems[1].where == "line 3, due_on");
    CHECK(t.problems[2].where == "line 4, amount");
  }

  TEST_CASE("a row with more cells than the header names is a mistake, and no other amount") {
    const std::string header = "number,contact,currency,due_on,amount";
    for (const char* end : {"\n", ",,\n"}) { // some programs fill every row up with empty cells
      const CsvTable t = table(header + end + "A,x,EUR,2026-12-01,12,50\nB,x,EUR,2026-12-01,7,\n", invoices);
      REQUIRE(t.rows.size() == 1);
      CHECK(t.rows[0]["amount_minor"] == 700);
      REQUIRE(t.problems.size() == 1);
      CHECK(t.problems[0].where == "line 2");
      CHECK(t.problems[0].what.starts_with("has a cell \"50\" behind the last column"));
    }
  }

  TEST_CASE("a list of payments needs a number and what it changes; an amount needs its currency in its row") {
    const CsvTable t = table("number;status\nA;bezahlt\nB;offen\n", invoices);
    REQUIRE(t.rows.size() == 2);
    CHECK(t.rows[0] == json{{"number", "A"}, {"status", "paid"}});
    const CsvTable paid = table("number;currency;paid\nA;JPY;1500\nB;;1500\nC;;\n", invoices);
    REQUIRE(paid.rows.size() == 2);
    CHECK(paid.rows[0]["paid_minor"] == 1500);
    REQUIRE(paid.problems.size() == 1);
    CHECK(paid.problems[0].where == "line 3, paid");
    CHECK(paid.problems[0].what.contains("no currency beside it"));
    CHECK(refusal("number;paid\nA;1500\n", invoices).starts_with("no column fills currency"));
    CsvOptions known = invoices; // of A it is stored that its currency has no smaller unit
    known.stored_exponent = [](const std::string& number) { return number == "A" ? std::optional(0) : std::nullopt; };
    const CsvTable by_number = table("number;paid\nA;1500\nB;1500\n", known);
    REQUIRE(by_number.rows.size() == 1);
    CHECK(by_number.rows[0] == json{{"number", "A"}, {"paid_minor", 1500}});
    REQUIRE(by_number.problems.size() == 1);
    CHECK(by_number.problems[0].what.contains("no invoice of that number is stored"));
    CHECK(table("number;currency;paid\nA;EUR;1500\n", known).rows.at(0)["paid_minor"] == 150'000); // the row's own
    CHECK(refusal("status;contact\npaid;x\n", invoices).starts_with("no column fills number"));
  }

  TEST_CASE("a field's own name stands before what else it is called, and --map before both") {
    CHECK(table("kunde,number,contact\nEva,1,K-1\n", invoices).rows[0] == json{{"number", "1"}, {"contact", "K-1"}});
    CsvOptions mapped = contacts;
    mapped.columns = {{"Telefon", "phone"}, {"phone", ""}};
    CHECK(table("Telefon,phone\n1,2\n", mapped).rows[0] == json{{"phone", "1"}});
  }

  TEST_CASE("what a shop exports: a first and a last name are the name, and what is left out is told") {
    const CsvTable t =
        table("Vorname;Nachname;Handy;E-Mail-Adresse;Firma\nEva;Adler;+491;e@x.test;\n;Bo;+492;;B\n", contacts);
    CHECK(t.rows[0] == json{{"name", "Eva Adler"}, {"phone", "+491"}, {"email", "e@x.test"}});
    CHECK(t.rows[1] == json{{"name", "Bo"}, {"phone", "+492"}});
    CHECK(table("nachname,vorname,tel\nAdler,Eva,+491\n", contacts).rows[0]["name"] == "Eva Adler");
    CHECK(t.unused == std::vector<std::string>{"Firma"});
    CsvOptions known = contacts;
    known.columns = {{"Firma", ""}};
    CHECK(table("tel,Firma\n+491,B\n", known).unused.empty()); // the operator says so
    CHECK(refusal("Name;Vorname;Tel\nA;E;+491\n", contacts).starts_with("two columns fill name: Name and Vorname"));
  }

  TEST_CASE("an invoice's contact may be called by several columns: the surest is taken") {
    const CsvTable t = table("Rechnungsnummer;Kunde;Kundennummer;Telefon\nR-1;Eva;K-1;+491\n", invoices);
    CHECK(t.rows[0] == json{{"number", "R-1"}, {"contact", "K-1"}});
    CHECK(t.unused == std::vector<std::string>{"Kunde", "Telefon"});
    CHECK(table("invoice,customer\nR-1,K-1\n", invoices).rows[0]["contact"] == "K-1");
  }

  TEST_CASE("two columns for one field are a mistake that names both") {
    CHECK(refusal("E-Mail;Email\na@x.test;b@x.test\n", contacts) ==
          "two columns fill email: E-Mail and Email; leave one out with --map COLUMN=");
    CHECK(refusal("telefon,phone\n1,2\n", contacts).starts_with("two columns fill phone: telefon and phone"));
    CHECK(refusal("Telefon;Telefon\n1;2\n", contacts) ==
          "two columns fill phone: Telefon and Telefon; take one of them out of the file, or give it another name");
    CHECK(refusal("number;Kunde;Kunde\n1;2;3\n", invoices).starts_with("two columns fill contact: Kunde and Kunde"));
  }

  TEST_CASE("a column that every row needs is one mistake of the file, where none of its rows is stored") {
    CsvOptions known = invoices;
    known.is_stored = [](const std::string& key) { return key == "A"; };
    CHECK(refusal("Rechnungsnummer;Name;currency;amount\nB;x;EUR;1\nC;x;EUR;1\n", known) ==
          "no column fills contact, due_on, which a new invoice needs, and none of these is stored; the columns are: "
          "Rechnungsnummer, Name, currency, amount; say --map COLUMN=contact");
    CHECK(table("number;status\nB;paid\nA;paid\n", known).rows.size() == 2); // a list of payments
    known.list = "contacts";
    CHECK(refusal("Vorname;ref\nEva;B\n", known)
              .starts_with("no column fills phone or email, which a new contact needs"));
    CHECK(refusal("Vorname;Tags\nEva;A\n", known).starts_with("no column fills phone or email"));
    CHECK(table("ref;Tags\nA;vip\n", known).rows.size() == 1);
    CHECK(table("ref;Handy\nB;+491\n", known).rows.size() == 1);
  }

  TEST_CASE("what is wrong with the file as a whole") {
    CHECK(refusal("", contacts).starts_with("no header was found: name the columns after phone, email"));
    CHECK(refusal("a,b\n1,2\n", contacts).starts_with("no header was found"));
    CHECK(refusal("phone\n\"1\n", contacts) == "line 2: a quote is never closed");
    CHECK(refusal("number,contact,amount,due_on\n", invoices)
              .starts_with("no column fills currency; the columns are: number"));
    CHECK(refusal("number,contact,currency,amount,amount_minor,due_on\n", invoices)
              .starts_with("two columns fill amount_minor"));
    CsvOptions options = contacts;
    options.columns = {{"phone", "fone"}};
    CHECK(refusal("phone\n1\n", options) == "--map phone=fone: contacts have no field fone");
    options.columns = {{"Tel", "phone"}};
    CHECK(refusal("email\n1\n", options).starts_with("--map Tel=phone: there is no column Tel; there are: email"));
    options.columns = {};
    options.fixed = {{"x", "y"}};
    CHECK(refusal("email\n1\n", options) == "--set x=y: contacts have no field x");
  }
}
