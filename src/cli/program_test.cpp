// The program from arguments to exit code, without a network: what is printed where, and which code it ends with.
#include "cli/test_program.hpp"

using namespace milkrun;
using test::feed;
using test::Program;

namespace {

int mode(const std::string& path) {
  struct stat s{};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return static_cast<int>(s.st_mode & 0777U);
}

} // namespace

TEST_CASE("init makes database and key file, private, and may be repeated") {
  Program milkrun;
  CHECK(milkrun({"init"}) == 0);
  CHECK(mode(milkrun.path("m.db")) == 0600);
  CHECK(mode(milkrun.path("master.key")) == 0600);
  CHECK(milkrun.out.str().find("keep a copy") != std::string::npos);
  CHECK(milkrun({"init"}) == 0);
  CHECK(milkrun.out.str().find("was there already") != std::string::npos);
  CHECK(milkrun({"migrate"}) == 0);
  CHECK(milkrun({"runs", "list"}) == 0);
  CHECK(milkrun.out.str() == "no runs yet\n");
  CHECK(milkrun({"runs", "list", "--json"}) == 0);
  CHECK(milkrun.out.str() ==
        "{\"schema_version\":1,\"runs\":[],\"cut\":false,\"resting\":[],\"more_resting\":0,\"idle\":[]}\n");
  CHECK(milkrun({"runs", "show", "7"}) == 64);
}

TEST_CASE("a key is never replaced under stored credentials") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  const std::string document = milkrun.write("t.json", R"({"tenants":[{"slug":"asha","credentials":[
    {"service":"wordpress","base_url":"https://asha.example","account":"a","secret":"CANARY"}]}]})");
  REQUIRE(milkrun({"import", document}) == 0);
  CHECK(milkrun.out.str().find("credentials    1 added, 0 changed, 0 the same") != std::string::npos);
  std::filesystem::remove(milkrun.path("master.key"));
  CHECK(milkrun({"init"}) == 78);
  CHECK(milkrun.err.str().find("put the key back") != std::string::npos);
  CHECK(!std::filesystem::exists(milkrun.path("master.key")));
  CHECK(milkrun({"import", document}) == 78);
  CHECK(milkrun.err.str().find("put it back from your backup") != std::string::npos);
}

TEST_CASE("a key that is lost or comes late finds no other one in its place, also before there are credentials") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  std::filesystem::rename(milkrun.path("master.key"), milkrun.path("late.key"));
  CHECK(milkrun({"init"}) == 78);
  CHECK(milkrun.err.str().find("put the key back from your backup") != std::string::npos);
  CHECK(!std::filesystem::exists(milkrun.path("master.key")));
  std::filesystem::rename(milkrun.path("late.key"), milkrun.path("master.key"));
  CHECK(milkrun({"init"}) == 0);
}

TEST_CASE("a document in UTF-16, as some editors save it, is a document") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  const std::string plain = R"({"tenants":[{"slug":"asha"}]})";
  for (const bool big : {false, true}) {
    std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : plain) big ? bytes.append(1, '\0').append(1, c) : bytes.append(1, c).append(1, '\0');
    CHECK(milkrun({"import", milkrun.write("utf16.json", bytes)}) == 0);
  }
  CHECK(milkrun({"import", milkrun.write("zero.json", plain + std::string(1, '\0'))}) == 65);
}

TEST_CASE("import stores nothing of a bad document and says every mistake") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  const std::string bad =
      milkrun.write("bad.json", R"({"plans":[{"slug":"p"}],"tenants":[{"slug":"A"},{"slug":"b","plan":7}]})");
  CHECK(milkrun({"import", bad}) == 65);
  const std::string said = milkrun.err.str();
  CHECK(said.find("milkrun: " + bad + ": tenants[0].slug is \"A\"") != std::string::npos);
  CHECK(said.find("tenants[1].plan") != std::string::npos);
  CHECK(said.find("2 mistakes; nothing was stored") != std::string::npos);
  const std::string good = milkrun.write("good.json", R"({"plans":[{"slug":"p"}]})");
  CHECK(milkrun({"import", "--dry-run", good}) == 0);
  CHECK(milkrun({"import", "--json", good}) == 0);
  CHECK(milkrun.out.str().find(R"({"schema_version":1,"plans":{"added":1,"changed":0,"same":0},"portals":)") == 0);
  CHECK(milkrun({"import", milkrun.path("missing.json")}) == 65);
}

TEST_CASE("feed check shows a file or a URL, and knows what is no feed") {
  Program milkrun;
  const std::string file = milkrun.write("feed.xml", feed);
  for (const std::string& target : {file, std::string("https://n.example/feed.xml")}) {
    CHECK(milkrun({"feed", "check", target}) == 0);
    CHECK(milkrun.out.str().find("guid:g1") != std::string::npos);
    CHECK(milkrun({"feed", "check", target, "--json"}) == 0);
    CHECK(milkrun.out.str().find(R"("kind":"rss")") != std::string::npos);
    CHECK(milkrun.out.str().find(R"("published":null)") != std::string::npos);
  }
  CHECK(milkrun({"feed", "check", milkrun.write("x.html", "<html><body>no</body></html>")}) == 65);
  CHECK(milkrun.err.str().find("not a feed") != std::string::npos);
}

TEST_CASE("each kind of failure has its exit code and one line") {
  Program milkrun;
  CHECK(milkrun({"version"}) == 0);
  CHECK(milkrun.out.str().find("libcurl") != std::string::npos);
  CHECK(milkrun({"--help"}) == 0);
  CHECK(milkrun({"nonsense"}) == 64);
  CHECK(milkrun.err.str().starts_with("milkrun: "));
  CHECK(milkrun({"runs", "list"}) == 74); // no database yet
  CHECK(milkrun.err.str().find("milkrun init") != std::string::npos);
  REQUIRE(milkrun({"init"}) == 0);
  std::filesystem::permissions(milkrun.path("m.db"), std::filesystem::perms(0644));
  CHECK(milkrun({"runs", "list"}) == 74);
  CHECK(milkrun.err.str().find("chmod 600") != std::string::npos);
  std::filesystem::permissions(milkrun.path("master.key"), std::filesystem::perms(0644));
  CHECK(milkrun({"init"}) == 78);
  milkrun.write("milkrun.toml", "[run]\nin_flight = 0\n");
  CHECK(milkrun({"runs", "list"}) == 78);
  CHECK(milkrun.err.str().find("run.in_flight = 0 must be") != std::string::npos);
  CHECK(milkrun({"version"}) == 0); // told also then
  milkrun.out.setstate(std::ios::badbit);
  milkrun.write("milkrun.toml", "");
  std::filesystem::permissions(milkrun.path("m.db"), std::filesystem::perms(0600));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"runs", "list"}, {"version"}, {"--help"}, {"help", "init"}, {"completion", "bash"}}) {
    CAPTURE(words.front());
    CHECK(milkrun(words) == 74); // standard output cannot be written
    CHECK(milkrun.err.str().find("cannot write to standard output") != std::string::npos);
  }
}

TEST_CASE("every bad row of a spreadsheet is told in one round, in the words of the spreadsheet") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  const char* document = R"({"tenants":[{"slug":"gym","contacts":[{"phone":"+491700000001","ref":"K-1"}]}]})";
  REQUIRE(milkrun({"import", milkrun.write("gym.json", document)}) == 0);
  const std::string rows = "R-1,K-1,5,EUR,2026-12-01\nR-2,K-9,5,EUR,2026-12-01\nR-3,,5,EUR,2026-12-01\n"
                           "R-4,K-1,5,usd,2026-12-01\nR-5,K-1,5,EUR,2026-02-31\nR-1,K-1,5,EUR,2026-12-01\n";
  const std::string invoices = milkrun.write("i.csv", "Rechnung,Kundennummer,Betrag,currency,due_on\n" + rows);
  CHECK(milkrun({"import", "invoices", invoices, "--tenant", "gym"}) == 65);
  const std::string told = milkrun.err.str();
  CAPTURE(told);
  for (const char* line : {"line 3, Kundennummer", "line 4, Kundennummer", "line 5, currency", "line 6, due_on",
                           "is given already at line 2, Rechnung", "5 mistakes; nothing was stored"})
    CHECK_MESSAGE(told.contains(line), line);
  CHECK_FALSE(told.contains("tenants[0]"));
}

TEST_CASE("a spreadsheet is stored whole, or without its bad rows, and each of these is told with its line") {
  Program milkrun;
  REQUIRE(milkrun({"init"}) == 0);
  REQUIRE(milkrun({"import", milkrun.write("gym.json", R"({"tenants":[{"slug":"gym","name":"Gym"}]})")}) == 0);
  const std::string contacts = milkrun.write(
      "contacts.csv", "Telefon;E-Mail;Kunde;Kundennummer\r\n0170/1234567;;M\xfcller;K-1\r\n12;;Bad;K-2\r\n"
                      ";eva@example.org;Eva;K-3\r\n");
  CHECK(milkrun({"import", "contacts", contacts, "--tenant", "gym", "--country-code", "49"}) == 65);
  CHECK(milkrun.err.str().find("contacts.csv: line 3, Telefon is \"12\"") != std::string::npos);
  CHECK(milkrun.err.str().find("1 mistake; nothing was stored") != std::string::npos);
  CHECK(milkrun({"import", "contacts", contacts, "--tenant", "gym", "--country-code", "49", "--skip-bad"}) == 0);
  CHECK(milkrun.out.str().find("skipped: ") == 0);
  CHECK(milkrun.out.str().find("contacts       2 added, 0 changed, 0 the same\n") != std::string::npos);

  const std::string invoices = milkrun.write("invoices.csv", "Rechnung,Kundennummer,Betrag,due_on\n"
                                                             "R-1,K-1,\"1.234,50\",2026-12-01\nR-2,K-9,5,2026-12-01\n");
  const std::vector<std::string> import_invoices = {"import", "invoices", invoices,      "--tenant",
                                                    "gym",    "--set",    "currency=EUR"};
  const auto with = [&](const char* flag) {
    std::vector<std::string> words = import_invoices;
    words.insert(words.end(), {flag, "--json"});
    return words;
  };
  CHECK(milkrun(import_invoices) == 65); // nobody is K-9
  CHECK(milkrun.err.str().find("invoices.csv: line 3, Kundennummer") != std::string::npos);
  CHECK(milkrun(with("--skip-bad")) == 0);
  CHECK(milkrun.out.str().find("\"invoices\":{\"added\":1,\"changed\":0,\"same\":0}") != std::string::npos);
  CHECK(milkrun.out.str().find("\"skipped\":[{") != std::string::npos);
  CHECK(milkrun(import_invoices) == 65);

  const std::string all_new =
      milkrun.write("new.csv", "Rechnung,Wer,Betrag,currency,due_on\nR-7,K-1,5,EUR,2026-12-01\n");
  CHECK(milkrun({"import", "invoices", all_new, "--tenant", "gym", "--skip-bad"}) == 65);
  CHECK(milkrun.err.str().find("new.csv: no column fills contact, which a new invoice needs") != std::string::npos);
  CHECK(milkrun({"import", "invoices", all_new, "--tenant", "gym", "--set", "contact=K-1"}) == 0);
  CHECK(milkrun.out.str().find("left out, as no field of invoices is called so: Wer;") != std::string::npos);
  CHECK(milkrun({"import", "invoices", all_new, "--tenant", "gym", "--set", "contact=K-1", "--json"}) == 0);
  CHECK(milkrun.out.str().find("\"columns_left_out\":[\"Wer\"]") != std::string::npos);

  CHECK(milkrun({"import", "contacts", contacts, "--tenant", "nobody"}) == 64);
  CHECK(milkrun({"import", "contacts", contacts, "--tenant", "gym", "--map", "Telefon"}) == 64);
  CHECK(milkrun({"import", "contacts", contacts, "--tenant", "gym", "--date-format", "dd.mm"}) == 64);
  CHECK(milkrun({"import", "contacts", contacts}) == 64);
}
