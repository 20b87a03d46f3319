#include "base/reason.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <set>

using namespace milkrun;

TEST_SUITE("base: reasons") {
  TEST_CASE("each code stands once in the list and is made of dotted lower-case words and digits") {
    std::set<std::string_view> seen;
    for (const reasons::Entry& entry : reasons::list) {
      CAPTURE(entry.code);
      CHECK(seen.insert(entry.code).second);
      CHECK(std::ranges::all_of(
          entry.code, [](char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '.' || c == '_'; }));
      CHECK_FALSE(entry.code.empty());
      CHECK_FALSE(entry.text.empty());
    }
  }

  TEST_CASE("a literal is a reason, and renders its text") {
    const Reason reason = "feed.not_a_feed";
    CHECK(reason.code() == "feed.not_a_feed");
    CHECK(reason.text() == "feed: not a feed");
    CHECK(reason.args_json() == "[]");
    CHECK(reason.mover() == Mover::tenant_);
    CHECK(word(reason.mover()) == "tenant");
    CHECK(reason.is("feed.not_a_feed"));
    CHECK_FALSE(reason.is("feed.gone"));
  }

  TEST_CASE("no reason is empty everywhere") {
    const Reason none;
    CHECK(none.empty());
    CHECK(none.code().empty());
    CHECK(none.text().empty());
    CHECK(none == Reason());
    CHECK(Reason::stored("") == none);
  }

  TEST_CASE("arguments stand in the text in order, and a missing one shows") {
    const Reason reason("quota.used_up", {"posts", "2026-11"});
    CHECK(reason.text() == "quota used up: posts 2026-11");
    CHECK(reason.args_json() == R"(["posts","2026-11"])");
    CHECK(Reason("quota.used_up", {"posts"}).text() == "quota used up: posts ?");
  }

  TEST_CASE("arguments make a difference, and order") {
    const Reason a("quota.used_up", {"posts", "2026-11"}), b("quota.used_up", {"posts", "2026-12"});
    CHECK(a == Reason("quota.used_up", {"posts", "2026-11"}));
    CHECK_FALSE(a == b);
    CHECK(a < b);
    CHECK(Reason("bug") < a);
    CHECK(a.is("quota.used_up"));
    CHECK(b.is("quota.used_up"));
  }

  TEST_CASE("what was stored comes back as it was") {
    const Reason reason("quota.used_up", {"po\"sts \xff\xc3\xa4", ""});
    const Reason back = Reason::stored(reason.code(), reason.args_json());
    CHECK(back.is("quota.used_up"));
    REQUIRE(back.args().size() == 2);
    CHECK(back.args()[0] == "po\"sts \xef\xbf\xbd\xc3\xa4"); // a broken byte is U+FFFD
    CHECK(Reason::stored("bug", "[]") == Reason("bug"));
  }

  TEST_CASE("an argument that looks like a place in the text is not filled again") {
    CHECK(Reason("quota.used_up", {"{}", "x"}).text() == "quota used up: {} x");
  }

  TEST_CASE("a reason may be about another one, arguments and all") {
    const Reason parked = Reason("parked", {"host"}).about(Reason("feed.access_refused", {"403"}));
    CHECK(parked.text() == "host parked: feed: access refused (403)");
    CHECK(parked.args_json() == R"(["host","feed.access_refused","403"])");
    CHECK(Reason::stored(parked.code(), parked.args_json()) == parked);
    CHECK(Reason("parked", {"bug", "x"}).text() == "bug parked: x"); // a word is a word
  }

  TEST_CASE("a code of another version renders itself and outlives its text") {
    Reason reason;
    {
      const std::string code = "future.trouble";
      reason = Reason::stored(code, R"(["a"])");
    }
    CHECK(reason.code() == "future.trouble");
    CHECK(reason.text() == "future.trouble");
    CHECK(reason.args_json() == R"(["a"])");
    CHECK(reason == Reason::stored("future.trouble", R"(["a"])"));
    CHECK(reason.mover() == Mover::operator_);
  }

  TEST_CASE("broken arguments of a database are no arguments") {
    for (const char* broken : {"", "x", "{}", "[[[[1]]]]", "[1"}) {
      CAPTURE(broken);
      CHECK(Reason::stored("quota.used_up", broken).text() == "quota used up: ? ?");
    }
    CHECK(Reason::stored("quota.used_up", "[1,\"x\"]").text() == "quota used up:  x");
  }
}
