// Mails through a real submission server (python3-aiosmtpd: STARTTLS, AUTH), read back by another MIME parser than
// ours. The server is brought up by smtp.sh (a ctest fixture); MILKRUN_SMTP is its directory.
#include "base/text.hpp"
#include "providers/smtp/smtp.hpp"

#include "support/http_setup.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::smtp;
using Json = nlohmann::json;

namespace {

const std::string place = MILKRUN_SMTP;

std::string server() {
  std::string port;
  std::ifstream(place + "/port") >> port;
  return "127.0.0.1:" + port;
}

Credential credential(const Json& more = Json::object()) {
  Json settings = {{"from", "post@bücher.example"}, {"from_name", "Bücher & Söhne GmbH"}};
  settings.update(more);
  Credential out;
  out.service = "email";
  out.tenant = "asha";
  out.base_url = "smtp://" + server();
  out.host = http::server_of(out.base_url);
  out.account = "post";
  out.secret = Secret("secret");
  out.settings = settings.dump();
  return out;
}

Letter letter(std::string to, std::string id) {
  return {.id = std::move(id),
          .to = std::move(to),
          .to_name = "Jürgen \"Kim\" Groß, Dr.",
          .subject = "Rechnung 7 über 1.234,50 € ist fällig: bitte überweisen Sie bis zum 30. November, vielen Dank 🍕",
          .text = "Guten Tag,\n\n.ein Punkt\nzahlen: https://pay.example/i/7?a=1&b=2\n\nFrom hier = \"ü\" " +
                  std::string(200, 'x') + " \nEnde",
          .language = "de",
          .date = from_ms(1'795'262'400'000),
          .unsubscribe = Unsubscribe{.token = "tok", .url = "https://pay.example/u/tok"}};
}

struct Mails {
  test::CurlClient client{{.ca_file = place + "/ca.pem"}, test::open_guard()};

  Answer send(const Letter& one, const Credential& by = credential()) {
    return smtp::send(client, by, one, Millis(30'000));
  }
};

// The mails with this id that the server took.
std::vector<Json> taken(const std::string& id) {
  std::vector<Json> out;
  std::ifstream in(place + "/mails.jsonl");
  for (std::string line; std::getline(in, line);)
    if (line.contains("<" + id + "@")) out.push_back(Json::parse(line));
  return out;
}

std::map<std::string, std::string> headers_of(const Json& mail) {
  std::map<std::string, std::string> out;
  for (const auto& h : mail["headers"]) {
    CHECK(out.emplace(h[0], h[1]).second); // each once
  }
  return out;
}

} // namespace

TEST_CASE("a mail arrives as it was meant, header by header") {
  Mails mails;
  const Letter mine = letter("kim@example.test", "a1");
  const Answer answer = mails.send(mine);
  REQUIRE_MESSAGE(answer.receipt, answer.receipt.error().reason.text(), answer.receipt.error().detail);
  CHECK(answer.receipt->status == "2.0.0 OK: queued");
  const auto got = taken("a1");
  REQUIRE(got.size() == 1);
  const Json& mail = got[0];
  CHECK(mail["defects"] == Json::array());
  CHECK(mail["crlf_only"] == true);
  CHECK(mail["user"] == "post");
  CHECK(mail["from"] == "post@xn--bcher-kva.example");
  CHECK(mail["to"] == Json::array({"kim@example.test"}));
  CHECK(mail["hello"] == "xn--bcher-kva.example");
  auto h = headers_of(mail);
  CHECK(h["From"] == "Bücher & Söhne GmbH <post@xn--bcher-kva.example>");
  CHECK(mail["to_name"] == mine.to_name);
  CHECK(mail["to_address"] == "kim@example.test");
  CHECK(h["Subject"] == mine.subject);
  CHECK(h["Message-ID"] == "<a1@xn--bcher-kva.example>");
  CHECK(h["Date"] == "Sat, 21 Nov 2026 12:00:00 +0000");
  CHECK(h["Auto-Submitted"] == "auto-generated");
  CHECK(h["List-Unsubscribe"] ==
        "<https://pay.example/u/tok>, <mailto:post@xn--bcher-kva.example?subject=unsubscribe%20tok>");
  CHECK(h["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click");
  CHECK(h["Content-Language"] == "de");
  REQUIRE(mail["parts"].size() == 2);
  CHECK(mail["parts"][0]["type"] == "text/plain");
  CHECK(mail["parts"][0]["charset"] == "utf-8");
  CHECK(text::replace_all(mail["parts"][0]["text"], "\r\n", "\n") == mine.text);
  CHECK(mail["parts"][1]["type"] == "text/html");
  const std::string html = mail["parts"][1]["text"];
  CHECK(html.contains(R"(<a href="https://pay.example/i/7?a=1&amp;b=2">)"));
  CHECK(html.contains("From hier = &quot;ü&quot;"));
}

TEST_CASE("mails of one account go over one connection") {
  Mails mails;
  for (const char* id : {"b1", "b2", "b3"}) REQUIRE(mails.send(letter("kim@example.test", id)).receipt);
  CHECK(taken("b1").at(0)["peer"] == taken("b3").at(0)["peer"]);
}

TEST_CASE("AUTH LOGIN signs in, a wrong password does not") {
  Mails mails;
  CHECK(mails.send(letter("kim@example.test", "c1"), credential({{"auth", "login"}})).receipt);
  Credential wrong = credential();
  wrong.secret = Secret("wrong");
  const Answer answer = mails.send(letter("kim@example.test", "c2"), wrong);
  REQUIRE_FALSE(answer.receipt);
  CHECK(answer.receipt.error().reason.code() == "smtp.signin_refused");
  CHECK(answer.receipt.error().fault == Fault::setting);
  CHECK(taken("c2").empty());
}

TEST_CASE("faults of a real server are told apart") {
  Mails mails;
  const Answer grey = mails.send(letter("grey@example.test", "d1"));
  CHECK(grey.receipt.error().fault == Fault::rate_limited);
  const Answer dead = mails.send(letter("dead@example.test", "d2"));
  CHECK(dead.receipt.error().fault == Fault::permanent);
  CHECK(dead.also == Also::address_dead);
  CHECK(dead.receipt.error().detail == "550 5.1.1 No such user here");
  const Answer full = mails.send(letter("full@example.test", "d3"));
  CHECK(full.also == Also::mailbox_full);
  CHECK(taken("d3").empty());
}

TEST_CASE("a mail whose answer was lost is in doubt: here it did arrive") {
  Mails mails;
  const Answer cut = mails.send(letter("cut@example.test", "e1"));
  REQUIRE_FALSE(cut.receipt);
  CHECK(cut.receipt.error().fault == Fault::uncertain);
  CHECK(taken("e1").size() == 1);
  const Answer late = smtp::send(mails.client, credential(), letter("slow@example.test", "e2"), Millis(1'500));
  REQUIRE_FALSE(late.receipt);
  CHECK(late.receipt.error().fault == Fault::uncertain);
  CHECK(late.receipt.error().reason.code() == "network.no_answer_in_time");
}
