#include "providers/smtp/fixture_test.hpp"

using namespace milkrun;
using namespace milkrun::smtp;

namespace {

std::string read(std::string_view address) {
  const auto parsed = parse_address(address);
  return parsed ? *parsed : std::string(parsed.error().reason.code());
}

} // namespace

TEST_SUITE("smtp: addresses") {
  TEST_CASE("an address goes on the wire with an ASCII domain in lower case") {
    CHECK(read("Kim.O'Hara+x@Example.TEST") == "Kim.O'Hara+x@example.test");
    CHECK(read("post@bücher.example") == "post@xn--bcher-kva.example");
    CHECK(read("post@faß.example") == "post@xn--fa-hia.example");
  }

  TEST_CASE("an address has one spelling, however its domain is written") {
    for (const char* one : {"Post@M\xc3\x9cNCHEN.example", "post@mu\xcc\x88nchen.example",
                            "post@xn--mnchen-3ya.example", "POST@XN--MNCHEN-3YA.EXAMPLE"}) {
      CAPTURE(one);
      CHECK(fold_address(one) == "post@m\xc3\xbcnchen.example");
    }
    CHECK(fold_address("Kim@Example.TEST") == "kim@example.test");
    for (const char* odd : {"", "k-7", "a@", "@", "a@xn--zzzzzzzz-.example", "a@\xff.test"}) {
      CAPTURE(odd);
      CHECK(fold_address(odd) == odd); // what is no address stays: its check speaks
    }
  }

  TEST_CASE("letters that are not ASCII before the @ need a server of another kind") {
    CHECK(read("jürgen@example.test") == "smtp.needs_smtputf8");
  }

  TEST_CASE("everything else is no address") {
    for (const std::string& bad : {std::string(),
                                   std::string("a"),
                                   std::string("@b.test"),
                                   std::string("a@"),
                                   std::string("a@b"),
                                   std::string("a@@b.test"),
                                   std::string("a b@b.test"),
                                   std::string("a@b.test\r\n"),
                                   std::string("a\n@b.test"),
                                   std::string("a@b\0.test", 9),
                                   std::string("\"a\"@b.test"),
                                   std::string("a..b@b.test"),
                                   std::string(".a@b.test"),
                                   std::string("a.@b.test"),
                                   std::string("a@-b.test"),
                                   std::string("a@b..test"),
                                   std::string("a@[127.0.0.1]"),
                                   std::string("a@127.0.0.1"),
                                   std::string("a<b@c.test"),
                                   std::string("a@b.test>"),
                                   std::string("a,b@c.test"),
                                   std::string("\xff@b.test"),
                                   std::string("a@\xff.test"),
                                   std::string(65, 'a') + "@b.test",
                                   "a@" + std::string(64, 'b') + ".test"}) {
      CAPTURE(bad);
      CHECK(read(bad) == "smtp.bad_address");
    }
  }
}
