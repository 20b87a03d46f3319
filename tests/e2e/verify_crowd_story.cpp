// Many tenants at once: the number of calls to Meta is the number of posts, not of claims.
#include "e2e/social.hpp"

#include <fmt/format.h>

using namespace milkrun::e2e;

TEST_CASE("300 tenants with 50 claims each are checked in one run with one call a post, each by its own token") {
  Social scene;
  const Json shop = scene.tenant("books");
  Json tenants = Json::array();
  scene.state["graph"].clear();
  const std::string claimed = minutes_ago(10), commented = minutes_ago(9);
  for (int t = 0; t < 300; ++t) {
    const std::string name = fmt::format("t{:03}", t), object = fmt::format("5{:03}", t);
    Json one = shop;
    one["slug"] = one["name"] = name;
    one["campaigns"][0]["notifications"] = false;
    one["campaigns"][0]["tasks"][0]["object_id"] = object;
    one["credentials"][0]["secret"] = "token-of-" + name;
    one["credentials"][0]["account"] = "9" + object;
    Json comments = Json::array();
    for (int p = 0; p < 50; ++p) {
      const std::string phone = fmt::format("+4915{:03}{:06}", t, p), handle = fmt::format("p{}", p);
      one["contacts"].push_back({{"phone", phone}, {"consent", true}, {"instagram", handle}});
      one["completions"].push_back({{"campaign", "read"}, {"task", "d"}, {"contact", phone}, {"claimed_at", claimed}});
      comments.push_back({{"id", fmt::format("c{}x{}", t, p)},
                          {"text", "done"},
                          {"username", handle},
                          {"from", "1"},
                          {"time", commented}});
    }
    scene.state["graph"][name] = {{"token", "token-of-" + name},
                                  {"id", "9" + object},
                                  {"objects", {{object, {{"platform", "instagram"}, {"comments", comments}}}}}};
    tenants.push_back(std::move(one));
  }
  scene.document["tenants"] = std::move(tenants);
  scene.open();
  const Report report = scene.verify({"--in-flight", "32"});
  CHECK(scene.db().number("SELECT count(*) FROM task_completions WHERE state = 'verified'") == 15'000);
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 15'000);
  CHECK_MESSAGE(report.items("verify-object", "done") == 300, report.json["counts"].dump());
  const Json calls = scene.effects()["graph_calls"];
  CHECK(calls.size() == 300);
  for (const auto& [who, count] : calls.items()) {
    CAPTURE(who);
    CHECK(count <= 2); // 50 comments fill a page: whether there is a next one is a second call
  }
  CHECK(scene.verify().idle());
}
