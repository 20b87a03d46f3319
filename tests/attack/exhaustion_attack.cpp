// Answers that want to cost time, memory, files or disk. Beside each stands an honest tenant who must not notice.
#include "attack/world.hpp"
#include "support/deflate.hpp"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>

using namespace milkrun::attack;
using milkrun::e2e::Child;
using milkrun::e2e::Finished;
using milkrun::e2e::nobody;
using milkrun::e2e::Report;

namespace {

constexpr const char* feed_type = "Content-Type: application/rss+xml\r\n";

std::string packed_often(std::string text, int times) {
  for (int i = 0; i < times; ++i) text = milkrun::test::gzip(text);
  return text;
}

} // namespace

TEST_CASE("answers packed several times over, or in ways nobody asked for, cost no time and stop nobody") {
  Hostile hostile;
  const std::string bomb = packed_often(filled("<item/>", 60 * mib), 3);
  REQUIRE(bomb.size() < 10'000);
  hostile.at("/listed", say(bomb, std::string(feed_type) + "Content-Encoding: gzip, gzip, gzip\r\n"))
      .at("/repeated",
          say(bomb, std::string(feed_type) +
                        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Encoding: x-gzip\r\n"))
      .at("/transfer", say(bomb, std::string(feed_type) + "Transfer-Encoding: gzip, gzip\r\n"))
      .at("/ratio",
          say(packed_often(filled("<item/>", 60 * mib), 1), std::string(feed_type) + "Content-Encoding: gzip\r\n"));
  Scene scene(nobody);
  scene.document = {{"tenants", {honest(scene, "asha")}}};
  for (const char* way : {"listed", "repeated", "transfer", "ratio"})
    scene.document["tenants"].push_back(poller(scene, way, hostile.url("/" + std::string(way))));
  scene.open();
  const double before = cpu_of_children();
  const Memory memory(scene);
  scene.run({}, memory.watched());
  CHECK(cpu_of_children() - before < 15);
  CHECK(memory.most() < 100 * mib);
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.db().number(
            "SELECT count(*) FROM feed_items WHERE tenant_id IN (SELECT id FROM tenants WHERE slug <> 'asha')") == 0);
}

TEST_CASE("a stop is heard while hosts answer by the drop, without an end, or not at all") {
  Hostile hostile;
  hostile.at("/drip", drip()).at("/flood", flood()).at("/silence", silence());
  Scene scene(nobody);
  scene.document = {{"tenants", Json::array()}};
  for (const char* way : {"drip", "flood", "silence"})
    for (int i = 0; i < 4; ++i)
      scene.document["tenants"].push_back(
          poller(scene, fmt::format("{}{}", way, i), hostile.url(fmt::format("/{}/{}", way, i))));
  scene.open();
  Child run = scene.start({"publish-feeds"});
  REQUIRE(milkrun::e2e::eventually([&] { return hostile.connections() >= 12; }));
  run.signal(SIGTERM);
  const Finished finished = scene.heard(run.wait(std::chrono::seconds(40))).finished;
  CHECK(finished.code == 143);
}

TEST_CASE("a portal's list that is brackets within brackets costs no time, and the run hears a stop") {
  Hostile hostile;
  hostile.at("/portal", say("x" + filled("[", 20) + filled("0,", 16 * mib - 64) + "x" + filled("]", 20)));
  Scene scene(nobody);
  scene.document = {
      {"tenants", {honest(scene, "asha")}},
      {"portals", {{{"slug", "p1"}, {"base_url", hostile.url("/portal")}, {"token", "portal-token-0123456789"}}}}};
  scene.open();
  const double before = cpu_of_children();
  scene.run();
  CHECK(cpu_of_children() - before < 12); // with a sanitizer; it was 60 s without one
  CHECK(hostile.times("/portal") > 0);
  CHECK(scene.posts("asha") == 1);
}

TEST_CASE("JSON that is small to send and large to hold is read by nobody, whichever service it is") {
  const std::string objects = "[" + filled("{},", 3 * mib) + "{}]";
  const std::string deep = filled("[", 200'000);
  Hostile hostile;
  hostile.at("/feed", say(R"({"version":"https://jsonfeed.org/version/1","items":)" + objects + "}"))
      .at("/site", say(objects))
      .at("/deep", say(deep))
      .at("/ai", say(objects))
      .at("/portal", say("[" + filled("{\"a\":[{}]},", 15 * mib) + "{}]"))
      .at("/blanks",
          say(packed_often(R"({"version":"https://jsonfeed.org/version/1")" + filled("\n", 9 * mib) + "x}", 1),
              "Content-Encoding: gzip\r\n"))
      .at("/empty", say("[1," + filled("\n", 15 * mib) + "x"));
  Scene scene(nobody);
  scene.document = {{"tenants", {honest(scene, "asha")}}};
  Json& tenants = scene.document["tenants"];
  for (int i = 0; i < 4; ++i) {
    tenants.push_back(poller(scene, fmt::format("feed{}", i), hostile.url("/feed")));
    tenants.push_back(poller(scene, fmt::format("blanks{}", i), hostile.url("/blanks")));
    for (const char* way : {"site", "deep"}) {
      const std::string slug = fmt::format("{}{}", way, i);
      scene.state["feeds"][slug]["items"] = {milkrun::e2e::feed_item(slug)};
      tenants.push_back(publisher(scene, slug, hostile.url("/" + std::string(way) + "/")));
    }
    Json writer = honest(scene, fmt::format("writer{}", i));
    writer["writer"] = "ai";
    writer["credentials"].push_back({{"service", "ai"},
                                     {"base_url", hostile.url("/ai/v1")},
                                     {"secret", "sk-of-a-writer-0123456789"},
                                     {"settings", {{"adapter", "openai"}, {"model", "m"}}}});
    tenants.push_back(writer);
  }
  scene.document["portals"] = Json::array();
  for (const std::string name : {"portal", "empty"})
    scene.document["portals"].push_back(
        {{"slug", name}, {"base_url", hostile.url("/" + name)}, {"token", "portal-token-0123456789"}});
  scene.open();
  const Memory memory(scene);
  scene.run({}, memory.watched());
  CHECK(memory.most() < 160 * mib);
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.db().number("SELECT count(*) FROM tenants WHERE portal_id IS NOT NULL") == 0);
}

TEST_CASE("a secret as long as may be, of which an answer is full but for a letter, costs a moment and delays nobody") {
  const std::string secret(8'000, 'a');
  Hostile hostile;
  hostile.at("/ai", say(filled(secret.substr(1) + "b", 1'900'000), "", 401))
      .at("/site", say(filled(secret.substr(1) + "b", 500'000), "", 400));
  Scene scene(nobody);
  scene.document = {{"tenants", {honest(scene, "asha")}}};
  for (int i = 0; i < 4; ++i) {
    Json writer = honest(scene, fmt::format("writer{}", i));
    writer["writer"] = "ai";
    writer["credentials"][0]["base_url"] = hostile.url("/site/");
    writer["credentials"][0]["secret"] = secret;
    writer["credentials"].push_back({{"service", "ai"},
                                     {"base_url", hostile.url("/ai/v1")},
                                     {"secret", secret},
                                     {"settings", {{"adapter", "openai"}, {"model", "m"}}}});
    scene.document["tenants"].push_back(writer);
  }
  scene.open();
  const double before = cpu_of_children();
  scene.run();
  const double spent = cpu_of_children() - before;
  MESSAGE("four such answers took ", spent, " s");
  CHECK(spent < 12); // of all threads; where a secret is compared byte by byte, some 30
  CHECK(scene.posts("asha") == 1);
}

TEST_CASE("what a feed sends at each poll does not make the database grow without end") {
  Hostile hostile;
  int poll = 0;
  hostile.at("/feed", [&](Connection& c, const std::string&) {
    std::string items;
    for (int i = 0; i < 1'000; ++i) {
      const std::string name = fmt::format("{}-{}-{}", poll, i, std::string(900, 'g'));
      items += "<item><guid>" + name + "</guid><title>" + std::string(900, 't') + "</title><author>" +
               std::string(900, 'a') + "</author><link>https://news.example/" + name + "</link><description>" +
               std::string(5'000, 'd') + "</description></item>";
    }
    ++poll;
    return c.answer(200, rss(items), feed_type);
  });
  Scene scene(nobody);
  scene.document = {{"tenants", {poller(scene, "greedy", hostile.url("/feed"))}}};
  scene.document["tenants"][0]["feeds"][0]["first_poll"] = "none";
  scene.open();
  std::uintmax_t before = 0;
  for (int i = 0; i < 5; ++i) {
    scene.run();
    if (i == 1) before = std::filesystem::file_size(scene.path("m.db"));
    scene.next_slot();
  }
  REQUIRE(poll >= 5);
  // Three polls of 8 MB each.
  CHECK(std::filesystem::file_size(scene.path("m.db")) - before < 16 * mib);
  CHECK(scene.db().number("SELECT count(*) FROM feed_items") <= 5'100);
}

TEST_CASE("a document full of mistakes is refused in few words and little memory") {
  Scene scene(nobody);
  scene.open();
  const std::string mistakes = "{\"tenants\":[" + filled("{\"slug\":7,\"x\":\"y\"},", mib) + "{}]}";
  const std::string many = "{\"tenants\":[" + filled("{\"slug\":7,\"x\":\"y\"},", 16 * mib - 64) + "{}]}";
  std::string names = "{";
  for (int i = 0; names.size() < mib; ++i) names += fmt::format("\"field{}\":1,", i);
  names += "\"last\":1}";
  const std::string nested = "{\"tenants\":" + filled("[", mib);
  const std::string empties = "[" + filled("{},", 2 * mib) + "{}]";
  std::string csv = "phone,name,email\n";
  csv += filled("not a number,\"x\",y\n", mib);
  const Memory memory(scene);
  for (const auto& [name, text] : {std::pair<std::string, std::string>{"mistakes.json", mistakes},
                                   {"many.json", many},
                                   {"names.json", names},
                                   {"nested.json", nested},
                                   {"empties.json", empties}}) {
    CAPTURE(name);
    const Finished finished = scene.milkrun({"import", scene.write(name, text)}, memory.watched());
    CHECK(finished.code == 65);
    CHECK(finished.err.size() < 100'000);
    CHECK(finished.out.empty());
    CHECK(memory.most() < 200 * mib);
  }
  scene.document = {{"tenants", {honest(scene, "asha")}}};
  scene.import(scene.document);
  const Finished finished =
      scene.milkrun({"import", "contacts", scene.write("c.csv", csv), "--tenant", "asha"}, memory.watched());
  CHECK(finished.code == 65);
  CHECK(finished.err.size() < 100'000);
  CHECK(memory.most() < 200 * mib);
}

TEST_CASE("a document of a hundred thousand tenants, good or not, is read in little memory, and nothing else is") {
  Scene scene(nobody);
  scene.open();
  const auto tenants = [](int n, int blanks = 0) {
    std::string out;
    for (int i = 0; i < n; ++i) out += fmt::format(R"({{"slug":"t{:06}"}},{:{}})", i, "", blanks);
    return out;
  };
  std::string people, full;
  for (int i = 0; i < 60'000; ++i)
    people += fmt::format(R"({{"ref":"r{:06}","phone":"+4915{:08}","name":"x"}},)", i, i);
  for (int i = 0; i < 60'000; ++i) full += fmt::format(R"({{"ref":"s{:06}","x":[1,2]}},)", i);
  const std::string gym = R"({"tenants":[{"slug":"gym","name":"G","timezone":"UTC","contacts":[)";
  struct Row {
    std::string name, text, says;
  };
  const Row rows[] = {
      {"tenants.json", R"({"tenants":[)" + tenants(100'000) + R"({"slug":7}]})", "tenants[100000].slug"},
      {"people.json", gym + people + R"({"phone":"7"}]}]})", "tenants[0].contacts[60000].phone"},
      {"full.json", gym + people + full + "{}]}]}", "tenants[0] has more than 400000 values; split it"},
      {"plans.json", R"({"plans":[)" + filled(R"({"slug":7},)", 5 * mib) + "{}]}",
       "beside its tenants it has more than"},
      {"blanks.json", R"({"tenants":[{"slug":"a"})" + filled("\n", 15 * mib) + "x", "take out the blanks"},
      {"lines.json", filled("\n", 15 * mib), "the document is empty"},
      {"zeros.json", filled(std::string(1, '\0'), 15 * mib), "has a zero byte in line 1"}};
  const Memory memory(scene);
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Finished finished = scene.milkrun({"import", scene.write(row.name, row.text)}, memory.watched());
    CHECK(finished.code == 65);
    CHECK_MESSAGE(finished.err.find(row.says) != std::string::npos, finished.err.substr(0, 2'000));
    CHECK(memory.most() < 200 * mib);
  }
  CHECK(scene.db().number("SELECT count(*) FROM tenants") == 1);
  CHECK(scene
            .milkrun({"import", "contacts", scene.write("long.csv", "phone,name,ref\n" + filled("1,2,3\n", mib)),
                      "--tenant", "gym"})
            .err.find("has more than 125000 lines; split it") != std::string::npos);
  // Of a large one that is good each tenant is read anew when it is checked and stored.
  const std::string some =
      R"({"tenants":[)" + tenants(3'000, 100) + R"({"slug":"last","plan":"p"}],"plans":[{"slug":"p"}]})";
  const Finished finished = scene.milkrun({"import", scene.write("some.json", some)}, memory.watched());
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(memory.most() < 64 * mib);
  CHECK(scene.db().number("SELECT count(*) FROM tenants") == 3'002);
  CHECK(scene.db().number("SELECT count(*) FROM tenants WHERE plan_id IS NOT NULL") == 1);
}
