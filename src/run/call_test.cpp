// work() by replay: it sees its answers in order, ends at the first new call, and is caught when it is not the same
// twice.
#include "run/call.hpp"

#include "http/digest.hpp"
#include "run/compute.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <atomic>
#include <deque>
#include <optional>
#include <ostream>
#include <semaphore>
#include <set>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;

namespace {

using Work = Result (*)(const Item&, const Credentials&, const Outside&);
using LookUp = Expected<Reconciled> (*)(const Item&, const Credentials&, const Outside&);

http::Request get(std::string url, http::Effect effect = http::Effect::read) {
  http::Request r{.url = std::move(url)};
  r.effect = effect;
  return r;
}

Result of(const Expected<http::Response>& answer, std::string reference = "ref") {
  if (!answer) return {std::unexpected(answer.error())};
  return {Done{std::move(reference)}};
}

// A stage's code on its way: it is asked, and its calls are answered.
struct Play {
  Stage stage{.name = "post", .load = {}};
  Script script{.stage = &stage,
                .item = {.stage = "post", .key = Key{"x", "1"}, .tenant = {"asha"}, .row = test::row_of({{"id", "1"}})},
                .credentials = {},
                .begun = noon};
  JobSettings settings;

  explicit Play(Work work) { stage.work = work; }
  explicit Play(LookUp look) {
    stage.reconcile = look;
    script.looking_up = true;
  }
  Step next() { return step(script, settings); }
  // The call it wants, which must be one; answered by `answer`.
  http::Request answered(Expected<http::Response> answer, Millis after = Millis(100)) {
    Step s = next();
    REQUIRE(std::holds_alternative<Wanted>(s));
    const Wanted& wanted = std::get<Wanted>(s);
    const Time before = script.answers.empty() ? script.begun : script.answers.back().at;
    script.answers.push_back({.digest = wanted.digest, .answer = std::move(answer), .at = before + after});
    return wanted.request;
  }
  std::string bug() {
    const Step s = next();
    return std::holds_alternative<Bug>(s) ? std::get<Bug>(s).what : "no bug";
  }
};

http::Response status(int s) { return {.status = s}; }

} // namespace

TEST_CASE("work is called again with its answers until it has its result") {
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    const auto first = out.http.send(get("https://h/first"));
    const auto second = out.http.send(get("https://h/" + first->body));
    return of(second, std::to_string(second->status));
  }});
  CHECK(p.answered(http::Response{.status = 200, .body = "next"}).url == "https://h/first");
  CHECK(p.answered(status(204)).url == "https://h/next");
  const Step end = p.next();
  REQUIRE(std::holds_alternative<Result>(end));
  CHECK(done_of(std::get<Result>(end).outcome)->reference == "204");
  CHECK(std::holds_alternative<Result>(p.next())); // the same again
}

TEST_CASE("a stage that needs no call ends at once") {
  Play p(Work{[](const Item&, const Credentials&, const Outside&) { return Result{Cancel{"feed.gone"}}; }});
  CHECK(std::holds_alternative<Result>(p.next()));
}

TEST_CASE("the clock is the moment of the last answer, at every place of the play the same") {
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    static_cast<void>(out.http.send(get("https://h/" + std::to_string(to_ms(out.clock.now())))));
    static_cast<void>(out.http.send(get("https://h/" + std::to_string(to_ms(out.clock.now())))));
    return Result{Done{std::to_string(to_ms(out.clock.now()))}};
  }});
  const auto url = [](Time t) { return "https://h/" + std::to_string(to_ms(t)); };
  CHECK(p.answered(status(200)).url == url(noon));
  CHECK(p.answered(status(200)).url == url(noon + Millis(100)));
  const Step end = p.next();
  REQUIRE(std::holds_alternative<Result>(end));
  CHECK(done_of(std::get<Result>(end).outcome)->reference == std::to_string(to_ms(noon + Millis(200))));
}

TEST_CASE("what a stage keeps of an answer is read once, however often it is played, and takes the body's place") {
  static std::atomic<int> reads = 0;
  reads = 0;
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    const auto read = [](const http::Response& r) {
      ++reads;
      return r.body.size();
    };
    std::size_t bytes = 0;
    for (int page = 0; page < 5; ++page) {
      const auto size = out.http.send_and_read<std::size_t>(get("https://h/" + std::to_string(page)), read);
      if (!size) return Result{std::unexpected(size.error())};
      bytes += **size;
    }
    return Result{Done{std::to_string(bytes)}};
  }});
  for (int page = 0; page < 5; ++page) p.answered(http::Response{.status = 200, .body = std::string(1000, 'x')});
  for (int again = 0; again < 2; ++again) {
    const Step end = p.next();
    REQUIRE(std::holds_alternative<Result>(end));
    CHECK(done_of(std::get<Result>(end).outcome)->reference == "5000");
  }
  CHECK(reads == 5);
  CHECK(p.script.answers[0].answer->body.empty());
}

TEST_CASE("an error is no answer that could be kept; an answer that was kept may not be asked for whole") {
  static std::atomic<bool> whole = false;
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    if (whole) return of(out.http.send(get("https://h/")));
    const auto kept = out.http.send_and_read<int>(get("https://h/"), [](const http::Response& r) { return r.status; });
    return kept ? Result{Done{std::to_string(**kept)}} : Result{std::unexpected(kept.error())};
  }});
  p.answered(std::unexpected(Error{.fault = Fault::outage, .reason = "network.cannot_connect"}));
  const Step failed = p.next();
  REQUIRE(std::holds_alternative<Result>(failed));
  CHECK(std::get<Result>(failed).outcome.error().reason.code() == "network.cannot_connect");
  p.script.answers[0].answer = status(204);
  CHECK(std::holds_alternative<Result>(p.next()));
  whole = true;
  CHECK(p.bug() == "an answer that was read and kept is asked for whole");
  whole = false;
}

TEST_CASE("a call that differs at replay is a bug of the stage: it read a clock of its own") {
  static std::atomic<int> clock = 0;
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    return of(out.http.send(get("https://h/?at=" + std::to_string(++clock))));
  }});
  p.answered(status(200));
  CHECK(p.bug() == "call 1 differs at replay: GET h");
}

#ifdef MILKRUN_TEST_HOOKS
TEST_CASE("what depends on the environment is a bug of the stage: played a second time elsewhere, it differs") {
  static std::string zone;
  zone = "UTC";
  const struct Shuffled {
    Shuffled() {
      shuffle_environment = [] { zone = zone == "UTC" ? "Asia/Tokyo" : "UTC"; };
    }
    ~Shuffled() { shuffle_environment = nullptr; }
  } shuffled;
  Play url(Work{
      [](const Item&, const Credentials&, const Outside& out) { return of(out.http.send(get("https://h/" + zone))); }});
  CHECK(url.bug().starts_with("it differs in another environment"));
  Play result(Work{[](const Item&, const Credentials&, const Outside&) { return Result{Done{zone}}; }});
  CHECK(result.bug().starts_with("it differs in another environment"));
  Play look(LookUp{[](const Item&, const Credentials&, const Outside&) -> Expected<Reconciled> {
    return Reconciled{zone == "UTC" ? Presence::found : Presence::absent};
  }});
  CHECK(look.bug().starts_with("it differs in another environment"));
  Play same(
      Work{[](const Item&, const Credentials&, const Outside& out) { return of(out.http.send(get("https://h/"))); }});
  CHECK(same.answered(status(200)).url == "https://h/");
  CHECK(same.bug() == "no bug");
}
#endif

TEST_CASE("a stage that makes fewer calls at replay is a bug too") {
  static std::atomic<int> calls = 0;
  calls = 0;
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    if (calls++ == 0) static_cast<void>(out.http.send(get("https://h/")));
    return Result{Done{"ref"}};
  }});
  p.answered(status(200));
  CHECK(p.bug() == "it makes fewer calls at replay");
}

TEST_CASE("nothing may follow a once call, and a look-up may make none") {
  Play work(Work{[](const Item&, const Credentials&, const Outside& out) {
    static_cast<void>(out.http.send(get("https://h/", http::Effect::once)));
    return of(out.http.send(get("https://h/again")));
  }});
  work.answered(status(201));
  CHECK(work.bug() == "a request after the once request of this item");
  Play look(LookUp{[](const Item&, const Credentials&, const Outside& out) -> Expected<Reconciled> {
    static_cast<void>(out.http.send(get("https://h/", http::Effect::once)));
    return Reconciled{};
  }});
  CHECK(look.bug() == "a look-up may not make a once request");
}

TEST_CASE("a stage's own handlers do not catch the end of a step") {
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    try {
      return of(out.http.send(get("https://h/")));
    } catch (const std::exception&) {
      return Result{Cancel{"bug"}};
    }
  }});
  CHECK(p.answered(status(200)).url == "https://h/");
  CHECK(std::holds_alternative<Result>(p.next()));
}

TEST_CASE("what a stage throws is told as its bug") {
  Play p(Work{[](const Item&, const Credentials&, const Outside&) -> Result { throw std::out_of_range("at 7"); }});
  CHECK(p.bug() == "at 7");
}

TEST_CASE("an error without a status gets the last call's") {
  Play p(Work{[](const Item&, const Credentials&, const Outside& out) {
    static_cast<void>(out.http.send(get("https://h/")));
    return Result{fail(Fault::transient, "feed.server_error")};
  }});
  p.answered(status(503));
  CHECK(std::get<Result>(p.next()).outcome.error().http_status == 503);
  p.script.answers[0].answer = std::unexpected(Error{.fault = Fault::uncertain, .reason = "bug", .http_status = 502});
  CHECK(std::get<Result>(p.next()).outcome.error().http_status == 502);
}

TEST_CASE("a look-up needs its code and its row") {
  Play none(LookUp{nullptr});
  REQUIRE(std::holds_alternative<Looked>(none.next()));
  CHECK(std::get<Looked>(none.next()).error().reason.is("lookup.impossible"));
  Play gone(
      LookUp{[](const Item&, const Credentials&, const Outside&) -> Expected<Reconciled> { return Reconciled{}; }});
  gone.script.item.row = {};
  CHECK(std::get<Looked>(gone.next()).error().reason.is("row_gone"));
}

TEST_CASE("the digest tells calls apart by all that is sent, but a secret's value") {
  const http::Request base = get("https://h/");
  const auto differs = [&](auto change) {
    http::Request r = base;
    change(r);
    return http::digest_of(r) != http::digest_of(base);
  };
  CHECK(differs([](http::Request& r) { r.method = "POST"; }));
  CHECK(differs([](http::Request& r) { r.url += "x"; }));
  CHECK(differs([](http::Request& r) { r.body = "x"; }));
  CHECK(differs([](http::Request& r) { r.headers = {{"a", "b"}}; }));
  CHECK(differs([](http::Request& r) { r.effect = http::Effect::repeatable; }));
  CHECK(differs([](http::Request& r) { r.secret_headers = {{"a", Secret("s"), "h"}}; }));
  CHECK_FALSE(differs([](http::Request& r) { r.timeout = Millis(1); }));
  http::Request one = base, two = base;
  one.secret_headers = {{"a", Secret("s"), "h"}};
  two.secret_headers = {{"a", Secret("t"), "h"}};
  CHECK(http::digest_of(one) == http::digest_of(two));
  one = two = base;
  one.headers = {{"ab", "c"}};
  two.headers = {{"a", "bc"}};
  CHECK(http::digest_of(one) != http::digest_of(two));
  // A mail is its envelope as much as its text: the same words to another person are another mail.
  const http::Envelope envelope{
      .from = "a@h", .to = "b@h", .hello = "h", .user = "u", .secret = Secret("s"), .host = "h"};
  const auto changed = [&](auto change) {
    one = two = base;
    one.envelope = two.envelope = envelope;
    change(*two.envelope);
    return http::digest_of(one) != http::digest_of(two);
  };
  CHECK(differs([&](http::Request& r) { r.envelope = envelope; }));
  CHECK(changed([](http::Envelope& e) { e.from = "c@h"; }));
  CHECK(changed([](http::Envelope& e) { e.to = "c@h"; }));
  CHECK(changed([](http::Envelope& e) { e.hello = "c"; }));
  CHECK(changed([](http::Envelope& e) { e.user = "c"; }));
  CHECK(changed([](http::Envelope& e) { e.host = "c"; }));
  CHECK(changed([](http::Envelope& e) { e.auth = http::Envelope::Auth::login; }));
  CHECK_FALSE(changed([](http::Envelope& e) { e.secret = Secret("t"); }));
}

TEST_CASE("steps that are computed elsewhere come back with their tickets, each once") {
  for (const int threads : {0, 1, 4}) {
    CAPTURE(threads);
    Play p(Work{[](const Item&, const Credentials&, const Outside&) { return Result{Done{"ref"}}; }});
    std::mutex lock;
    std::condition_variable changed;
    int ready = 0;
    Compute compute(threads, p.settings, [&] {
      const std::lock_guard hold(lock);
      ++ready;
      changed.notify_all();
    });
    for (std::uint64_t t = 1; t <= 50; ++t) compute.submit(t, p.script);
    std::multiset<std::uint64_t> tickets;
    while (tickets.size() < 50) {
      for (auto& [ticket, done] : compute.collect()) {
        CHECK(std::holds_alternative<Result>(done));
        tickets.insert(ticket);
      }
      std::unique_lock hold(lock);
      if (threads > 0 && tickets.size() < 50)
        REQUIRE(changed.wait_for(hold, std::chrono::seconds(60), [&] { return ready > 0; }));
      ready = 0;
    }
    for (std::uint64_t t = 1; t <= 50; ++t) CHECK(tickets.count(t) == 1);
  }
}

namespace {

// Steps of several tenants on compute threads. Those of a whale do not end before the gate lets them, and cost a second
// by the clock of this crowd; all others cost nothing.
struct Crowd {
  static inline std::optional<std::counting_semaphore<>> gate;
  static inline std::atomic<int> begun;
  static inline thread_local double spent;
  Play play{Work{[](const Item& item, const Credentials&, const Outside&) {
    if (item.tenant.value.starts_with("whale")) {
      ++begun;
      begun.notify_all();
      gate->acquire();
      spent += 1;
    }
    return Result{Done{"ref"}};
  }}};
  std::deque<Script> scripts;
  std::mutex lock;
  std::condition_variable changed;
  bool ready = false;
  Compute compute;

  explicit Crowd(int threads)
      : compute(
            threads, play.settings,
            [this] {
              const std::lock_guard hold(lock);
              ready = true;
              changed.notify_all();
            },
            [] { return spent; }) {
    gate.emplace(0);
    begun = 0;
  }
  ~Crowd() { open(100); }
  static void open(int steps) { gate->release(steps); }
  static void wait_for(int steps) { // of whales, begun
    for (int seen = begun; seen < steps; seen = begun) begun.wait(seen);
  }
  void ask(const std::vector<std::string>& tenants) {
    for (const std::string& tenant : tenants) {
      scripts.push_back(play.script);
      scripts.back().item.tenant = {tenant};
      compute.submit(scripts.size(), scripts.back());
    }
  }
  // Whose steps came back, in their order, when there are so many.
  std::vector<std::string> back(std::size_t many) {
    std::vector<std::string> out;
    while (out.size() < many) {
      std::unique_lock hold(lock);
      REQUIRE(changed.wait_for(hold, std::chrono::seconds(60), [&] { return ready; }));
      ready = false;
      hold.unlock();
      for (const auto& [ticket, done] : compute.collect()) out.push_back(scripts.at(ticket - 1).item.tenant.value);
    }
    return out;
  }
};

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("a tenant whose steps take for ever leaves a compute thread to the others") {
  Crowd c(2);
  c.ask(Names(6, "whale"));
  c.ask(Names(3, "asha"));
  CHECK(c.back(3) == Names(3, "asha"));
  c.open(6);
  CHECK(c.back(6) == Names(6, "whale"));
}

TEST_CASE("the next step is one of the tenant who had least of the compute threads, of several who stands longest") {
  Crowd c(1);
  c.ask({"whale", "whale", "whale 2", "whale 2", "asha", "asha", "bolt"}); // the first one holds the thread
  c.open(4);
  CHECK(c.back(7) == Names{"whale", "whale 2", "asha", "bolt", "asha", "whale", "whale 2"});
}

TEST_CASE("time in which a tenant asked the compute threads for nothing is not saved up") {
  Crowd c(1);
  c.ask(Names(4, "whale"));
  c.open(2);
  CHECK(c.back(2) == Names(2, "whale"));
  c.wait_for(3); // it holds the thread
  c.ask(Names(3, "whale 2"));
  c.open(5);
  CHECK(c.back(5) == Names{"whale", "whale 2", "whale", "whale 2", "whale 2"});
}
