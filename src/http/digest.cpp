// FNV-1a over each part and its length, so that no part can be taken for another.
#include "http/digest.hpp"

namespace milkrun::http {
namespace {

void mix(std::uint64_t& h, std::string_view text) {
  const auto add = [&h](unsigned char c) {
    h ^= c;
    h *= 0x100000001b3ULL;
  };
  for (const char c : text) add(static_cast<unsigned char>(c));
  for (std::size_t n = text.size(), i = 0; i < sizeof n; ++i, n >>= 8) add(static_cast<unsigned char>(n & 0xff));
}

} // namespace

std::uint64_t digest_of(const Request& r) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  mix(h, r.method);
  mix(h, r.url);
  mix(h, r.body);
  for (const Header& header : r.headers) {
    mix(h, header.name);
    mix(h, header.value);
  }
  for (const SecretHeader& header : r.secret_headers) mix(h, header.name + "@" + header.host);
  if (r.envelope)
    for (const std::string* part :
         {&r.envelope->from, &r.envelope->to, &r.envelope->hello, &r.envelope->user, &r.envelope->host})
      mix(h, *part);
  return h ^ static_cast<std::uint64_t>(r.effect) ^
         (r.envelope ? std::uint64_t{16} + static_cast<std::uint64_t>(r.envelope->auth) : 0);
}

} // namespace milkrun::http
