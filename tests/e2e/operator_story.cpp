// An operator at the real binary: what was passed over is published, what ended is brought back, each act is told, and
// a run that takes long says how far it is where somebody looks.
#include "e2e/scene.hpp"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using namespace milkrun::e2e;

namespace {

struct Shop {
  Scene scene{{"asha"}};
  Shop() {
    scene.document.erase("portals");
    scene.document["tenants"] = {own_tenant(scene.base(), "asha")};
    scene.state["feeds"]["asha"]["items"] = {feed_item("asha-2", 20), feed_item("asha-1", 19)};
    scene.open();
  }
  Json json(Words words) {
    words.emplace_back("--json");
    const Finished finished = scene.milkrun(words);
    CHECK_MESSAGE(finished.code == 0, finished.err);
    return Json::parse(finished.out);
  }
  Json feed_items() { return json({"feeds", "items", json({"feeds", "list"})["feeds"][0]["id"]})["items"]; }
  std::string item(const std::string& title) {
    for (const Json& one : feed_items())
      if (one["title"].get<std::string>().find(title) != std::string::npos) return one["id"];
    throw std::logic_error("no item " + title);
  }
};

// What a program says on a terminal of 80 columns, to its end.
std::string on_terminal(std::vector<std::string> argv) {
  winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  std::vector<char*> pointers;
  for (std::string& word : argv) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, &size);
  REQUIRE(pid >= 0);
  if (pid == 0) {
    setenv("TERM", "xterm", 1);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  std::string out;
  char part[4096];
  for (ssize_t n; (n = read(terminal, part, sizeof part)) > 0;) out.append(part, static_cast<std::size_t>(n));
  close(terminal);
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(status == 0);
  return out;
}

} // namespace

TEST_CASE("an item that was there at the first poll is published by an operator's word, once, and the act is told") {
  Shop shop;
  shop.scene.run();
  REQUIRE(shop.scene.posts("asha") == 1);
  const std::string item = shop.item("asha-1");
  const Finished chosen = shop.scene.milkrun({"feeds", "publish", item, "--by", "Eve"});
  CHECK_MESSAGE(chosen.code == 0, chosen.err);
  CHECK(chosen.out.find("is an article now") != std::string::npos);
  shop.scene.run();
  REQUIRE(shop.scene.posts("asha") == 2);
  const Json post = shop.scene.effects()["posts"]["asha"][1];
  CHECK(post["content"].get<std::string>().find("All about <b>asha-1</b>") != std::string::npos);

  const Finished again = shop.scene.milkrun({"feeds", "publish", item});
  CHECK(again.code == 64);
  CHECK(again.err.find("it is a post already: ") != std::string::npos);
  CHECK(shop.scene.milkrun({"feeds", "publish", "nothing"}).code == 64);
  const Json acts = shop.json({"acts", "list"})["acts"];
  REQUIRE(acts.size() == 1);
  CHECK(acts[0]["verb"] == "feeds publish");
  CHECK(acts[0]["by"] == "Eve");
  CHECK(acts[0]["from"] == "baseline");
  const Json shown = shop.json({"items", "show", "write-article/item:" + item});
  REQUIRE(shown["acts"].size() == 1);
  shop.scene.run();
  CHECK(shop.scene.posts("asha") == 2);
}

TEST_CASE("an item whose text is gone from the feed, or beyond the month's posts, is not published, with the reason") {
  Shop shop;
  shop.scene.run();
  const std::string item = shop.item("asha-1");
  shop.scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-2", 20)}}}}}}});
  const Finished gone = shop.scene.milkrun({"feeds", "publish", item});
  CHECK(gone.code == 64);
  CHECK(gone.err.find("its feed does not show it any more") != std::string::npos);
  shop.scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-2", 20), feed_item("asha-1", 19)}}}}}}});
  shop.scene.import(
      {{"plans", {{{"slug", "tiny"}, {"posts_per_month", 1}}}}, {"tenants", {{{"slug", "asha"}, {"plan", "tiny"}}}}});
  const Finished full = shop.scene.milkrun({"feeds", "publish", item});
  CHECK(full.code == 64);
  CHECK(full.err.find("quota used up: posts") != std::string::npos);
  CHECK(shop.json({"acts", "list"})["acts"].empty());
  shop.scene.fault({{{"route", "feed:asha"}, {"kind", "status"}, {"status", 503}}});
  const Finished down = shop.scene.milkrun({"feeds", "publish", item});
  CHECK(down.code == 65);
  CHECK(down.err.find("cannot be read") != std::string::npos);
  CHECK(down.err.find("nothing was changed") != std::string::npos);
}

TEST_CASE("a site that refused the posts rests, is shown so, and items retry tries it at once when it is mended") {
  Shop shop;
  shop.scene.fault(
      {{{"route", "site:asha"},
        {"kind", "status"},
        {"status", 401},
        {"times", -1},
        {"body",
         R"({"code":"incorrect_password","message":"The provided password is an invalid application password.","data":{"status":401}})"}}});
  shop.scene.run();
  CHECK(shop.scene.posts("asha") == 0);
  const Json resting = shop.json({"runs", "list"})["resting"];
  REQUIRE(resting.size() == 1);
  CHECK(resting[0]["code"] == "wordpress.password_refused");
  CHECK(resting[0]["tenant"] == "asha");
  shop.scene.no_faults();
  CHECK(shop.scene.run().idle()); // it is not looked at for an hour
  const Json would = shop.json({"items", "retry", "--reason", "wordpress.password_refused", "--dry-run"});
  CHECK(would["all"] == 1);
  CHECK(shop.json({"items", "retry", "--reason", "wordpress.password_refused"})["all"] == 1);
  CHECK(shop.json({"runs", "list"})["resting"].empty());
  shop.scene.run();
  CHECK(shop.scene.posts("asha") == 1);
}

TEST_CASE("a run that takes more than two seconds says on a terminal how far it is, and nothing when it is piped") {
  Shop shop;
  shop.scene.fault({{{"route", "site:asha:create"}, {"kind", "delay_after"}, {"ms", 4000}}});
  const std::string said = on_terminal({MILKRUN_BINARY, "--config", shop.scene.path("milkrun.toml"), "publish-feeds"});
  CAPTURE(said);
  const std::size_t line = said.find("\rpublish-feeds: ");
  REQUIRE(line != std::string::npos);
  CHECK(said.find("1 under way", line) != std::string::npos);
  CHECK(said.find("; on 127.0.0.1", line) != std::string::npos);
  CHECK(said.find("\r\x1b[K", line) != std::string::npos); // and takes it away
  CHECK(said.rfind("publish-feeds: finished") > said.rfind("\r\x1b[K"));
  CHECK(shop.scene.posts("asha") == 1);

  shop.scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-3", 21), feed_item("asha-2", 20)}}}}}}});
  shop.scene.next_slot();
  shop.scene.fault({{{"route", "site:asha:create"}, {"kind", "delay_after"}, {"ms", 3000}}});
  const Finished piped = shop.scene.milkrun({"publish-feeds"});
  CHECK(piped.code == 0);
  CHECK(piped.out.empty());
  CHECK(piped.err.find('\r') == std::string::npos); // the log alone
  CHECK(shop.scene.posts("asha") == 2);
}
