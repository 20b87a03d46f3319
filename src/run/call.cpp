// The client that stages see: it plays back, and ends the play at the first new call.
#include "run/call.hpp"

#include "base/kill_point.hpp"
#include "http/digest.hpp"

#include <fmt/format.h>

namespace milkrun {
namespace {

// The private signal that ends a step. No std::exception: a stage's own handlers do not catch it.
struct Suspend {
  Wanted wanted;
};

class Replay final : public http::Client {
public:
  explicit Replay(const Script& script) : script_(script) {}

  Expected<http::Response> send(const http::Request& request) override {
    if (once_seen_) throw std::logic_error("a request after the once request of this item");
    if (request.effect == http::Effect::once) {
      if (script_.looking_up) throw std::logic_error("a look-up may not make a once request");
      once_seen_ = true;
    }
    const std::uint64_t digest = http::digest_of(request);
    if (next_ == script_.answers.size()) throw Suspend{{request, digest}};
    const Recorded& recorded = script_.answers[next_];
    if (recorded.digest != digest)
      throw std::logic_error(fmt::format("call {} differs at replay: {} {}", next_ + 1, request.method,
                                         http::host_of(request.url)));
    ++next_;
    return recorded.answer;
  }
  bool complete() const { return next_ == script_.answers.size(); }
  // The moment of the last answer that was played back.
  Time at() const { return next_ == 0 ? script_.begun : script_.answers[next_ - 1].at; }

private:
  const Script& script_;
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

} // namespace

Step step(const Script& script, const JobSettings& settings) {
  kill_point(script.looking_up ? "reconcile.before" : "work.before");
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
    kill_point(script.looking_up ? "reconcile.after" : "work.after");
    if (!http.complete()) return Bug{"it makes fewer calls at replay"};
    return out;
  } catch (Suspend& suspend) {
    return std::move(suspend.wanted);
  } catch (const std::exception& e) {
    return Bug{e.what()};
  }
}

} // namespace milkrun
