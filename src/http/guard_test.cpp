// The address guard: who may call what.
#include "http/guard.hpp"

#include "support/http_setup.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <string>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::names;
using milkrun::test::vet;

namespace {

const Caller asha{.tenant = "asha", .service = "feed"};
const Caller bolt{.tenant = "bolt", .service = "feed"};

Guard guard_of(std::vector<AllowEntry> entries, Resolve resolve) {
  return Guard(std::move(entries), {80, 443, 8080, 8443}, std::move(resolve));
}

const Resolve dns = names({{"public.test", {"93.184.216.34", "2606:2800:220:1::1"}},
                           {"inside.test", {"10.0.0.7"}},
                           {"mixed.test", {"93.184.216.34", "10.0.0.7"}},
                           {"mixed6.test", {"93.184.216.34", "::1"}},
                           {"half.test", {"10.0.0.7", "10.0.1.7"}},
                           {"nothing.test", {}},
                           {"xn--mller-kva.test", {"93.184.216.34"}},
                           {"my_shop.test", {"93.184.216.34"}},
                           {"_a_.xn--m_ller-3ya.test", {"93.184.216.34"}},
                           {"in_side.test", {"10.0.0.7"}}});

std::string reason(const Expected<Destination>& d) { return d ? "ok" : std::string(d.error().reason.code()); }

} // namespace

TEST_CASE("a tenant without an entry reaches public addresses by https on the usual ports, nothing else") {
  struct Row {
    std::string url, reason;
  };
  const std::vector<Row> rows{
      {"https://public.test/", "ok"},
      {"https://public.test:8443/", "ok"},
      {"https://m\xc3\xbcller.test/", "ok"},
      {"https://public.test:22/", "network.port_not_allowed"},
      {"http://public.test/", "network.plain_http"},
      {"https://inside.test/", "network.address_not_allowed"},
      {"https://mixed.test/", "network.address_not_allowed"},
      {"https://mixed6.test/", "network.address_not_allowed"},
      {"https://nothing.test/", "network.address_not_allowed"},
      {"https://93.184.216.34/", "network.address_not_allowed"}, // a literal needs an entry, even a public one
      {"https://[2606:2800:220:1::1]/", "network.address_not_allowed"},
      {"https://unknown.test/", "network.name_not_found"},
      {"https://user:pw@public.test/", "network.bad_url"},
      {"https://public.test./", "network.bad_url"},
      {"https://-public.test/", "network.bad_url"},
      {"https://public..test/", "network.bad_url"},
      {"https://public.test/" + std::string(2048, 'a'), "network.bad_url"},
      {"ftp://public.test/", "network.bad_url"},
      {"gopher://public.test/", "network.bad_url"},
      {"file:///etc/passwd", "network.bad_url"},
      {"", "network.bad_url"},
  };
  const Guard guard = guard_of({}, dns);
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CHECK(reason(vet(guard, row.url, asha)) == row.reason);
  }
}

TEST_CASE("a refusal waits for a setting, a failed lookup is an outage") {
  const Guard guard = guard_of({}, dns);
  CHECK(vet(guard, "https://inside.test/", asha).error().fault == Fault::setting);
  CHECK(vet(guard, "https://unknown.test/", asha).error().fault == Fault::outage);
}

TEST_CASE("a refusal names the host and the mend") {
  const auto refused = vet(guard_of({}, dns), "https://inside.test/", asha);
  CHECK(refused.error().detail.find("inside.test") != std::string::npos);
  CHECK(refused.error().detail.find("[[network.allow]]") != std::string::npos);
  CHECK(refused.error().detail.find("10.0.0.7") == std::string::npos);
}

TEST_CASE("an entry opens addresses, plain http and any port for its tenant and service only") {
  const Guard guard = guard_of({allow("10.0.0.0/24", "asha", "feed")}, dns);
  for (const std::string url : {"https://inside.test/", "http://inside.test/", "http://inside.test:9000/",
                                "https://10.0.0.7/", "http://10.0.0.7:9000/x", "http://0xa000007/"}) {
    CAPTURE(url);
    CHECK(reason(vet(guard, url, asha)) == "ok");
    CHECK(reason(vet(guard, url, bolt)) == "network.address_not_allowed");
    CHECK(reason(vet(guard, url, {.tenant = "asha", .service = "wordpress"})) == "network.address_not_allowed");
  }
  CHECK(reason(vet(guard, "https://half.test/", asha)) == "network.address_not_allowed");
  CHECK(reason(vet(guard, "https://mixed.test/", asha)) == "ok"); // public and opened
  CHECK(reason(vet(guard, "http://mixed.test/", asha)) == "network.plain_http");
  CHECK(reason(vet(guard, "https://mixed.test:22/", asha)) == "network.port_not_allowed");
}

TEST_CASE("stars open for every tenant or service") {
  CHECK(reason(vet(guard_of({allow("10.0.0.7")}, dns), "http://inside.test/", bolt)) == "ok");
  CHECK(reason(vet(guard_of({allow("10.0.0.7", "*", "ai")}, dns), "http://inside.test/", bolt)) ==
        "network.address_not_allowed");
  CHECK(reason(vet(guard_of({allow("10.0.0.7", "bolt", "*")}, dns), "http://inside.test/", bolt)) == "ok");
}

TEST_CASE("bad allow entries are named") {
  CHECK(parse_allow("10.0.0.0/40", "asha", "feed").error().detail.find("10.0.0.0/40") != std::string::npos);
  CHECK_FALSE(parse_allow("10.0.0.0/8", "", "feed"));
  CHECK_FALSE(parse_allow("10.0.0.0/8", "asha", ""));
}

TEST_CASE("the destination carries what was judged") {
  const auto d = vet(guard_of({}, dns), "https://PUBLIC.test/a#b", asha);
  REQUIRE(d);
  CHECK(d->url == "https://public.test/a");
  CHECK(d->host == "public.test");
  CHECK(d->port == 443);
  CHECK(d->addresses.size() == 2);
}

TEST_CASE("the second check judges a socket address for one caller") {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(0x0a000007);
  const auto& address = reinterpret_cast<const sockaddr&>(in);
  const Guard guard = guard_of({allow("10.0.0.0/8", "asha")}, dns);
  CHECK(guard.address_allowed(address, asha));
  CHECK_FALSE(guard.address_allowed(address, bolt));
  in.sin_addr.s_addr = htonl(0x08080808);
  CHECK(guard.address_allowed(address, bolt));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  CHECK_FALSE(guard.address_allowed(other, asha));
}

TEST_CASE("a thousand answers are judged, sixteen are kept; one bad among them refuses all") {
  std::vector<std::string> many(1000, "93.184.216.34");
  const auto kept = vet(guard_of({}, names({{"many.test", many}})), "https://many.test/", asha);
  REQUIRE(kept);
  CHECK(kept->addresses.size() == 16);
  many.back() = "127.0.0.1";
  CHECK(reason(vet(guard_of({}, names({{"many.test", many}})), "https://many.test/", asha)) ==
        "network.address_not_allowed");
}

TEST_CASE("a name that flips to a private address is refused at the next look-up") {
  int asked = 0;
  const Guard guard = guard_of({}, [&](const std::string&, const Resolved&) -> std::optional<Addresses> {
    return std::vector{Address::parse(++asked == 1 ? "93.184.216.34" : "127.0.0.1").value()};
  });
  CHECK(reason(vet(guard, "https://flip.test/", asha)) == "ok");
  CHECK(reason(vet(guard, "https://flip.test/", asha)) == "network.address_not_allowed");
}
