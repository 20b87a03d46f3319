// The comments edge: both shapes, order, filter, limits, and paging that can be followed by `after` alone.
#include "graph_fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;

namespace {

std::vector<std::string> ids_of(const Json& answer) {
  std::vector<std::string> out;
  for (const Json& row : answer.at("data")) out.push_back(row.at("id"));
  return out;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("Instagram comments come newest first, with author and offset without colon, replies inside") {
  const auto& sandbox = graph_sandbox();
  const Json answer = json_of(ask_graph(
      sandbox,
      "178/comments?fields=id,text,username,from,timestamp,hidden,parent_id,replies{id,text,parent_id}&limit=50"));
  CHECK(ids_of(answer) == Ids{"c3", "c2", "c1"});
  const Json row = answer["data"][1];
  CHECK(row["text"] == "SPIN-1");
  CHECK(row["username"] == "bob");
  CHECK(row["from"] == Json{{"id", "900"}, {"username", "bob"}});
  CHECK(row["timestamp"] == "2026-11-20T10:11:12+0000");
  CHECK(row["hidden"] == false);
  CHECK(row["replies"] == Json{{"data", {{{"id", "c4"}, {"text", "a reply"}, {"parent_id", "c2"}}}}});
  CHECK_FALSE(answer["data"][0].contains("replies"));
  CHECK_FALSE(answer["paging"].contains("next"));
}

TEST_CASE("without fields an Instagram comment has no author") {
  const Json answer = json_of(ask_graph(graph_sandbox(), "178/comments"));
  CHECK(answer["data"][0] == Json{{"id", "c3"}, {"text", "newest"}, {"timestamp", "2026-11-20T11:00:00+0000"}});
}

TEST_CASE("Facebook comments have their own names, and obey filter and order") {
  const auto& sandbox = graph_sandbox();
  const std::string fields = "fields=id,message,created_time,from{id,name},parent{id},is_hidden";
  CHECK(ids_of(json_of(ask_graph(sandbox, "100_1/comments?" + fields))) == Ids{"c1", "c3", "c2"});
  const Json answer =
      json_of(ask_graph(sandbox, "100_1/comments?filter=stream&order=reverse_chronological&limit=100&" + fields));
  CHECK(ids_of(answer) == Ids{"c4", "c3", "c2", "c1"});
  CHECK(answer["data"][0] == Json{{"id", "c4"},
                                  {"message", "a reply"},
                                  {"created_time", "2026-11-20T12:00:00+0000"},
                                  {"from", {{"id", "900"}}},
                                  {"parent", {{"id", "c2"}}},
                                  {"is_hidden", false}});
}

TEST_CASE("limits have a ceiling for each platform, and fields are checked") {
  const auto& sandbox = graph_sandbox();
  for (const auto& [path, code] : {std::pair{"178/comments?limit=50", ""},
                                   {"178/comments?limit=51", "100"},
                                   {"100_1/comments?limit=100", ""},
                                   {"100_1/comments?limit=101", "100"},
                                   {"100_1/comments?limit=0", "100"},
                                   {"178/comments?after=no-such-cursor", "100"},
                                   {"178/comments?fields=message", "100"},
                                   {"100_1/comments?fields=text", "100"},
                                   {"178/comments?fields=id,replies{id", "2500"}}) {
    CAPTURE(path);
    CHECK(code_of(ask_graph(sandbox, path)) == code);
  }
}

TEST_CASE("pages are followed by the cursor, which has to be encoded, while next is a trap that the journal names") {
  const auto& sandbox = graph_sandbox();
  const Json first = json_of(ask_graph(sandbox, "178/comments?limit=2"));
  CHECK(ids_of(first) == Ids{"c3", "c2"});
  const std::string after = first["paging"]["cursors"]["after"];
  CHECK(code_of(ask_graph(sandbox, "178/comments?limit=2&after=" + after)) == "100");
  const std::string encoded = httplib::detail::encode_query_param(after);
  const Json second = json_of(ask_graph(sandbox, "178/comments?limit=2&after=" + encoded));
  CHECK(ids_of(second) == Ids{"c1"});
  CHECK_FALSE(second["paging"].contains("next"));
  const std::string next = first["paging"]["next"];
  CHECK(next.starts_with(sandbox.http() + "/trap/asha/v25.0/178/comments?access_token="));
  CHECK(client(sandbox).Get(next.substr(sandbox.http().size()))->status == 404);
  CHECK(control(sandbox, "GET", "journal").back()["route"] == "trap:asha");
  set_account(sandbox, "asha", {{"next_host", "http://169.254.169.254"}});
  CHECK(json_of(ask_graph(sandbox, "178/comments?limit=2"))["paging"]["next"].get<std::string>().starts_with(
      "http://169.254.169.254/"));
}

TEST_CASE("withheld comments leave a page empty that still has a next one, and paging can be missing altogether") {
  const auto& sandbox = graph_sandbox();
  Json object = graph_state()["graph"]["asha"]["objects"]["178"];
  object["comments"][1]["withheld"] = true;
  set_account(sandbox, "asha", {{"objects", {{"178", object}}}});
  const Json empty = json_of(ask_graph(sandbox, "178/comments?limit=1"));
  CHECK(empty["data"].empty());
  CHECK(empty["paging"].contains("next"));
  object["paged"] = false;
  set_account(sandbox, "asha", {{"objects", {{"178", object}}}});
  CHECK_FALSE(json_of(ask_graph(sandbox, "178/comments?limit=1")).contains("paging"));
}

TEST_CASE("a missing scope is an empty list under 200") {
  const auto& sandbox = graph_sandbox();
  set_account(sandbox, "asha", {{"missing_scope", true}});
  const auto answer = ask_graph(sandbox, "178/comments");
  CHECK(answer->status == 200);
  CHECK(json_of(answer) == Json{{"data", Json::array()}});
  CHECK(code_of(ask_graph(sandbox, "178?fields=like_count")) == "10");
}
