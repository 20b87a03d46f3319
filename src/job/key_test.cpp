// Keys come back as they were, whatever stands in them.
#include "job/key.hpp"

#include <doctest/doctest.h>

using milkrun::Key;

TEST_CASE("a key is printed and parsed without loss") {
  for (const Key& key :
       {Key{"article", "0192"}, Key{"feed", "0192", "2026-11-21"}, Key{"callback", "a-29-character-reference-xyz"},
        Key{"callback", "ref:with:colons:and 100%", ""}, Key{"watch", "id", "12"}, Key{"x", "%3A", "%"}}) {
    CAPTURE(key.text());
    CHECK(Key::parse(key.text()) == key);
  }
  CHECK(Key{"feed", "ID", "SLOT"}.text() == "feed:ID:SLOT");
  CHECK(Key{"callback", "a:b"}.text() == "callback:a%3Ab");
}

TEST_CASE("an id is never cut by its length") {
  const std::string reference(29, 'r'); // 29 + the rest once looked like an id and a slot
  CHECK(Key::parse("callback:" + reference + "-0123456789abcdef0123456789abcdef-ok").id ==
        reference + "-0123456789abcdef0123456789abcdef-ok");
  CHECK(Key::parse("callback:" + std::string(32, 'a')).part.empty());
}

TEST_CASE("a key that text() would not have written keeps its own text") {
  for (const std::string text : {"x", "message:a%20b%", "message:7:1:2", "message:7:", "a%3a:b"}) {
    const Key key = Key::parse(text);
    CHECK(key.text() == text);
    CHECK(Key::parse(key.text()) == key);
  }
  CHECK(Key::parse("message:7").as_found.empty());
}
