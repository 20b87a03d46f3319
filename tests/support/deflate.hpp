// Packs as a server does.
#pragma once

#include <string>
#include <zlib.h>

namespace milkrun::test {

// window: 15 + 16 = gzip, 15 = zlib, -15 = raw deflate.
inline std::string deflate_as(const std::string& plain, int window) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, plain.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

inline std::string gzip(const std::string& plain) { return deflate_as(plain, 15 + 16); }

} // namespace milkrun::test
