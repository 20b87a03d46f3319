// What is read of a comment on either platform, and when the list counts as complete.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;
using Ids = std::vector<std::string>;

meta::Comments read_comments(const Json& body, int since = 0, const Credential& c = facebook()) {
  test::FakeHttp http;
  http.answer(200, body.dump());
  auto answer = client(http, c).comments("178", ten_past(since));
  REQUIRE(answer.value);
  return *answer.value;
}

TEST_CASE("a Facebook comment is read whole") {
  Json reply = fb_comment("1122_98766", 11, "Grüße 🥛");
  reply["parent"] = {{"id", "1122_98765"}};
  reply["is_hidden"] = true;
  Json anonymous = fb_comment("98767", 10);
  anonymous.erase("from");
  anonymous.erase("message"); // a sticker
  const auto comments = read_comments(page({reply, anonymous}));
  CHECK(comments.inconclusive.code() == "");
  REQUIRE(comments.items.size() == 2);
  const auto& first = comments.items[0];
  CHECK(first.id == "1122_98766");
  CHECK(first.parent_id == "1122_98765");
  CHECK(first.text == "Grüße 🥛");
  CHECK(first.username == "");
  CHECK(first.author_id == "91122_98766");
  CHECK(first.author_name == "Ana 1122_98766");
  CHECK(first.at == ten_past(11));
  CHECK(first.hidden);
  const auto& second = comments.items[1];
  CHECK(second.parent_id == "");
  CHECK(second.text == "");
  CHECK(second.author_id == "");
  CHECK(second.author_name == "");
  CHECK_FALSE(second.hidden);
}

TEST_CASE("Instagram comments come with their replies") {
  Json top = ig_comment("178", 11);
  Json reply = ig_comment("179", 13, "ana");
  reply.erase("from");
  Json named = ig_comment("180", 14);
  named.erase("username"); // the author's own object still says it
  named["parent_id"] = "1780";
  top["replies"] = {{"data", {reply, named}}};
  top["hidden"] = true;
  const auto comments = read_comments(page({top}), 0, instagram());
  CHECK(comments.inconclusive.code() == "");
  REQUIRE(ids_of(comments) == Ids{"178", "179", "180"});
  CHECK(comments.items[0].text == "SPIN-7Q4K yes!");
  CHECK(comments.items[0].username == "bob");
  CHECK(comments.items[0].author_id == "77178");
  CHECK(comments.items[0].hidden);
  CHECK(comments.items[0].at == ten_past(11));
  CHECK(comments.items[1].username == "ana");
  CHECK(comments.items[1].author_id == "");
  CHECK(comments.items[1].parent_id == "178");
  CHECK(comments.items[2].username == "bob");
  CHECK(comments.items[2].parent_id == "1780");
}

TEST_CASE("only comments since the asked time are given, to the whole second") {
  const auto comments = read_comments(page({fb_comment("3", 12), fb_comment("2", 11), fb_comment("1", 10)}), 11);
  CHECK(ids_of(comments) == Ids{"3", "2"});
  test::FakeHttp http;
  http.answer(200, page({fb_comment("2", 11)}).dump());
  const auto late = client(http).comments("178", ten_past(11) + Millis(999));
  CHECK(ids_of(*late.value) == Ids{"2"});
}

TEST_CASE("a reply counts by its own time, not by that of the comment above it") {
  Json top = ig_comment("1", 1);
  top["replies"] = {{"data", {ig_comment("2", 20)}}};
  CHECK(ids_of(read_comments(page({top}), 10, instagram())) == Ids{"2"});
}

TEST_CASE("the same comment under both of its ids is one") {
  CHECK(ids_of(read_comments(page({fb_comment("22_5", 9), fb_comment("5", 9), fb_comment("6", 8)}))) ==
        Ids{"22_5", "6"});
}

TEST_CASE("no comment at all proves nothing, on either platform") {
  CHECK(read_comments(page({})).inconclusive.code() == "meta.empty_answer");
  CHECK(read_comments(page({}), 0, instagram()).inconclusive.code() == "meta.empty_answer");
  // Old comments only are an answer: the list can be seen.
  CHECK(read_comments(page({fb_comment("1", 1)}), 30).inconclusive.code() == "");
}

TEST_CASE("what makes a list inconclusive") {
  std::vector<Json> fifty;
  for (int i = 0; i < 50; ++i) fifty.push_back(ig_comment(std::to_string(1000 + i), 50 - i));
  CHECK(read_comments(page(fifty), 0, instagram()).inconclusive.code() == "meta.list_cut_off");
  CHECK(read_comments(page(fifty), 0, instagram()).items.size() == 50);
  CHECK(read_comments(page(fifty), 20, instagram()).inconclusive.code() == ""); // it goes back far enough
  CHECK(read_comments(page(fifty), 0, facebook()).inconclusive.code() == "");
  fifty.pop_back();
  CHECK(read_comments(page(fifty), 0, instagram()).inconclusive.code() == "");

  Json nobody = ig_comment("1", 5);
  nobody.erase("username");
  nobody.erase("from");
  CHECK(read_comments(page({nobody}), 0, instagram()).inconclusive.code() == "meta.comment_without_author");
  CHECK(read_comments(page({nobody}), 6, instagram()).inconclusive.code() == "");

  Json top = ig_comment("1", 5);
  top["replies"] = page({ig_comment("2", 6)}, "c", true);
  CHECK(read_comments(page({top}), 0, instagram()).inconclusive.code() == "meta.replies_cut_off");
}

TEST_CASE("rows of any shape are borne, and doubted when they cannot be read") {
  const std::string rows[] = {"7",
                              "null",
                              "[]",
                              "{}",
                              R"("x")",
                              R"({"id":"1"})",
                              R"({"id":"1","created_time":"yesterday"})",
                              R"({"id":{},"created_time":"2026-11-20T10:01:00+0000"})",
                              R"({"id":"../me","created_time":"2026-11-20T10:01:00+0000"})",
                              R"({"id":"1","timestamp":17,"created_time":"2026-11-20T10:01:00+0000"})"};
  for (const std::string& row : rows) {
    CAPTURE(row);
    const auto comments = read_comments(page({Json::parse(row), fb_comment("9", 3)}));
    CHECK(ids_of(comments) == Ids{"9"});
    CHECK(comments.inconclusive.code() == "meta.unreadable_comment");
  }
  const auto odd = read_comments(page({Json::parse(
      R"({"id":12345,"created_time":"2026-11-20T10:01:00+0000","message":[1],"from":"x","parent":7,"is_hidden":"yes",
          "replies":{"data":{"a":1},"paging":[]}})")}));
  CHECK(ids_of(odd) == Ids{"12345"});
  CHECK(odd.inconclusive.code() == "");
  CHECK(odd.items[0].text == "");
  CHECK_FALSE(odd.items[0].hidden);
}

TEST_CASE("long words are clipped, broken ones mended") {
  Json row = fb_comment("1", 1, std::string(100'000, 'x'));
  row["from"]["name"] = std::string(5000, 'n');
  const auto clipped = read_comments(page({row}));
  CHECK(clipped.items[0].text.size() <= 32 * 1024);
  CHECK(clipped.items[0].author_name.size() <= 256);
  test::FakeHttp http;
  http.answer(200, R"({"data":[{"id":"1","created_time":"2026-11-20T10:01:00+0000","message":"a)"
                   "\xff"
                   R"(b"}]})");
  const auto mended = client(http).comments("178", ten_past(0));
  REQUIRE(mended.value);
  CHECK(mended.value->items[0].text == "a\ufffdb");
}

} // namespace
