// Addresses, prefixes, and every edge of the ranges that are not public.
#include "http/address.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace milkrun::http;

namespace {
bool open(const std::string& text) { return is_public(Address::parse(text).value()); }
} // namespace

TEST_CASE("first and last address of every closed range are closed, their neighbours are open") {
  struct Row {
    std::string before, first, last, after; // "" = the neighbour is closed by another range or does not exist
  };
  const std::vector<Row> rows{
      {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0"},
      {"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
      {"", "240.0.0.0", "255.255.255.255", ""},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
      {"", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
      {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
      {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
      {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
      {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
      {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.first);
    CHECK_FALSE(open(row.first));
    CHECK_FALSE(open(row.last));
    if (!row.before.empty()) CHECK(open(row.before));
    if (!row.after.empty()) CHECK(open(row.after));
  }
}

TEST_CASE("metadata services and disguised IPv4 addresses are closed") {
  for (const std::string text : {"169.254.169.254",
                                 "169.254.170.2",
                                 "100.100.100.200",
                                 "192.0.0.192",
                                 "168.63.129.16",
                                 "fd00:ec2::254",
                                 "::1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:7f00:1",
                                 "::127.0.0.1",
                                 "64:ff9b::7f00:1",
                                 "64:ff9b::808:808",
                                 "64:ff9b:1::1",
                                 "2002:7f00:1::",
                                 "2001:0:7f00:1::",
                                 "fe80::1",
                                 "fec0::1",
                                 "ff02::1",
                                 "100::1",
                                 "fc00::1"}) {
    CAPTURE(text);
    CHECK_FALSE(open(text));
  }
  CHECK(open("::ffff:8.8.8.8")); // a v4-mapped address is its IPv4 address
  CHECK(Address::parse("::ffff:8.8.8.8")->text() == "8.8.8.8");
}

TEST_CASE("prefixes contain what they should, and IPv6 prefixes never IPv4") {
  const auto covers = [](std::string_view prefix, std::string_view address) {
    return Prefix::parse(prefix).value().contains(Address::parse(address).value());
  };
  CHECK(covers("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(covers("10.0.0.0/8", "11.0.0.0"));
  CHECK(covers("192.168.7.128/25", "192.168.7.128"));
  CHECK_FALSE(covers("192.168.7.128/25", "192.168.7.127"));
  CHECK(covers("192.168.7.5", "192.168.7.5"));
  CHECK_FALSE(covers("192.168.7.5", "192.168.7.4"));
  CHECK(covers("0.0.0.0/0", "1.2.3.4"));
  CHECK_FALSE(covers("0.0.0.0/0", "2000::1"));
  CHECK(covers("::/0", "2000::1"));
  CHECK_FALSE(covers("::/0", "1.2.3.4"));
  CHECK(covers("fd00::/8", "fdff::1"));
  CHECK(covers("::1", "::1"));
}

TEST_CASE("malformed prefixes are refused") {
  for (const std::string text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "10.0.0.1/8", "localhost", "::/129",
        "fc00::1/7", "[::1]", "10.0.0.0/8/8", "10.0.0.0/8x", "010.0.0.1/32"}) {
    CAPTURE(text);
    CHECK_FALSE(Prefix::parse(text).has_value());
  }
}
