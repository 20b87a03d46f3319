// Everybody else: services that answer, fail, and remember what was done to them. It goes on when a process dies.
#pragma once

#include "http/client.hpp"
#include "sim/dice.hpp"
#include "sim/doors.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace milkrun::sim {

// Something that happened at a service, for whoever's credential was shown.
struct Effect {
  std::string kind, key; // "post", "item:7"
  std::string tenant;    // whose credential; "" = none
  Time at{};
};

// What a service makes of a request, without any trouble on the way.
struct Served {
  http::Response response;
  std::string kind = {}, key = {}; // of the effect; "" = it changed nothing
};

class Remote;
// The services of a scene: called when the request is processed, `tenant` is whose credential it showed.
using Service = std::function<Served(const http::Request&, const std::string& tenant, const Remote&)>;

// How often things go wrong, in percent of calls; all 0: they never do.
struct Trouble {
  int lost = 0;    // before or after the service worked on it, by a broken connection or by time
  int refused = 0; // 401, 429 with every kind of Retry-After, 503
  int garbled = 0; // an answer that is none, 5xx before or after the work
  int slow = 0;    // seconds instead of milliseconds
  int down = 0;    // chance that a host is down for a while (asked once in a while per host)
};

// A call on its way; the process that made it may be gone.
struct Call {
  http::Request request;
  std::string tenant; // whose credential it shows
  Time process_at{}, answer_at{};
  bool processed = false; // or never will be
  std::function<Expected<http::Response>(Call&)> process;
  Expected<http::Response> answer;
};

class Remote {
public:
  Remote(Dice& dice, Clock& clock, Trace& trace, Service service);

  Trouble trouble;
  void knows(std::string secret, std::string tenant) { tenants_[std::move(secret)] = std::move(tenant); }
  std::shared_ptr<Call> begin(const http::Request& request);
  // Time passes, and what is processed meanwhile is, each at its moment.
  void pass(Time until);
  const std::vector<Effect>& effects() const { return effects_; }
  int count(std::string_view kind, std::string_view key) const;

private:
  std::string who(const http::Request& request) const;
  Expected<http::Response> serve(Call& call);
  bool host_is_down(const std::string& host);
  std::shared_ptr<Call> first() const; // to be processed
  void plan(Call& call);

  Dice& dice_;
  Clock& clock_;
  Trace& trace_;
  Service service_;
  std::map<std::string, std::string> tenants_;         // by secret
  std::map<std::string, std::pair<Time, bool>> hosts_; // until when it is as it is: down, or well
  std::vector<std::shared_ptr<Call>> calls_;
  std::vector<Effect> effects_;
};

} // namespace milkrun::sim
