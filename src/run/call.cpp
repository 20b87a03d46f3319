// The client that stages see: it plays back, and ends the play at the first new call.
#include "run/call.hpp"

#include "base/kill_point.hpp"
#include "base/zone.hpp"
#include "http/digest.hpp"

#include <fmt/format.h>

namespace milkrun {

Bug bug_of(const std::exception& thrown) {
  const auto* const zone = dynamic_cast<const zone::Unknown*>(&thrown);
  return zone != nullptr ? Bug{thrown.what(), zone->reason} : Bug{.what = thrown.what()};
}

namespace {

// The private signal that ends a step. No std::exception: a stage's own handlers do not catch it.
struct Suspend {
  Wanted wanted;
};

class Replay final : public http::Client {
public:
  explicit Replay(Script& script) : script_(script) {}

  Expected<http::Response> send(const http::Request& request) override {
    const Recorded& recorded = play(request);
    if (recorded.kept) throw std::logic_error("an answer that was read and kept is asked for whole");
    return recorded.answer;
  }
  bool complete() const { return next_ == script_.answers.size(); }
  // The moment of the last answer that was played back.
  Time at() const { return next_ == 0 ? script_.begun : script_.answers[next_ - 1].at; }

protected:
  Expected<Kept> send_and_keep(const http::Request& request, const Read& read) override {
    Recorded& recorded = play(request);
    if (!recorded.answer) return std::unexpected(recorded.answer.error());
    if (!recorded.kept) {
      recorded.kept = read(*recorded.answer);
      recorded.answer->body = std::string();
    }
    return recorded.kept;
  }

private:
  // The recorded answer to this call; ends the play where there is none yet.
  Recorded& play(const http::Request& request) {
    if (once_seen_) throw std::logic_error("a request after the once request of this item");
    if (request.effect == http::Effect::once) {
      if (script_.looking_up) throw std::logic_error("a look-up may not make a once request");
      once_seen_ = true;
    }
    const std::uint64_t digest = http::digest_of(request);
    if (next_ == script_.answers.size()) throw Suspend{{request, digest}};
    Recorded& recorded = script_.answers[next_];
    if (recorded.digest != digest)
      throw std::logic_error(
          fmt::format("call {} differs at replay: {} {}", next_ + 1, request.method, http::host_of(request.url)));
    ++next_;
    return recorded;
  }

  Script& script_;
  std::size_t next_ = 0;
  bool once_seen_ = false;
};

// Follows the play: at its every place the same time, however often it is played.
struct StillClock final : Clock {
  const Replay& play;
  explicit StillClock(const Replay& replay) : play(replay) {}
  Time now() const override { return play.at(); }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(play.at().time_since_epoch());
  }
};

// The status of the last call, where the stage's error has none.
int last_status(const Script& s) {
  if (s.answers.empty()) return 0;
  const auto& answer = s.answers.back().answer;
  return answer ? answer->status : answer.error().http_status;
}

Looked reconcile(const Script& s, const Outside& outside) {
  if (s.stage->reconcile == nullptr) return fail(Fault::permanent, "lookup.impossible");
  if (s.item.row.empty()) return fail(Fault::permanent, "row_gone");
  return s.stage->reconcile(s.item, s.credentials, outside);
}

Step play(Script& script, const JobSettings& settings) {
  kill_point(script.looking_up ? "reconcile.before" : "work.before", script.item.key.id);
  Replay http(script);
  const StillClock clock(http);
  const Outside outside{http, clock, settings};
  try {
    Step out;
    if (script.looking_up) {
      out = reconcile(script, outside);
    } else {
      Result result = script.stage->work(script.item, script.credentials, outside);
      if (!result.outcome && result.outcome.error().http_status == 0)
        result.outcome.error().http_status = last_status(script);
      out = std::move(result);
    }
    kill_point(script.looking_up ? "reconcile.after" : "work.after", script.item.key.id);
    if (!http.complete()) return Bug{"it makes fewer calls at replay"};
    return out;
  } catch (Suspend& suspend) {
    return std::move(suspend.wanted);
  } catch (const std::exception& e) {
    return bug_of(e);
  }
}

#ifdef MILKRUN_TEST_HOOKS
// What two plays of the same step must have in common. A payload is the stage's own type and stays unread.
std::string essence(const Step& s) {
  const auto outcome = [](const Outcome& o) {
    if (!o)
      return fmt::format("{} {} {}", static_cast<int>(o.error().fault), o.error().reason.text(), o.error().detail);
    if (const Done* done = done_of(o)) return "done " + done->reference;
    if (const Snooze* snooze = snooze_of(o)) return fmt::format("{} {}", to_ms(snooze->until), snooze->reason.text());
    return cancel_of(o)->reason.text();
  };
  if (const auto* wanted = std::get_if<Wanted>(&s)) return fmt::format("{} {:x}", wanted->request.url, wanted->digest);
  if (const auto* result = std::get_if<Result>(&s)) return outcome(result->outcome);
  if (const auto* bug = std::get_if<Bug>(&s)) return bug->what;
  const auto& looked = std::get<Looked>(s);
  if (!looked) return outcome(std::unexpected(looked.error()));
  return fmt::format("{} {}", static_cast<int>(looked->presence), outcome(looked->result.outcome));
}
#endif

} // namespace

#ifdef MILKRUN_TEST_HOOKS
std::function<void()> shuffle_environment;
#endif

Step step(Script& script, const JobSettings& settings) {
  Step out = play(script, settings);
#ifdef MILKRUN_TEST_HOOKS
  if (shuffle_environment) {
    shuffle_environment();
    const std::string once = essence(out), again = essence(play(script, settings));
    if (once != again) return Bug{fmt::format("it differs in another environment: {} | {}", once, again)};
  }
#endif
  return out;
}

} // namespace milkrun
