// The one error type that crosses room boundaries, and TRY.
//
// What an outside service or a tenant's data can cause is a value (Expected). What only a broken machine
// or a bug can cause (database gone, schema mismatch) is an exception and ends the run.
#pragma once

#include "base/park.hpp"
#include "base/reason.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace milkrun {

// Whose trouble it is. What a provider does not recognise is the destination's trouble, not the item's.
enum class Fault {
  outage,       // the destination's: no name, no connection, certificate refused, 5xx, a bot check, an answer that is
                // not understood. Costs the item no counted try
  setting,      // wrong password, role, scope, model, template, plan: waits for somebody to change it
  rate_limited, // the service said when to come back
  transient,    // the item's own, and another try may mend it: counted
  permanent,    // the item's own, for good: this very content or recipient was refused
  uncertain,    // a `once` call left this machine and no usable answer came: it may have happened
  aborted,      // we stopped the call ourselves (shutdown) and it is known to be repeatable
};

struct Error {
  Fault fault = Fault::permanent;
  Reason reason;
  std::string detail = {}; // for a person: what exactly; untrusted text already cleaned, never a secret
  std::optional<std::chrono::milliseconds> retry_after = {}; // what the service asked for
  int http_status = 0;                                       // 0 = no status line was seen
  bool item_only = false; // with `setting`: only this item waits for it (its template), not all under the credential
  std::vector<Park> parks = {}; // what must rest, and until when
};

template <class T> using Expected = std::expected<T, Error>;

inline std::unexpected<Error> fail(Fault fault, Reason reason, std::string detail = {}) {
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
