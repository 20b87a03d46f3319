// Reminders and drips of the real binary through a real Postfix (STARTTLS and TLS, AUTH), read back from its maildir by
// another MIME parser than ours, header by header. postfix.sh (a ctest fixture) brings the server up.
#include "base/text.hpp"
#include "peers/installation.hpp"
#include "providers/smtp/smtp.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using nlohmann::json;
using test::Installation;

namespace {

const std::string place = MILKRUN_POSTFIX;

// Without root there is no Postfix. Then nothing here has passed: the whole program ends with the code that ctest knows
// as skipped, and that nobody who starts it by hand takes for well.
void needs_postfix() {
  if (!std::filesystem::exists(place + "/skipped")) return;
  std::cout << "skipped: postfix needs root" << std::endl;
  std::_Exit(77);
}

std::string word_in(const std::string& file) {
  std::string word;
  std::ifstream(place + "/" + file) >> word;
  return word;
}

// Ten o'clock (UTC) of tomorrow: the program believes that it is then.
std::time_t tomorrow_at_ten() { return (std::time(nullptr) / 86'400 + 1) * 86'400 + 36'000; }

std::string date_of(std::time_t t) {
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}
std::string german(const std::string& date) {
  return date.substr(8, 2) + "." + date.substr(5, 2) + "." + date.substr(0, 4);
}

json account(const std::string& url, const json& more = json::object()) {
  json settings = {{"from", "post@bücher.example"},
                   {"from_name", "Bücher & Söhne GmbH"},
                   {"bounce_domain", "bounce.bücher.example"}};
  settings.update(more);
  return {{"service", "email"},
          {"base_url", url},
          {"account", "gym@mail.test"},
          {"secret", "a long secret"},
          {"settings", settings}};
}

// The mails that have arrived for the address, once there are so many of them.
std::vector<json> arrived(const std::string& address, std::size_t least) {
  std::vector<json> out;
  for (int i = 0; i < 150; ++i) {
    out.clear();
    const test::Finished read = test::run_program({"/usr/bin/python3", MILKRUN_READ_MAILS, place + "/mail"});
    REQUIRE_MESSAGE(read.code == 0, read.err);
    for (const std::string_view line : text::split(read.out, '\n'))
      if (!line.empty())
        if (json mail = json::parse(line); mail["to_address"] == address) out.push_back(std::move(mail));
    if (out.size() >= least) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return out;
}

std::map<std::string, std::string> headers_of(const json& mail) {
  std::map<std::string, std::string> out;
  for (const auto& h : mail["headers"]) CHECK(out.emplace(h[0], h[1]).second); // each once
  return out;
}

json gym(const std::string& url) {
  return {{"slug", "gym"},
          {"name", "Bücher & Söhne"},
          {"language", "de"},
          {"timezone", "UTC"},
          {"base_url", "https://gym.example/mail"},
          {"credentials", {account(url)}}};
}

json rule(const std::string& text) {
  return {{"slug", "due"},
          {"offset_days", 0},
          {"channels", {"email"}},
          {"text", text},
          {"subject",
           "Rechnung {invoice_number} über {outstanding} – bitte bis zum {due_date} überweisen, vielen Dank 🍕"}};
}

json invoice(const std::string& number, const std::string& contact) {
  return {{"number", number},
          {"contact", contact},
          {"currency", "EUR"},
          {"amount_minor", 123'450},
          {"due_on", date_of(tomorrow_at_ten())},
          {"payment_link", "https://pay.example/i/7?a=1&b=2"}};
}

struct Letterbox : Installation {
  Letterbox() : Installation("[http]\nca_file = \"" + place + "/ca.pem\"\n") {}
  json run_tomorrow(const std::string& job) const {
    const std::string ahead = std::to_string(tomorrow_at_ten() + 5 - std::time(nullptr));
    const test::Finished done = milkrun({job, "--json"}, {{"MILKRUN_TEST_CLOCK_AHEAD", ahead}});
    REQUIRE_MESSAGE(done.code == 0, done.err);
    return json::parse(done.out);
  }
};

} // namespace

TEST_CASE("a reminder arrives over STARTTLS and AUTH as it was meant, header by header") {
  needs_postfix();
  const Letterbox here;
  const std::string name = "Jürgen \"Kim\" Groß, Dr.";
  json tenant = gym("smtp://127.0.0.1:" + word_in("port"));
  tenant["contacts"] = {{{"email", "ana@example.test"}, {"name", name}}};
  tenant["reminder_rules"] = {
      rule("Guten Tag {contact_name},\n\n.ein Punkt\nzahlen: {payment_link}\n\nFrom hier = \"ü\" " +
           std::string(150, 'x') + " \nEnde")};
  tenant["invoices"] = {invoice("R-1", "ana@example.test")};
  here.import({{"tenants", {tenant}}});
  const json report = here.run_tomorrow("send-reminders");
  REQUIRE_MESSAGE(report["tenants"][0]["got"] == 1, report.dump());
  const auto mails = arrived("ana@example.test", 1);
  REQUIRE(mails.size() == 1);
  const json& mail = mails[0];
  CHECK(mail["defects"] == json::array());
  CHECK(mail["longest"].get<int>() <= 78);
  auto h = headers_of(mail);
  // The server's own words on how it came: TLS, our account, the name we gave, and the sender that bounces go back to.
  CHECK(h["Received"].find("with ESMTPSA") != std::string::npos);
  CHECK(h["Received"].find("(Authenticated sender: gym@mail.test)") != std::string::npos);
  CHECK(h["Received"].find("from xn--bcher-kva.example") != std::string::npos);
  CHECK(h["Received"].find("using TLSv1.") != std::string::npos);
  const std::string id = h["Message-ID"].substr(1, 32);
  CHECK(h["Message-ID"] == "<" + id + "@xn--bcher-kva.example>");
  CHECK(h["Return-Path"].starts_with("<bounce+" + id + "."));
  CHECK(h["Return-Path"].ends_with("@bounce.xn--bcher-kva.example>"));
  CHECK(h["Delivered-To"] == "ana@example.test");
  CHECK(mail["from_name"] == "Bücher & Söhne GmbH");
  CHECK(mail["from_address"] == "post@xn--bcher-kva.example");
  CHECK(mail["to_name"] == name);
  CHECK(mail["date"].get<double>() >= static_cast<double>(tomorrow_at_ten()));
  CHECK(mail["date"].get<double>() < static_cast<double>(tomorrow_at_ten() + 300));
  CHECK(h["Subject"] == "Rechnung R-1 über 1.234,50\u00A0€ – bitte bis zum " + german(date_of(tomorrow_at_ten())) +
                            " überweisen, vielen Dank 🍕");
  CHECK(h["Auto-Submitted"] == "auto-generated");
  CHECK(h["Content-Language"] == "de");
  CHECK(h["MIME-Version"] == "1.0");
  CHECK_FALSE(h.contains("List-Unsubscribe")); // it is owed whether one likes it or not
  CHECK(mail["content_type"] == "multipart/alternative");
  REQUIRE(mail["parts"].size() == 2);
  CHECK(mail["parts"][0]["type"] == "text/plain");
  CHECK(mail["parts"][0]["charset"] == "utf-8");
  CHECK(mail["parts"][0]["text"] ==
        "Guten Tag " + name + ",\n\n.ein Punkt\nzahlen: https://pay.example/i/7?a=1&b=2\n\nFrom hier = \"ü\" " +
            std::string(150, 'x') + " \nEnde");
  CHECK(mail["parts"][1]["type"] == "text/html");
  const std::string html = mail["parts"][1]["text"];
  CHECK(html.find(R"(<html lang="de">)") != std::string::npos);
  CHECK(html.find(R"(<a href="https://pay.example/i/7?a=1&amp;b=2">)") != std::string::npos);
  CHECK(html.find("Jürgen &quot;Kim&quot; Groß, Dr.") != std::string::npos);
}

TEST_CASE("a drip's mail arrives over TLS from the start, and can be left by mail and with one click") {
  needs_postfix();
  const Letterbox here;
  json tenant = gym("smtps://127.0.0.1:" + word_in("tls_port"));
  tenant["credentials"] = {
      account("smtps://127.0.0.1:" + word_in("tls_port"), {{"auth", "login"}, {"unsubscribe", "leave@gym.example"}})};
  tenant["contacts"] = {{{"email", "ben@example.test"}, {"name", "Ben"}, {"email_consent", true}}};
  tenant["campaigns"] = {
      {{"slug", "welcome"},
       {"kind", "drip"},
       {"window", {{"start", "00:00"}, {"end", "00:00"}}},
       {"steps",
        {{{"slug", "hello"}, {"channels", {"email"}}, {"text", "Hallo {first_name}"}, {"subject", "Willkommen"}}}}}};
  here.import({{"tenants", {tenant}}});
  REQUIRE(here.milkrun({"enroll", "welcome", "--tenant", "gym", "--contact", "ben@example.test"}).code == 0);
  here.run_tomorrow("advance-drips");
  const auto mails = arrived("ben@example.test", 1);
  REQUIRE(mails.size() == 1);
  CHECK(mails[0]["defects"] == json::array());
  auto h = headers_of(mails[0]);
  CHECK(h["Received"].find("with ESMTPSA") != std::string::npos);
  CHECK(h["Subject"] == "Willkommen");
  CHECK(h["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click");
  const std::string id = h["Message-ID"].substr(1, 32), list = h["List-Unsubscribe"];
  const std::string start = "<https://gym.example/mail/u/" + id + ".";
  REQUIRE_MESSAGE(list.starts_with(start), list);
  const std::string token = list.substr(start.size() - 33, list.find('>') - start.size() + 33);
  CHECK(list ==
        "<https://gym.example/mail/u/" + token + ">, <mailto:leave@gym.example?subject=unsubscribe%20" + token + ">");
  // What comes back of it, as a web endpoint and a mail server hand it on.
  CHECK(here.milkrun({"unsubscribe", token + "0"}).code == 65);
  CHECK(json::parse(here.milkrun({"unsubscribe", token, "--json"}).out)["changed"] == true);
  CHECK(json::parse(here.milkrun({"unsubscribe", "unsubscribe " + token, "--json"}).out)["changed"] == false);
  const std::string back = h["Return-Path"].substr(1, h["Return-Path"].size() - 2);
  CHECK(here.milkrun({"bounced", "bounce+" + token + "@x.example", "--hard"}).code == 65);
  CHECK(json::parse(here.milkrun({"bounced", back, "--hard", "--json"}).out)["outcome"] == "address dead");
  CHECK(json::parse(here.milkrun({"bounced", back, "--hard", "--json"}).out)["outcome"] == "known");
  CHECK(json::parse(here.milkrun({"acts", "list", "--json"}).out)["acts"].size() == 3); // enrolled, left, came back
}

TEST_CASE("what the server says of a recipient: dead is remembered, full waits, the others get theirs") {
  needs_postfix();
  const Letterbox here;
  json tenant = gym("smtp://127.0.0.1:" + word_in("port"));
  for (const char* who : {"dead", "full", "cleo"}) {
    tenant["contacts"].push_back({{"email", std::string(who) + "@example.test"}, {"name", who}});
    tenant["invoices"].push_back(invoice(std::string("R-") + who, std::string(who) + "@example.test"));
  }
  here.import({{"tenants", {tenant}}});
  here.run_tomorrow("send-reminders");
  CHECK(arrived("cleo@example.test", 1).size() == 1);
  const json messages = json::parse(here.milkrun({"messages", "list", "--json"}).out)["messages"];
  std::map<std::string, std::string> state;
  for (const json& one : messages)
    state[one["email"]] = one["state"].get<std::string>() + " " + one["code"].get<std::string>();
  CHECK(state["dead@example.test"] == "failed smtp.no_such_address");
  CHECK(state["full@example.test"] == "queued smtp.try_later");
  CHECK(state["cleo@example.test"] == "sent ");
}

TEST_CASE("a mail that the server took and then could not deliver comes back to us by the lines of the manual") {
  needs_postfix();
  const Letterbox here;
  json tenant = gym("smtp://127.0.0.1:" + word_in("port"));
  tenant["contacts"] = {{{"email", "late@example.test"}, {"name", "Eva"}}};
  tenant["invoices"] = {invoice("R-5", "late@example.test")};
  here.import({{"tenants", {tenant}}});
  here.run_tomorrow("send-reminders");
  const auto message = [&] { return json::parse(here.milkrun({"messages", "list", "--json"}).out)["messages"][0]; };
  const std::string id = message()["id"];
  REQUIRE(message()["state"] == "sent");
  std::string report, address;
  for (int i = 0; i < 150 && report.empty(); ++i) {
    for (const auto& file : std::filesystem::directory_iterator(place + "/back"))
      if (file.path().extension() == ".to") {
        std::ifstream(file.path()) >> address;
        if (address.starts_with("bounce+" + id + ".")) report = std::filesystem::path(file.path()).replace_extension();
      }
    if (report.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  REQUIRE_MESSAGE(!report.empty(), ("no report came; the last was for " + address));
  const auto said = json::parse(here.milkrun({"bounced", address, report, "--json"}).out);
  CHECK(said["outcome"] == "address dead");
  CHECK(said["status"] == "5.1.1");
  CHECK(said["email"] == "late@example.test");
  CHECK(message()["code"] == "smtp.no_such_address");
}

TEST_CASE("a wrong password rests the account, and no mail leaves") {
  needs_postfix();
  const Letterbox here;
  json tenant = gym("smtp://127.0.0.1:" + word_in("port"));
  tenant["credentials"][0]["secret"] = "wrong";
  tenant["contacts"] = {{{"email", "dan@example.test"}, {"name", "Dan"}}};
  tenant["invoices"] = {invoice("R-9", "dan@example.test")};
  here.import({{"tenants", {tenant}}});
  const json report = here.run_tomorrow("send-reminders");
  const bool told = std::ranges::any_of(report["resting"], [](const json& r) {
    return r["what"] == "credential email of gym" && r["code"] == "smtp.signin_refused";
  });
  CHECK_MESSAGE(told, report.dump());
  CHECK(arrived("dan@example.test", 0).empty());
}
