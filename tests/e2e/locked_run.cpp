// Another program holds the database's write lock in the middle of a run, longer than a run would wait for it at its
// start: what was answered meanwhile is written afterwards, nothing is held, nothing is sent twice. The three times
// pass side by side, each on a database of its own.
#include "e2e/social.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

using namespace milkrun::e2e;

namespace {

constexpr int people = 4;

// The gym's claims are decided by visits, so that each is a message at once. Its phones are its own among the scenes.
struct Crowd : Social {
  const std::string prefix;
  explicit Crowd(int number) : prefix(fmt::format("+491510001{:03}", number)) {
    campaign("gym", "fit")["tasks"][0]["action"] = "VISIT_PAGE";
    for (int i = 0; i < people; ++i) {
      const std::string phone = fmt::format("{}{:02}", prefix, i);
      contact("gym", phone, fmt::format("p{}", i));
      claim("gym", "fit", "b", phone, {{"clicked_at", minutes_ago(12)}});
    }
  }
  long arrived() const {
    const Json all = messages();
    return std::ranges::count_if(all,
                                 [&](const Json& m) { return ("+" + m["to"].get<std::string>()).starts_with(prefix); });
  }
};

} // namespace

TEST_CASE("a write lock held for 5, 33 and 90 seconds while messages are on their way costs nothing but the time") {
  constexpr std::array seconds{5, 33, 90};
  std::vector<std::unique_ptr<Crowd>> scenes;
  for (const int s : seconds) scenes.push_back(std::make_unique<Crowd>(s));
  for (const auto& scene : scenes) scene->open(); // the sandbox is the same for all
  scenes[0]->fault({{"route", "whatsapp:gym:send"}, {"kind", "delay_before"}, {"ms", 3000}, {"times", -1}});
  std::vector<Child> runs;
  for (const auto& scene : scenes) runs.push_back(scene->start({"verify-social", "--json"}));
  REQUIRE(eventually([&] { return scenes[0]->calls("whatsapp:gym:send").size() == people * seconds.size(); }));
  std::vector<std::shared_ptr<void>> locks;
  for (const auto& scene : scenes) locks.push_back(scene->db().lock());
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    CAPTURE(seconds[i]);
    std::this_thread::sleep_until(begun + std::chrono::seconds(seconds[i])); // the story itself
    Crowd& scene = *scenes[i];
    CHECK(runs[i].running());
    CHECK(scene.milkrun({"verify-social"}).code == 75); // who only looks needs no lock
    locks[i].reset();
    const Report report = scene.heard(runs[i].wait());
    CHECK_MESSAGE(report.finished.code == 0, report.finished.err);
    CHECK(report.finished.err.find("database_locked") != std::string::npos);
    CHECK(report.finished.err.find("database_free") != std::string::npos);
    CHECK(report.items("deliver", "done") == people);
    CHECK(report.json["held"] == 0);
    CHECK(scene.db().number("SELECT count(*) FROM messages WHERE state = 'sent'") == people);
    CHECK(scene.db().number("SELECT count(*) FROM ledger WHERE state IN ('held', 'uncertain')") == 0);
    CHECK(scene.arrived() == people);
    CHECK(scene.verify().idle());
  }
  scenes[0]->no_doubles();
}
