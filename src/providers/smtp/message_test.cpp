// A mail has the fields that were meant and no other, whatever is in a name, a subject or a text.
#include "providers/smtp/fixture_test.hpp"

#include "base/text.hpp"
#include "providers/smtp/body.hpp"
#include "providers/smtp/header.hpp"

using namespace milkrun;
using namespace milkrun::smtp;
using namespace milkrun::test;

namespace {

std::string composed(const Letter& letter, const Json& more = Json::object()) {
  const auto mail = compose(letter, mail_settings(more).dump());
  return mail ? *mail : "refused: " + std::string(mail.error().reason.code());
}

bool lines_are_short_ascii(const std::string& mail) {
  for (std::string_view line : text::split(mail, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > 78) return false;
    for (const char c : line)
      if (static_cast<unsigned char>(c) >= 0x7f || (c < 0x20 && c != '\t')) return false;
  }
  return true;
}

} // namespace

TEST_SUITE("smtp: message") {
  TEST_CASE("the header of a plain letter") {
    const std::string mail = composed(letter());
    CHECK(field(mail, "Date") == "Sat, 21 Nov 2026 12:00:00 +0000");
    CHECK(field(mail, "From") == "\"Asha\" <post@asha.test>");
    CHECK(field(mail, "To") == "\"Kim\" <kim@example.test>");
    CHECK(field(mail, "Subject") == "Your invoice");
    CHECK(field(mail, "Message-ID") == "<0123456789abcdef0123456789abcdef@asha.test>");
    CHECK(field(mail, "Auto-Submitted") == "auto-generated");
    CHECK(field(mail, "MIME-Version") == "1.0");
    CHECK(field(mail, "Content-Type").starts_with("multipart/alternative; boundary=\"=_"));
    CHECK(field(mail, "List-Unsubscribe").empty());
    CHECK(field(mail, "Precedence").empty());
    CHECK(field(mail, "Reply-To").empty());
    CHECK(mail == composed(letter())); // the same for every try
  }

  TEST_CASE("a drip says how to get off the list") {
    Letter drip = letter();
    drip.unsubscribe = Unsubscribe{.token = "tok-1"};
    CHECK(field(composed(drip), "List-Unsubscribe") == "<mailto:post@asha.test?subject=unsubscribe%20tok-1>");
    CHECK(field(composed(drip), "List-Unsubscribe-Post").empty());
    drip.unsubscribe->url = "https://asha.test/u/tok-1";
    CHECK(field(composed(drip, {{"unsubscribe", "off@asha.test"}}), "List-Unsubscribe") ==
          "<https://asha.test/u/tok-1>, <mailto:off@asha.test?subject=unsubscribe%20tok-1>");
    CHECK(field(composed(drip), "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click");
    for (const char* url : {"http://asha.test/u", "https://asha.test/u>\r\nBcc: x@y.test", "https://asha.test/a b"}) {
      drip.unsubscribe->url = url;
      CHECK(composed(drip) == "refused: smtp.bad_unsubscribe");
    }
  }

  TEST_CASE("text that is not ASCII is encoded by whole code points, in words of at most 75 characters") {
    Letter letter_of_umlauts = letter();
    for (int i = 0; i < 30; ++i) letter_of_umlauts.subject += "Grüße 🍕 ";
    letter_of_umlauts.to_name = "Jürgen Großkopf";
    const std::string mail = composed(letter_of_umlauts, {{"reply_to", "a@bücher.example"}});
    CHECK(lines_are_short_ascii(mail));
    CHECK(mail.find(":\r\n") == mail.npos); // no name stands alone
    CHECK(field(mail, "To") == "=?UTF-8?B?SsO8cmdlbiBHcm/Dn2tvcGY=?= <kim@example.test>");
    CHECK(field(mail, "Reply-To") == "a@xn--bcher-kva.example");
    const std::string encoded = field(mail, "Subject");
    std::string subject;
    for (const std::string_view word : text::split(encoded, ' ')) {
      REQUIRE(word.starts_with("=?UTF-8?B?"));
      CHECK(word.size() <= 75);
      const auto part = text::from_base64(word.substr(10, word.size() - 12));
      REQUIRE(part);
      CHECK(text::is_utf8(*part));
      subject += *part;
    }
    CHECK(subject == letter_of_umlauts.subject);
  }

  TEST_CASE("what looks encoded already is not taken for it, and long ASCII is folded") {
    Letter sly = letter();
    sly.subject = "=?UTF-8?B?aGk=?=";
    CHECK(field(composed(sly), "Subject") == "=?UTF-8?B?PT9VVEYtOD9CP2FHaz0/PQ==?=");
    sly.subject = std::string(900, 'x');
    CHECK(lines_are_short_ascii(composed(sly)));
    sly.subject =
        "a fairly long subject in plain English that needs more than a single line of a mail, but no encoding";
    CHECK(field(composed(sly), "Subject") == sly.subject);
    CHECK(lines_are_short_ascii(composed(sly)));
    sly.to_name = R"(Kim "the \ cook")";
    CHECK(field(composed(sly), "To") == R"("Kim \"the \\ cook\"" <kim@example.test>)");
  }

  TEST_CASE("nothing smuggles a field in") {
    const std::vector<std::string> hostile{"a\r\nBcc: x@y.test",
                                           "a\nb",
                                           "a\rb",
                                           std::string("a\0b", 3),
                                           "a\xe2\x80\xa8"
                                           "b",
                                           "\xff"};
    for (const std::string& bad : hostile) {
      CAPTURE(bad);
      Letter sly = letter();
      sly.subject = bad;
      CHECK(composed(sly) == "refused: smtp.bad_header");
      sly = letter();
      sly.to_name = bad;
      CHECK(composed(sly) == "refused: smtp.bad_header");
      sly = letter();
      sly.to = bad + "@example.test";
      CHECK(composed(sly).starts_with("refused: smtp."));
      if (text::is_utf8(bad)) CHECK(composed(letter(), {{"from_name", bad}}) == "refused: smtp.bad_settings");
      sly = letter();
      sly.language = bad;
      CHECK(field(composed(sly), "Content-Language").empty());
    }
    Letter sly = letter();
    sly.id = "a b";
    CHECK(composed(sly) == "refused: smtp.bad_id");
    sly = letter();
    sly.text = " \n ";
    CHECK(composed(sly) == "refused: smtp.empty_text");
    sly.text = std::string(200'001, 'x');
    CHECK(composed(sly) == "refused: smtp.text_too_long");
  }

  TEST_CASE("the parts end where they should, whatever the text says") {
    Letter sly = letter();
    sly.text = "--=_guess\r\nFrom me\n.\n..\nend of lines \t\nno more\r";
    const std::string mail = composed(sly);
    CHECK(lines_are_short_ascii(mail));
    CHECK(mail.find("\r\n.") == mail.npos);
    CHECK(mail.find("\r\nFrom me") == mail.npos);
    CHECK(mail.find(" \r\n") == mail.npos);
    CHECK(mail.ends_with("--\r\n"));
    for (std::size_t i = 0; i < mail.size(); ++i)
      if (mail[i] == '\n') REQUIRE(mail[i - 1] == '\r');
  }
}

TEST_SUITE("smtp: bodies") {
  TEST_CASE("HTML has paragraphs, line ends and live links, and nothing else that the text has not") {
    const std::string html =
        to_html("Hi <b>&\nsee https://a.test/x?y=1&z=2.\n\n(http://b.test/(c)) ahttps://no.test", "de");
    CHECK(html.find(R"(<html lang="de">)") != html.npos);
    CHECK(html.find("<p>Hi &lt;b&gt;&amp;<br>\r\nsee <a href=\"https://a.test/x?y=1&amp;z=2\">"
                    "https://a.test/x?y=1&amp;z=2</a>.</p>") != html.npos);
    CHECK(html.find(R"x((<a href="http://b.test/(c)">http://b.test/(c)</a>) ahttps://no.test</p>)x") != html.npos);
    CHECK(to_html("javascript:alert(1) data:x \"onload=", "").find("href") == std::string::npos);
    const std::string broken = to_html("https://x.test/\"><script>alert(1)</script>", "");
    CHECK(broken.find("<script>") == std::string::npos);
    CHECK(broken.find(R"(<a href="https://x.test/">)") != std::string::npos);
    CHECK(to_html("https://x.test/ü", "").find(R"(href="https://x.test/%C3%BC")") != std::string::npos);
    CHECK(to_html("https://", "").find("href") == std::string::npos);
  }

  TEST_CASE("line ends of every kind are CRLF, and broken bytes are marked") {
    CHECK(to_lines("a\nb\rc\r\nd") == "a\r\nb\r\nc\r\nd\r\n");
    CHECK(to_lines("a\n") == "a\r\n");
    CHECK(to_lines("\xff") == "\xef\xbf\xbd\r\n");
  }

  TEST_CASE("quoted-printable keeps every byte and every limit") {
    CHECK(quoted_printable("a=b\r\n") == "a=3Db\r\n");
    CHECK(quoted_printable("\xc3\xbc \r\n") == "=C3=BC=20\r\n");
    CHECK(quoted_printable(".\r\nFrom x\r\nab. From\r\n") == "=2E\r\n=46rom x\r\nab. From\r\n");
    const std::string long_line(200, 'x');
    CHECK(quoted_printable(long_line) ==
          std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" + std::string(50, 'x'));
    // A dot that a soft break puts in front of a line.
    CHECK(quoted_printable(std::string(75, 'x') + ".") == std::string(75, 'x') + "=\r\n=2E");
  }
}

TEST_SUITE("smtp: bounces") {
  TEST_CASE("an envelope sender tells which letter came back, to who has the key") {
    const Secret key("k1"), other("k2");
    const std::string id = letter().id;
    const std::string address = bounce_address(id, "bounces.asha.test", key);
    CHECK(address.starts_with("bounce+" + id + "."));
    CHECK(address.find('@') <= 64);
    CHECK(bounced_id(address, key) == id);
    CHECK(bounced_id("BOUNCE+" + address.substr(7), key) == id);
    CHECK_FALSE(bounced_id(address, other));
    CHECK_FALSE(bounced_id(address, Secret()));
    std::string forged = address;
    forged[7] = forged[7] == '0' ? '1' : '0';
    CHECK_FALSE(bounced_id(forged, key));
    for (const char* no : {"", "@", "bounce+@x", "bounce+a.b@x", "bounce+.@x", "post@asha.test", "b@"})
      CHECK_FALSE(bounced_id(no, key));
  }
}
