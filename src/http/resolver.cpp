// Name lookups on threads of their own: getaddrinfo blocks and cannot be called off. A thread goes on with the next
// name that waits and ends when there is none.
#include "http/resolver.hpp"

#include "http/quiet_thread.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace milkrun::http {
namespace {

using Instant = std::chrono::steady_clock::time_point;
constexpr auto keep = std::chrono::seconds(60);
constexpr int most_lookups = 128;
constexpr int most_of_a_domain = 8;
constexpr std::size_t most_names = 4096; // old answers go when there are more

Addresses ask_system(const std::string& host) {
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

std::string_view domain_of(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  auto cut = host.rfind('.', last - 1);
  // "co.uk", "com.br": a short label before a country's is the registry's own.
  const std::size_t second = last - (cut == std::string_view::npos ? 0 : cut + 1);
  if (host.size() - last == 3 && second <= 3 && cut != std::string_view::npos && cut > 0)
    cut = host.rfind('.', cut - 1);
  return cut == std::string_view::npos ? host : host.substr(cut + 1);
}

struct Resolver::State {
  struct Known {
    Addresses addresses;
    Instant fresh_until;
  };
  Lookup lookup;
  std::mutex lock; // guards the rest
  std::unordered_map<std::string, Known> known;
  std::unordered_map<std::string, std::vector<Resolved>> asked; // running or waiting, with those who want to know
  std::deque<std::string> waiting;                              // names, in order of arrival
  std::unordered_map<std::string, int> busy;                    // lookups running, by domain
  int running = 0;                                              // threads

  // The next name whose domain has a free place, taken off the queue; its place is taken.
  std::optional<std::string> take_next() {
    const auto next = std::ranges::find_if(waiting, [&](const std::string& host) {
      const auto domain = busy.find(std::string(domain_of(host)));
      return domain == busy.end() || domain->second < most_of_a_domain;
    });
    if (next == waiting.end()) return std::nullopt;
    std::string host = std::move(*next);
    waiting.erase(next);
    ++busy[std::string(domain_of(host))];
    return host;
  }

  // Keeps what was found and gives the place back; who is to be told.
  std::vector<Resolved> note(const std::string& host, const Addresses& found) {
    if (found) known.insert_or_assign(host, Known{found, std::chrono::steady_clock::now() + keep});
    const auto domain = busy.find(std::string(domain_of(host)));
    if (--domain->second == 0) busy.erase(domain);
    return std::move(asked.extract(host).mapped());
  }

  void forget_old(Instant now) {
    if (known.size() >= most_names) std::erase_if(known, [&](const auto& k) { return k.second.fresh_until <= now; });
  }

  // A thread's life: it begins with a name and its place.
  static void work(State& state, std::string host) {
    std::unique_lock hold(state.lock, std::defer_lock);
    while (true) {
      Addresses found = state.lookup(host);
      if (found && found->empty()) found = fail(Fault::outage, "network.name_not_found", host + ": no address");
      hold.lock();
      const std::vector<Resolved> told = state.note(host, found);
      auto next = state.take_next();
      if (!next) --state.running;
      hold.unlock();
      for (const Resolved& done : told) done(found);
      if (!next) return;
      host = *std::move(next);
    }
  }
};

Resolver::Resolver() : Resolver(ask_system) {}
Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>()) { state_->lookup = std::move(lookup); }

std::optional<Addresses> Resolver::operator()(const std::string& host, Resolved done) const {
  State& state = *state_;
  const std::lock_guard hold(state.lock);
  const auto now = std::chrono::steady_clock::now();
  if (const auto found = state.known.find(host); found != state.known.end() && found->second.fresh_until > now)
    return found->second.addresses;
  state.forget_old(now);
  auto& waiters = state.asked[host];
  waiters.push_back(std::move(done));
  if (waiters.size() > 1) return std::nullopt;
  state.waiting.push_back(host);
  if (state.running >= most_lookups) return std::nullopt;
  if (auto next = state.take_next()) {
    ++state.running;
    quiet_thread([shared = state_, first = *std::move(next)] { State::work(*shared, first); }).detach();
  }
  return std::nullopt;
}

} // namespace milkrun::http
