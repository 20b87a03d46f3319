// Name lookups on threads of their own: getaddrinfo cannot be called off, so whoever waits may leave early
// and the late answer lands in the cache for the next one.
#include "http/resolver.hpp"

#include "http/quiet_thread.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <unordered_map>

namespace milkrun::http {
namespace {

using Instant = std::chrono::steady_clock::time_point;
constexpr auto keep = std::chrono::seconds(60);
constexpr int most_lookups = 64;
constexpr std::size_t most_names = 4096;

Expected<std::vector<Address>> ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* raw = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &raw);
  if (code != 0) return fail(Fault::outage, "network.name_not_found", host + ": " + gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(raw, &freeaddrinfo);
  std::vector<Address> out;
  for (const addrinfo* i = raw; i != nullptr; i = i->ai_next) {
    if (auto address = Address::from(*i->ai_addr)) out.push_back(*address);
  }
  return out;
}

} // namespace

struct Resolver::State {
  struct Entry { // one lookup; whoever waits for it keeps it
    bool done = false;
    Expected<std::vector<Address>> answer = {};
    Instant fresh_until{};
    bool usable(Instant now) const { return !done || fresh_until > now; }
  };
  Lookup lookup;
  std::mutex lock;
  std::condition_variable_any changed;
  std::unordered_map<std::string, std::shared_ptr<Entry>> entries;
  int running = 0;

  void forget_old(Instant now) {
    if (entries.size() < most_names) return;
    std::erase_if(entries, [&](const auto& e) { return !e.second->usable(now); });
  }
  void answer(Entry& entry, Expected<std::vector<Address>> found) {
    if (found && found->empty()) found = fail(Fault::outage, "network.name_not_found", "no address");
    const std::lock_guard hold(lock);
    entry.answer = std::move(found);
    if (entry.answer) entry.fresh_until = std::chrono::steady_clock::now() + keep;
    entry.done = true;
    --running;
    changed.notify_all();
  }
};

Resolver::Resolver() : Resolver(ask_system) {}
Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>()) { state_->lookup = std::move(lookup); }

Expected<std::vector<Address>> Resolver::operator()(const std::string& host, const Patience& patience) const {
  State& state = *state_;
  std::unique_lock hold(state.lock);
  const auto now = std::chrono::steady_clock::now();
  state.forget_old(now);
  std::shared_ptr<State::Entry>& slot = state.entries[host];
  if (!slot || !slot->usable(now)) {
    if (state.running >= most_lookups) return fail(Fault::outage, "network.lookup_timed_out", "too many at once");
    slot = std::make_shared<State::Entry>();
    quiet_thread([shared = state_, entry = slot, host] { shared->answer(*entry, shared->lookup(host)); }).detach();
    ++state.running;
  }
  const std::shared_ptr<State::Entry> entry = slot;
  if (state.changed.wait_for(hold, patience.stop, patience.at_most, [&] { return entry->done; })) return entry->answer;
  if (patience.stop.stop_requested()) return fail(Fault::aborted, "network.stopped");
  return fail(Fault::outage, "network.lookup_timed_out", host);
}

} // namespace milkrun::http
