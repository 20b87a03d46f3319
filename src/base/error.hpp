// The one error type that crosses room boundaries, and TRY.
//
// What an outside service or a tenant's data can cause is a value (Expected). What only a broken machine
// or a bug can cause (database gone, schema mismatch) is an exception and ends the run.
#pragma once

#include "base/park.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace milkrun {

enum class Fault {
  transient,    // may work later: connection refused, 5xx, an answer lost on a repeatable call
  rate_limited, // the service said when to come back
  credential,   // missing, refused or revoked: every item under it fails the same way
  permanent,    // this item will never work
  uncertain,    // a `once` call left this machine and no usable answer came: it may have happened
  aborted,      // we stopped the call ourselves (shutdown) and it is known to be repeatable
};

struct Error {
  Fault fault = Fault::permanent;
  std::string reason;      // short and stable, no variable text: runs count by it ("feed: not a feed")
  std::string detail = {}; // for a person: what exactly; untrusted text already cleaned, never a secret
  std::optional<std::chrono::milliseconds> retry_after = {}; // what the service asked for
  int http_status = 0;                                       // 0 = no status line was seen
  std::vector<Park> parks = {};                              // what must rest, and until when
};

template <class T> using Expected = std::expected<T, Error>;

inline std::unexpected<Error> fail(Fault fault, std::string reason, std::string detail = {}) {
  return std::unexpected(Error{.fault = fault, .reason = std::move(reason), .detail = std::move(detail)});
}

} // namespace milkrun

// The value of an Expected, or return its error from the enclosing function. Use it only as a whole
// statement or a whole initialiser: `auto token = TRY(...);`
#define TRY(...)                                                                                                       \
  __extension__({                                                                                                      \
    auto&& try_result = (__VA_ARGS__);                                                                                 \
    if (!try_result) return std::unexpected(std::move(try_result).error());                                            \
    *std::move(try_result);                                                                                            \
  })
