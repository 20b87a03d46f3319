// Reports as servers write them, and what is none.
#include "providers/smtp/report.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace milkrun::smtp;

namespace {

std::string report(const std::string& recipients, const char* type = "multipart/report; report-type=delivery-status;\n"
                                                                     "\tboundary=\"C5.1/mx\"") {
  return fmt::format("From: MAILER-DAEMON@mx.test\nContent-Type: {}\nMIME-Version: 1.0\n\n"
                     "--C5.1/mx\nContent-Type: text/plain\n\nAction: failed, says the letter\nStatus: 5.1.1\n\n"
                     "--C5.1/mx\nContent-Type: message/delivery-status\n\n"
                     "Reporting-MTA: dns; mx.test\nArrival-Date: x\n\n{}\n\n--C5.1/mx\nContent-Type: message/rfc822\n\n"
                     "Subject: hi\n\nAction: failed\nStatus: 5.1.1\n--C5.1/mx--\n",
                     type, recipients);
}

std::string crlf(std::string s) {
  for (std::size_t at = s.find('\n'); at != s.npos; at = s.find('\n', at + 2)) s.insert(at, "\r");
  return s;
}

std::string said(const std::string& mail) {
  const auto found = read_report(mail);
  return found ? found->action + " " + found->status : "none";
}

constexpr const char* gone = "Final-Recipient: rfc822; kim@example.test\nOriginal-Recipient: rfc822;kim@example.test\n"
                             "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.test\n"
                             "Diagnostic-Code: smtp; 550 5.1.1 <kim@example.test>: user\n unknown";

} // namespace

TEST_CASE("a report tells what became of its recipient, by its own part alone") {
  CHECK(said(report(gone)) == "failed 5.1.1");
  CHECK(said(crlf(report(gone))) == "failed 5.1.1");
  CHECK(said(report("action: Delayed (will try)\nstatus: 4.4.1 (no answer)")) == "delayed 4.4.1");
  CHECK(said(report("Action: delivered\nStatus: 2.0.0")) == "delivered 2.0.0");
  CHECK(said(report("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.2.2 over quota")) == "failed 5.2.2");
  CHECK(said(report("Action: failed\nStatus: 5.0.0")) == "failed 5.0.0");
  CHECK(said(report("Action: failed")) == "failed ");
  CHECK(said(report("Action: delayed\nStatus: 4.4.1\n\nAction: failed\nStatus: 5.1.1")) == "failed 5.1.1");
}

TEST_CASE("what is no report, or is cut, says nothing") {
  CHECK(said("") == "none");
  CHECK(said("Content-Type: text/plain\n\nI am away. Action: failed\nStatus: 5.1.1\n") == "none");
  CHECK(said(report(gone, "multipart/mixed; boundary=\"C5.1/mx\"")) == "none");
  CHECK(said(report(gone, "multipart/report; report-type=delivery-status")) == "none");
  CHECK(said(report("Final-Recipient: rfc822; kim@example.test")) == "none");
  const std::string whole = report(gone);
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    const std::string got = said(whole.substr(0, n));
    CHECK((got == "none" || got.starts_with("failed")));
  }
  CHECK(said(std::string(1'000'000, '\n')) == "none");
  CHECK(said("Content-Type: multipart/report; boundary=b\n\n" + std::string(500'000, '-')) == "none");
}

TEST_CASE("a status says of the address what a server's reply would have said") {
  for (const char* dead : {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
    CHECK(also_of_status(dead) == Also::address_dead);
  CHECK(also_of_status("5.2.2") == Also::mailbox_full);
  for (const char* ours : {"5.7.1", "5.7.26", "5.7.515", "5.1.8", "4.4.7", "4.2.2", ""})
    CHECK(also_of_status(ours) == Also::nothing);
  CHECK(also_of_status("5.0.0") == Also::not_taken);
}

namespace {

std::string complaint(const std::string& about, const std::string& ours, const char* type = "message/rfc822") {
  return fmt::format("From: <feedback@isp.test>\nContent-Type: multipart/report; report-type=feedback-report;\n"
                     "\tboundary=\"b1\"\n\n--b1\nContent-Type: text/plain\n\nFeedback-Type: virus\n\n"
                     "--b1\nContent-Type: message/feedback-report\n\n{}\n\n"
                     "--b1\nContent-Type: {}\n\n{}\n\nFeedback-Type: other\n--b1--\n",
                     about, type, ours);
}

} // namespace

TEST_CASE("a complaint tells its kind, and every word that may name the mail it is about") {
  const std::string whole =
      complaint("Feedback-Type: Abuse\nUser-Agent: isp/1\nVersion: 1\n"
                "Original-Mail-From: <bounce+1.2@b.test>\nOriginal-Rcpt-To: <kim@isp.test>",
                "Return-Path: <bounce+3.4@b.test>\nList-Unsubscribe: <https://gym.test/m/u/T.1>,\n"
                " <mailto:leave@gym.test?subject=unsubscribe%20T.2>\nSubject: hi");
  for (const std::string& mail : {whole, crlf(whole)}) {
    const auto found = read_complaint(mail);
    REQUIRE(found);
    CHECK(found->type == "abuse");
    CHECK(found->wants_no_more());
    CHECK(found->names == std::vector<std::string>{"bounce+1.2@b.test", "bounce+3.4@b.test", "T.1", "T.2"});
    CHECK_FALSE(read_report(mail));
  }
  const auto bare = read_complaint(complaint("Feedback-Type: fraud\nOriginal-Mail-From: bounce+1.2@b.test", "", "x/y"));
  REQUIRE(bare);
  CHECK(bare->names == std::vector<std::string>{"bounce+1.2@b.test"});
  for (const char* other : {"not-spam", "virus", "other", "auth-failure", "x"}) {
    const auto found = read_complaint(complaint("Feedback-Type: " + std::string(other), "", "text/rfc822-headers"));
    REQUIRE(found);
    CHECK_FALSE(found->wants_no_more());
  }
}

TEST_CASE("what is no complaint, is cut, or names a crowd, costs nothing") {
  CHECK_FALSE(read_complaint(""));
  CHECK_FALSE(read_complaint(report(gone)));
  CHECK_FALSE(read_complaint(complaint("Version: 1", "")));
  CHECK_FALSE(read_complaint("Content-Type: text/plain\n\nFeedback-Type: abuse\n"));
  std::string crowd = "List-Unsubscribe: ";
  for (int i = 0; i < 1'000; ++i) crowd += "<https://gym.test/u/T." + std::to_string(i) + ">, ";
  const auto found = read_complaint(complaint("Feedback-Type: abuse", crowd));
  REQUIRE(found);
  CHECK(found->names.size() == 16);
  const std::string whole = complaint("Feedback-Type: abuse\nOriginal-Mail-From: <bounce+1.2@b.test>", crowd);
  for (std::size_t n = 0; n < whole.size(); n += 97) {
    const auto cut = read_complaint(whole.substr(0, n));
    CHECK((!cut || cut->names.size() <= 16));
  }
}

TEST_CASE("of a mail that is all marks, fields or parts only so much is read") {
  const auto behind = [](int parts) {
    std::string mail = "Content-Type: multipart/report; boundary=b\n\n";
    for (int i = 0; i < parts; ++i) mail += "--b\nContent-Type: text/plain\n\nx\n";
    return mail + "--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n--b--\n";
  };
  CHECK(said(behind(0)) == "failed 5.1.1");
  CHECK(said(behind(31)) == "failed 5.1.1");
  CHECK(said(behind(32)) == "none");
  const std::string head = "Content-Type: multipart/report; boundary=b\n\n";
  const std::string report = "--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n--b--\n";
  CHECK(said(head + std::string(900'000, 'x') + "\n" + report) == "failed 5.1.1");
  CHECK(said(head + std::string(1'100'000, 'x') + "\n" + report) == "none");
}
