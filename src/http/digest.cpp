// Fields are joined by a byte that none of the first two can contain.
#include "http/digest.hpp"

#include "base/text.hpp"

namespace milkrun::http {

std::string digest_of(const Request& request) {
  return text::sha256_hex(request.method + "\n" + request.url + "\n" + request.body);
}

} // namespace milkrun::http
