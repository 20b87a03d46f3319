// Short forms for tests of the http room.
#pragma once

#include "http/blocking.hpp"
#include "http/curl_net.hpp"
#include "http/guard.hpp"

#include <string>
#include <utility>
#include <vector>

namespace milkrun::test {

inline http::AllowEntry allow(std::string_view cidr, std::string_view tenant = "*", std::string_view service = "*") {
  return http::parse_allow(cidr, tenant, service).value();
}

// Loopback is open to everyone, as an operator would open it for a test.
inline http::Guard open_guard() { return http::Guard({allow("127.0.0.0/8"), allow("::1")}); }

inline http::Request get(std::string url) {
  http::Request out;
  out.url = std::move(url);
  out.caller = {.tenant = "asha", .service = "feed"};
  return out;
}

inline http::Request post(std::string url, std::string body, http::Effect effect) {
  http::Request out = get(std::move(url));
  out.method = "POST";
  out.body = std::move(body);
  out.effect = effect;
  out.caller.service = "wordpress";
  return out;
}

// Answers for names at once; everything else is not found.
inline http::Resolve names(std::vector<std::pair<std::string, std::vector<std::string>>> table) {
  return [table = std::move(table)](const std::string& host, const http::Resolved&) -> std::optional<http::Addresses> {
    for (const auto& [name, addresses] : table) {
      if (name != host) continue;
      std::vector<http::Address> out;
      for (const auto& a : addresses) out.push_back(http::Address::parse(a).value());
      return out;
    }
    return fail(Fault::outage, "network.name_not_found", host);
  };
}

// The whole judgement of a URL, with a resolver that answers at once.
inline Expected<http::Destination> vet(const http::Guard& guard, std::string_view url, const http::Caller& caller) {
  auto destination = TRY(guard.locate(url));
  http::Addresses found = destination.literal ? destination.addresses : *guard.look_up(destination.host, {});
  if (!found) return std::unexpected(std::move(found).error());
  TRY(guard.admit(destination, *std::move(found), caller));
  return destination;
}

// The real network behind the blocking door.
class CurlClient final : public http::Client {
public:
  CurlClient(http::CurlOptions options, http::Guard guard) : net_(std::move(options), std::move(guard)) {}
  Expected<http::Response> send(const http::Request& request) override { return door_.send(request); }
  void stop() { net_.stop(); }
  void abort() { net_.abort(); }

private:
  http::CurlNet net_;
  http::Blocking door_{net_};
};

} // namespace milkrun::test
