// Mails through the network's door: what a server's every word becomes, and what is known of a mail when none comes.
#include "http/curl_net.hpp"
#include "http/mail_pool.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"
#include "support/tls_stream.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::open_guard;
using milkrun::test::RawServer;
using milkrun::test::TestTls;

namespace {

// A mail server's replies by what they answer: "greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "." (the whole
// mail).
// "" = it says nothing more and hangs up.
using Replies = std::map<std::string, std::string>;

const Replies& usual() {
  static const Replies replies{{"greeting", "220 mail.test ready"},
                               {"EHLO", "250-mail.test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN XOAUTH2"},
                               {"AUTH", "235 2.7.0 welcome"},
                               {"MAIL", "250 2.1.0 ok"},
                               {"RCPT", "250 2.1.5 ok"},
                               {"DATA", "354 go on"},
                               {".", "250-2.0.0 Ok\r\n250 2.0.0 queued as 4C0F"},
                               {"QUIT", "221 bye"}};
  return replies;
}

std::string read_mail(Connection& c) {
  std::string mail;
  for (std::string line = c.read_line(); !line.empty(); line = c.read_line()) {
    if (line == ".\r\n") return mail;
    mail += line.starts_with('.') ? line.substr(1) : line;
  }
  return "";
}

// Serves one connection; notes every command, and the mail whole.
void serve(RawServer& server, Connection& c, const Replies& other) {
  const auto say = [&](const std::string& word) {
    const auto own = other.find(word);
    const std::string& reply = own != other.end() ? own->second : usual().at(word);
    return !reply.empty() && c.write(reply + "\r\n");
  };
  if (!say("greeting")) return;
  for (std::string line = c.read_line(); !line.empty(); line = c.read_line()) {
    server.note(c.index(), line);
    const std::string word = line.substr(0, 4);
    if (word == "AUTH" && other.contains("334")) {
      c.write(other.at("334") + "\r\n");
      server.note(c.index(), c.read_line());
    } else if (word == "AUTH" && line.find(' ', 5) == line.npos) {
      c.write("334 \r\n");
      server.note(c.index(), c.read_line());
    }
    if (!usual().contains(word) || !say(word)) return;
    if (word == "QUIT") return;
    if (word != "DATA" || (other.contains("DATA") && !other.at("DATA").starts_with("354"))) continue;
    const std::string mail = read_mail(c);
    if (mail.empty()) return;
    server.note(c.index(), mail);
    if (!say(".")) return;
  }
}

struct World {
  explicit World(Replies other = {})
      : server([this, other = std::move(other)](Connection& c) { serve(server, c, other); }, tls.wrap()),
        client({.ca_file = tls.ca_file()}, open_guard()) {}

  Request mail(std::string body = "Subject: hi\r\n\r\n.dot\r\nend\r\n") const {
    Request r;
    r.method = "POST";
    r.url = "smtps://" + server.host();
    r.body = std::move(body);
    r.effect = Effect::once;
    r.caller = {.tenant = "asha", .service = "email"};
    r.envelope = Envelope{.from = "post@asha.test",
                          .to = "kim@example.test",
                          .hello = "asha.test",
                          .user = "post",
                          .secret = Secret("canary-7f3a91"),
                          .host = server.host()};
    return r;
  }
  std::vector<std::string> seen() const {
    std::vector<std::string> out;
    for (const auto& s : server.seen()) out.push_back(s.text);
    return out;
  }

  TestTls tls;
  RawServer server;
  CurlClient client;
};

std::string phase_of(const Expected<Response>& answer) {
  return answer ? std::string(answer->header("smtp-phase")) : "";
}

} // namespace

TEST_CASE("a mail goes out as it is, signed in, over TLS") {
  World w;
  const auto answer = w.client.send(w.mail());
  REQUIRE(answer);
  CHECK(answer->status == 250);
  CHECK(answer->body == "2.0.0 Ok queued as 4C0F");
  CHECK(phase_of(answer) == "message");
  const auto seen = w.seen();
  REQUIRE(seen.size() >= 6);
  CHECK(seen[0] == "EHLO asha.test\r\n");
  CHECK(seen[1] == "AUTH PLAIN\r\n");
  CHECK(seen[3].starts_with("MAIL FROM:<post@asha.test>"));
  CHECK(seen[4].starts_with("RCPT TO:<kim@example.test>"));
  CHECK(seen[6] == "Subject: hi\r\n\r\n.dot\r\nend\r\n");
}

TEST_CASE("mails of one account share a connection, others and refused ones do not") {
  World w;
  for (int i = 0; i < 3; ++i) CHECK(w.client.send(w.mail()));
  CHECK(w.server.connections() == 1);
  Request other = w.mail();
  other.caller.tenant = "bolt";
  CHECK(w.client.send(other));
  CHECK(w.server.connections() == 2);
}

TEST_CASE("idle connections of many accounts make place for one another, the longest idle first") {
  World w;
  const Guard guard = open_guard();
  const TransferSettings settings{.ca_file = w.tls.ca_file(), .user_agent = {}};
  std::mutex lock;
  std::condition_variable changed;
  std::uint64_t answered = 0;
  bool good = true;
  MailPool pool(settings, guard, {.threads = 3, .idle = Millis(600'000)},
                [&](std::uint64_t, const Expected<Response>& response) {
                  const std::lock_guard hold(lock);
                  good = good && response;
                  ++answered;
                  changed.notify_one();
                });
  std::uint64_t sent = 0;
  const auto send = [&](const std::string& tenant) {
    MailPool::Job job{.id = ++sent, .request = w.mail(), .destination = {}};
    job.request.caller.tenant = tenant;
    auto destination = guard.locate(job.request.url);
    REQUIRE(destination);
    REQUIRE(guard.admit(*destination, {Address::parse("127.0.0.1").value()}, job.request.caller));
    job.destination = *std::move(destination);
    job.connect_by = job.end_by = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    pool.submit(std::move(job));
    std::unique_lock hold(lock);
    changed.wait(hold, [&] { return answered == sent; });
  };
  for (int i = 0; i < 6; ++i) send("tenant" + std::to_string(i));
  CHECK(w.server.connections() == 6);
  send("tenant5");
  send("tenant4");
  CHECK(w.server.connections() == 6); // kept
  send("tenant0");
  CHECK(w.server.connections() == 7); // had made place
  CHECK(good);
}

TEST_CASE("a connection takes fifty mails, then another one is made") {
  World w;
  for (int i = 0; i < 51; ++i) REQUIRE(w.client.send(w.mail()));
  CHECK(w.server.connections() == 2);
}

TEST_CASE("a refusal is an answer that names what was refused") {
  struct Case {
    const char *word, *reply, *phase;
    int status;
    const char* text;
  };
  for (const Case& c : {Case{"greeting", "554 5.7.1 go away", "connect", 554, "5.7.1 go away"},
                        Case{"greeting", "421 4.3.2 busy", "connect", 421, "4.3.2 busy"},
                        Case{"AUTH", "535 5.7.8 wrong", "sign-in", 535, "5.7.8 wrong"},
                        Case{"AUTH", "454 4.7.0 later", "sign-in", 454, "4.7.0 later"},
                        Case{"MAIL", "553 5.7.1 not yours", "sender", 553, "5.7.1 not yours"},
                        Case{"RCPT", "550-5.1.1 no such\r\n550 5.1.1 user", "recipient", 550, "5.1.1 no such user"},
                        Case{"RCPT", "450 4.2.1 grey", "recipient", 450, "4.2.1 grey"},
                        Case{"DATA", "451 4.3.0 later", "message", 451, "4.3.0 later"},
                        Case{".", "552 5.3.4 too big", "message", 552, "5.3.4 too big"},
                        Case{".", "451 4.7.1 scan", "message", 451, "4.7.1 scan"}}) {
    CAPTURE(c.word);
    CAPTURE(c.reply);
    World w(Replies{{c.word, c.reply}});
    const auto answer = w.client.send(w.mail());
    REQUIRE(answer);
    CHECK(answer->status == c.status);
    CHECK(answer->body == c.text);
    CHECK(phase_of(answer) == c.phase);
  }
}

TEST_CASE("only a mail whose last line may have left is in doubt") {
  for (const char* word : {"greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"}) {
    CAPTURE(word);
    World w(Replies{{word, ""}});
    const auto answer = w.client.send(w.mail());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().fault == Fault::outage);
  }
  World w(Replies{{".", ""}});
  const auto answer = w.client.send(w.mail());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::uncertain);
}

TEST_CASE("a big mail that is cut in the middle was not sent") {
  std::string body = "Subject: big\r\n\r\n";
  for (int i = 0; i < 200'000; ++i) body += "a line of sixty-four characters, so that it takes a while to go\r\n";
  TestTls tls;
  RawServer server(
      [&](Connection& c) {
        c.write("220 ready\r\n");
        for (std::string line = c.read_line(); !line.empty(); line = c.read_line()) {
          if (line.starts_with("EHLO"))
            c.write("250 AUTH PLAIN\r\n");
          else if (line == "AUTH PLAIN\r\n")
            c.write("334 \r\n");
          else if (line.starts_with("DATA")) {
            c.write("354 go on\r\n");
            c.read_line();
            return c.reset();
          } else
            c.write(line.starts_with("MAIL") || line.starts_with("RCPT") ? "250 ok\r\n" : "235 ok\r\n");
        }
      },
      tls.wrap());
  World w;
  Request mail = w.mail(body);
  mail.url = "smtps://" + server.host();
  mail.envelope->host = server.host();
  CurlClient client({.ca_file = tls.ca_file()}, open_guard());
  const auto answer = client.send(mail);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::outage);
}

TEST_CASE("XOAUTH2 and LOGIN are what was asked for") {
  World w;
  Request bearer = w.mail(), login = w.mail();
  bearer.envelope->auth = Envelope::Auth::xoauth2;
  login.envelope->auth = Envelope::Auth::login;
  login.envelope->user = "other";
  REQUIRE(w.client.send(bearer));
  const auto seen = w.seen();
  CHECK(seen.at(1).starts_with("AUTH XOAUTH2"));
  // user=post^Aauth=Bearer canary-7f3a91^A^A
  CHECK(seen.at(2) == "dXNlcj1wb3N0AWF1dGg9QmVhcmVyIGNhbmFyeS03ZjNhOTEBAQ==\r\n");
}

TEST_CASE("a token that is refused by a challenge is refused with the words in it") {
  World w(Replies{{"AUTH", "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0="}});
  Request mail = w.mail();
  mail.envelope->auth = Envelope::Auth::xoauth2;
  const auto answer = w.client.send(mail);
  REQUIRE(answer);
  CHECK(answer->status == 535);
  CHECK(answer->header("smtp-phase") == "sign-in");
  CHECK(answer->body == R"({"status":"401","schemes":"Bearer"})");
  for (const std::string& line : w.seen()) CHECK_FALSE(line.starts_with("MAIL"));
}

TEST_CASE("a server that offers no sign-in, or another one, gets no mail") {
  for (const char* offer : {"250 mail.test", "250-mail.test\r\n250 AUTH GSSAPI"}) {
    CAPTURE(offer);
    World w(Replies{{"EHLO", offer}});
    const auto answer = w.client.send(w.mail());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().fault == Fault::setting);
    CHECK(answer.error().reason.code() == "smtp.signin_refused");
    CHECK(answer.error().detail.contains("offers no sign-in"));
    for (const std::string& line : w.seen()) CHECK_FALSE(line.starts_with("MAIL"));
  }
}

TEST_CASE("a server without TLS gets no password") {
  RawServer plain([&](Connection& c) {
    c.write("220 ready\r\n");
    for (std::string line = c.read_line(); !line.empty(); line = c.read_line()) {
      plain.note(c.index(), line);
      c.write("250 AUTH PLAIN\r\n");
    }
  });
  World w;
  Request mail = w.mail();
  mail.url = "smtp://" + plain.host();
  mail.envelope->host = plain.host();
  CurlClient client({}, open_guard());
  const auto answer = client.send(mail);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason.code() == "network.no_tls");
  CHECK(answer.error().fault == Fault::outage);
  for (const auto& seen : plain.seen()) CHECK_FALSE(seen.text.starts_with("AUTH"));
}

TEST_CASE("a certificate that nobody vouches for gets no password") {
  World w;
  CurlClient stranger({}, open_guard());
  const auto answer = stranger.send(w.mail());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason.code() == "network.certificate_refused");
  CHECK(w.seen().empty());
}

TEST_CASE("the guard judges mail servers as any other address") {
  World w;
  CurlClient closed({.ca_file = w.tls.ca_file()}, Guard({}));
  CHECK(closed.send(w.mail()).error().reason.code() == "network.address_not_allowed");
  CurlClient of_other({.ca_file = w.tls.ca_file()}, Guard({allow("127.0.0.0/8", "bolt")}));
  CHECK(of_other.send(w.mail()).error().reason.code() == "network.address_not_allowed");
  CHECK(w.server.connections() == 0);
  const Guard guard({}, {443}, test::names({{"mail.test", {"93.184.216.34"}}}));
  const Caller caller{.tenant = "asha", .service = "email"};
  CHECK(test::vet(guard, "smtp://mail.test", caller)->port == 587);
  CHECK(test::vet(guard, "smtps://mail.test", caller)->port == 465);
  CHECK(test::vet(guard, "smtp://mail.test:25", caller).error().reason.code() == "network.port_not_allowed");
  CHECK(test::vet(guard, "smtp://mail.test/path", caller).error().reason.code() == "network.bad_url");
}

TEST_CASE("what would break the dialogue never leaves") {
  World w;
  const auto reason = [&](const auto& spoil) {
    Request mail = w.mail();
    spoil(mail);
    const auto answer = w.client.send(mail);
    return answer ? std::string("sent") : std::string(answer.error().reason.code());
  };
  CHECK(reason([](Request& r) { r.envelope->to = "kim@example.test>\r\nDATA"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.envelope->from = "a b@example.test"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.envelope->hello = "x\r\nQUIT"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.envelope->user = "x\n"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.body = "a\n.\nb\r\n"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.body = "a\rb\r\n"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.body = "no end"; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.effect = Effect::repeatable; }) == "network.bad_request");
  CHECK(reason([](Request& r) { r.envelope->host = "elsewhere.test"; }) == "network.credential_for_another_host");
  CHECK(reason([](Request& r) { r.envelope.reset(); }) == "network.bad_url");
  CHECK(reason([](Request& r) { r.url = "https://example.org/"; }) == "network.bad_url");
  CHECK(w.server.connections() == 0);
}

TEST_CASE("a server that is slow at the last line delays no other call") {
  TestTls tls;
  std::atomic<bool> asked = false, answered = false;
  Replies silent;
  RawServer slow(
      [&](Connection& c) {
        silent = {{".", ""}};
        serve(slow, c, silent);
        asked = true;
        while (!answered) std::this_thread::yield();
        c.write("250 late\r\n");
        c.wait_for_close();
      },
      tls.wrap());
  RawServer quick([](Connection& c) {
    while (!c.read_request().empty()) c.answer(200, "ok");
  });
  World w;
  Request mail = w.mail();
  mail.url = "smtps://" + slow.host();
  mail.envelope->host = slow.host();
  CurlNet net({.ca_file = tls.ca_file()}, open_guard());
  net.submit(1, mail);
  while (!asked) std::this_thread::yield();
  net.submit(2, test::get(quick.url()));
  std::vector<Net::Answer> answers;
  while (answers.empty()) {
    net.wait(Millis(1'000));
    answers = net.collect();
  }
  CHECK(answers.at(0).ticket == 2); // while the other waits
  answered = true;
  answers.clear();
  while (answers.empty()) {
    net.wait(Millis(1'000));
    answers = net.collect();
  }
  CHECK(answers.at(0).ticket == 1);
  CHECK(answers.at(0).response->status == 250);
}

TEST_CASE("told to stop, a mail in doubt says so, and those that wait are aborted") {
  TestTls tls;
  std::atomic<bool> asked = false;
  RawServer slow(
      [&](Connection& c) {
        serve(slow, c, {{".", ""}});
        asked = true;
        c.wait_for_close();
      },
      tls.wrap());
  World w;
  Request mail = w.mail();
  mail.url = "smtps://" + slow.host();
  mail.envelope->host = slow.host();
  CurlNet net({.ca_file = tls.ca_file()}, open_guard());
  net.submit(1, mail);
  while (!asked) std::this_thread::yield();
  net.abort();
  net.submit(2, mail);
  std::map<std::uint64_t, Fault> faults;
  while (faults.size() < 2) {
    net.wait(Millis(1'000));
    for (const auto& a : net.collect()) faults.emplace(a.ticket, a.response.error().fault);
  }
  CHECK(faults.at(1) == Fault::uncertain);
  CHECK(faults.at(2) == Fault::aborted);
}

TEST_CASE("a server that never ends its reply is left alone") {
  World w(Replies{{"RCPT", [] {
                     std::string endless;
                     for (int i = 0; i < 200; ++i) endless += "250-more\r\n";
                     return endless + "250 end";
                   }()}});
  const auto answer = w.client.send(w.mail());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason.code() == "network.too_many_headers");
}
