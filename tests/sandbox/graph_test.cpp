// Graph tokens, limits and single nodes: who may see what, and in which words the rest is refused.
#include "graph_fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

// Of the app secret "shh" and the token "asha-token"; computed with another program.
const std::string proof = "6dd946aa85206adf405968c42407aba53243832571927adf97650b02c4572bff";

Json last_entry(const SandboxProcess& sandbox) { return control(sandbox, "GET", "journal").back(); }

} // namespace

TEST_CASE("an object is seen by its own account's token only, and the journal tells whose token came") {
  const auto& sandbox = graph_sandbox();
  CHECK(code_of(ask_graph(sandbox, "100_1/comments")).empty());
  CHECK(last_entry(sandbox)["who"] == "asha");
  CHECK(last_entry(sandbox)["route"] == "graph:asha:comments");
  CHECK(code_of(ask_graph(sandbox, "100_1/comments", "bolt")) == "100/33");
  CHECK(last_entry(sandbox)["who"] == "bolt");
  CHECK(code_of(ask_graph(sandbox, "100_1/comments", "eve")) == "190");
  CHECK(last_entry(sandbox)["who"] == "nobody");
  CHECK(code_of(client(sandbox).Get("/v25.0/100_1/comments?access_token=asha-token")) == "2500");
  CHECK(code_of(ask_graph(sandbox, "no-such/comments")) == "100/33");
  CHECK(code_of(ask_graph(sandbox, "900?fields=username", "bolt")) == "100/33");
  CHECK(control(sandbox, "GET", "effects")["graph_calls"] == Json{{"asha", 2}, {"bolt", 2}});
}

TEST_CASE("hosts can be told apart, and do not take each other's tokens") {
  const auto& sandbox = graph_sandbox();
  set_account(sandbox, "bolt", {{"host", "graph.instagram.com"}});
  const auto at = [&](const std::string& host, const std::string& who, const std::string& id) {
    return code_of(client(sandbox).Get("/" + host + "/v25.0/" + id + "?fields=id",
                                       {{"Authorization", "Bearer " + who + "-token"}}));
  };
  CHECK(at("graph.facebook.com", "asha", "100_1").empty());
  CHECK(at("graph.instagram.com", "asha", "100_1") == "190");
  CHECK(at("graph.instagram.com", "bolt", "200_1").empty());
  CHECK(at("graph.facebook.com", "bolt", "200_1") == "190");
}

TEST_CASE("faults on demand reach the Graph's routes by account and edge") {
  const auto& sandbox = graph_sandbox();
  const auto plan = [&](const Json& fault) { control(sandbox, "POST", "faults", fault); };
  plan({{"route", "graph:asha:comments"}, {"kind", "close_after"}});
  CHECK(code_of(ask_graph(sandbox, "200_1?fields=id", "bolt")).empty());
  CHECK(code_of(ask_graph(sandbox, "178?fields=id")).empty());
  CHECK_FALSE(ask_graph(sandbox, "178/comments"));
  plan({{"route", "graph:asha:node"}, {"kind", "status"}, {"status", 429}});
  CHECK(ask_graph(sandbox, "178?fields=id")->status == 429);
  plan({{"route", "graph"}, {"kind", "body"}, {"body", R"({"error":{"code":1}})"}});
  const auto inside = ask_graph(sandbox, "178?fields=id");
  CHECK(inside->status == 200);
  CHECK(code_of(inside) == "1");
  plan({{"route", "graph"}, {"kind", "truncate"}});
  CHECK_FALSE(ask_graph(sandbox, "178?fields=id"));
}

TEST_CASE("dead tokens say why") {
  const auto& sandbox = graph_sandbox();
  set_account(sandbox, "asha", {{"dead", true}});
  CHECK(code_of(ask_graph(sandbox, "178/comments")) == "190/463");
  set_account(sandbox, "asha", {{"dead", 460}});
  CHECK(code_of(ask_graph(sandbox, "178/comments")) == "190/460");
}

TEST_CASE("an app secret makes the proof necessary") {
  const auto& sandbox = graph_sandbox();
  set_account(sandbox, "asha", {{"app_secret", "shh"}});
  CHECK(code_of(ask_graph(sandbox, "178?fields=id")) == "100");
  CHECK(code_of(ask_graph(sandbox, "178?fields=id&appsecret_proof=" + std::string(64, '0'))) == "100");
  CHECK(code_of(ask_graph(sandbox, "178?fields=id&appsecret_proof=" + proof)).empty());
}

TEST_CASE("a limit comes after so many calls; that of the app is shared by its accounts") {
  const auto& sandbox = graph_sandbox();
  for (const int code : {17, 32, 80001, 80002}) {
    CAPTURE(code);
    control(sandbox, "PUT", "state", graph_state());
    set_account(sandbox, "asha", {{"limit", {{"after", 1}, {"code", code}}}});
    CHECK(code_of(ask_graph(sandbox, "178?fields=id")).empty());
    CHECK(code_of(ask_graph(sandbox, "178?fields=id")) == std::to_string(code));
    CHECK(code_of(ask_graph(sandbox, "200_1?fields=id", "bolt")).empty());
  }
  control(sandbox, "PUT", "state", graph_state());
  set_account(sandbox, "asha", {{"limit", {{"after", 1}, {"code", 4}}}});
  CHECK(code_of(ask_graph(sandbox, "178?fields=id")).empty());
  CHECK(code_of(ask_graph(sandbox, "200_1?fields=id", "bolt")) == "4");
}

TEST_CASE("usage headers and the answering version are set for each account") {
  const auto& sandbox = graph_sandbox();
  const Json usage{{"X-App-Usage", {{"call_count", 28}}}, {"X-Business-Use-Case-Usage", "not even JSON"}};
  set_account(sandbox, "asha", {{"usage", usage}, {"answers_as", "v21.0"}});
  const auto answer = ask_graph(sandbox, "178?fields=id");
  CHECK(answer->get_header_value("X-App-Usage") == R"({"call_count":28})");
  CHECK(answer->get_header_value("X-Business-Use-Case-Usage") == "not even JSON");
  CHECK(answer->get_header_value("facebook-api-version") == "v21.0");
  const auto other = ask_graph(sandbox, "200_1?fields=id", "bolt");
  CHECK_FALSE(other->has_header("X-App-Usage"));
  CHECK(other->get_header_value("facebook-api-version") == "v25.0");
}

TEST_CASE("planned errors have any code, choose their request, and are used up") {
  const auto& sandbox = graph_sandbox();
  const Json busy{{"code", 2}, {"status", 500}, {"transient", true}, {"contains", "100_1"}, {"times", 2}};
  set_account(sandbox, "asha", {{"errors", {busy, {{"code", 368}, {"subcode", 9}}}}});
  CHECK(code_of(ask_graph(sandbox, "178?fields=id")) == "368/9");
  CHECK(code_of(ask_graph(sandbox, "178?fields=id")).empty());
  const auto answer = ask_graph(sandbox, "100_1?fields=id");
  CHECK(answer->status == 500);
  CHECK(json_of(answer)["error"]["is_transient"] == true);
  CHECK(code_of(ask_graph(sandbox, "100_1?fields=id")) == "2");
  CHECK(code_of(ask_graph(sandbox, "100_1?fields=id")).empty());
}

TEST_CASE("a follower is known by the flag, if there is consent and the flag is told") {
  const auto& sandbox = graph_sandbox();
  const std::string fields = "?fields=username,is_user_follow_business";
  CHECK(json_of(ask_graph(sandbox, "900" + fields)) ==
        Json{{"id", "900"}, {"username", "bob"}, {"is_user_follow_business", true}});
  CHECK(code_of(ask_graph(sandbox, "901" + fields)) == "230");
  CHECK(json_of(ask_graph(sandbox, "902" + fields)) == Json{{"id", "902"}, {"username", "eve"}});
}

TEST_CASE("followers are no edge unless the world has them") {
  const auto& sandbox = graph_sandbox();
  CHECK(code_of(ask_graph(sandbox, "me/followers")) == "100");
  set_account(sandbox, "asha", {{"followers", {{{"id", "900"}, {"username", "bob"}}, {{"id", "902"}}}}});
  const Json page = json_of(ask_graph(sandbox, "me/followers?limit=1"));
  CHECK(page["data"] == Json::array({{{"id", "900"}, {"username", "bob"}}}));
  CHECK(page["paging"].contains("next"));
  CHECK(last_entry(sandbox)["route"] == "graph:asha:followers");
}

TEST_CASE("counters are told by account and object in their platform's fields") {
  const auto& sandbox = graph_sandbox();
  CHECK(json_of(ask_graph(sandbox, "me?fields=followers_count")) == Json{{"id", "100"}, {"followers_count", 7}});
  CHECK(json_of(ask_graph(sandbox, "100?fields=followers_count")) == Json{{"id", "100"}, {"followers_count", 7}});
  CHECK(code_of(ask_graph(sandbox, "me?fields=fan_count")) == "100");
  CHECK(json_of(ask_graph(sandbox, "178?fields=like_count,comments_count")) ==
        Json{{"id", "178"}, {"like_count", 5}, {"comments_count", 4}});
  CHECK(code_of(ask_graph(sandbox, "178?fields=reactions.limit(0).summary(total_count)")) == "100");
  const Json summary{{"data", Json::array()}, {"summary", {{"total_count", 5}}}};
  CHECK(json_of(ask_graph(sandbox, "100_1?fields=reactions.limit(0).summary(total_count),shares")) ==
        Json{{"id", "100_1"}, {"reactions", summary}, {"shares", {{"count", 3}}}});
  CHECK(json_of(ask_graph(sandbox, "200_1?fields=shares", "bolt")) == Json{{"id", "200_1"}});
}
