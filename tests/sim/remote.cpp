// The fates of calls.
#include "sim/remote.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::sim {
namespace {

std::unexpected<Error> nothing_came(const http::Request& r, bool sent, Reason reason) {
  return fail(sent && r.effect == http::Effect::once ? Fault::uncertain : Fault::outage, std::move(reason));
}

http::Response refusal(Dice& dice) {
  switch (dice.below(8)) {
  case 0: return {.status = 401};
  case 1: return {.status = 429, .headers = {{"Retry-After", "0"}}};
  case 2: return {.status = 429, .headers = {{"Retry-After", "90"}}};
  case 3: return {.status = 429, .headers = {{"Retry-After", "1000000000"}}};
  case 4: return {.status = 429, .headers = {{"Retry-After", "soon"}}};
  case 5: return {.status = 503, .headers = {{"Retry-After", "120"}}};
  case 6: return {.status = 429};
  default: return {.status = 403};
  }
}

const char* const garbage[] = {"", "null", "[]", "{}", "{\"id\":", "<html>checking your browser</html>", "\xff\xfe"};

} // namespace

Remote::Remote(Dice& dice, Clock& clock, Trace& trace, Service service)
    : dice_(dice), clock_(clock), trace_(trace), service_(std::move(service)) {}

std::string Remote::who(const http::Request& request) const {
  for (const http::SecretHeader& h : request.secret_headers)
    for (const auto& [secret, tenant] : tenants_)
      if (h.value.reveal().find(secret) != std::string_view::npos) return tenant;
  return {};
}

Expected<http::Response> Remote::serve(Call& call) {
  Served served = service_(call.request, call.tenant, *this);
  if (!served.kind.empty()) {
    trace_.add(clock_.now(), fmt::format("effect {} {} by {}", served.kind, served.key, call.tenant));
    effects_.push_back({std::move(served.kind), std::move(served.key), call.tenant, clock_.now()});
  }
  return std::move(served.response);
}

bool Remote::host_is_down(const std::string& host) {
  if (trouble.down == 0) return false;
  auto& [until, down] = hosts_[host];
  if (clock_.now() >= until) {
    down = dice_.percent(trouble.down);
    until = clock_.now() + Millis(dice_.between(1'000, 1'200'000));
  }
  return down;
}

void Remote::plan(Call& call) {
  const Time now = clock_.now();
  const Millis timeout = call.request.timeout;
  const auto some = [&](Millis most) {
    return Millis(1 + static_cast<std::int64_t>(dice_.bits() % static_cast<std::uint64_t>(most.count())));
  };
  const Millis took = some(dice_.percent(trouble.slow) ? timeout - Millis(2) : Millis(60));
  call.process_at = now + took / 2;
  call.answer_at = now + took;
  call.process = [this](Call& c) { return serve(c); };
  if (host_is_down(http::host_of(call.request.url)) || dice_.percent(trouble.lost / 3)) {
    call.process = [](Call& c) { return nothing_came(c.request, false, "network.cannot_connect"); };
  } else if (dice_.percent(trouble.lost)) {
    const bool works = dice_.percent(60), by_time = dice_.percent(50);
    // A request that was sent may be worked on as long as its time runs, whoever has hung up meanwhile.
    if (by_time) call.answer_at = now + timeout;
    call.process_at = now + some(by_time ? timeout : took);
    call.process = [this, works](Call& c) -> Expected<http::Response> {
      if (works) (void)serve(c);
      return nothing_came(c.request, true, "network.connection_lost");
    };
    call.answer_at = std::max(call.answer_at, call.process_at);
  } else if (dice_.percent(trouble.refused)) {
    call.process = [answer = refusal(dice_)](Call&) -> Expected<http::Response> { return answer; };
  } else if (dice_.percent(trouble.garbled)) {
    const bool works = dice_.percent(50), server_error = dice_.percent(50);
    const http::Response bad{.status = server_error ? 500 + dice_.below(5) : 200,
                             .body = garbage[static_cast<std::size_t>(dice_.below(7))]};
    call.process = [this, works, bad](Call& c) -> Expected<http::Response> {
      // A 200 without a word of what was done is only sent by one who did it.
      if (works || bad.status == 200) (void)serve(c);
      return bad;
    };
  }
}

std::shared_ptr<Call> Remote::begin(const http::Request& request) {
  auto call = std::make_shared<Call>(Call{.request = request, .tenant = who(request), .process = {}, .answer = {}});
  plan(*call);
  calls_.push_back(call);
  return call;
}

std::shared_ptr<Call> Remote::first() const {
  std::shared_ptr<Call> out;
  for (const auto& c : calls_)
    if (!out || c->process_at < out->process_at) out = c;
  return out;
}

void Remote::pass(Time until) {
  for (std::shared_ptr<Call> c = first(); c && c->process_at <= until; c = first()) {
    std::erase(calls_, c);
    clock_.at = std::max(clock_.at, c->process_at);
    c->answer = c->process(*c);
    c->processed = true;
  }
  clock_.at = std::max(clock_.at, until);
}

int Remote::count(std::string_view kind, std::string_view key) const {
  return static_cast<int>(
      std::ranges::count_if(effects_, [&](const Effect& e) { return e.kind == kind && e.key == key; }));
}

} // namespace milkrun::sim
