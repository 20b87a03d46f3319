// What a tenant's portal is told: stored as a callback with all it says, and sent by report-run.
#pragma once

#include "job/stage.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// Why something failed, and what exactly was answered. No reason: it did not.
struct Failure {
  Reason reason = {};
  std::string detail = {};
};

// What was tried of an item so far, the attempt that is being settled included; it counts other people's outages too.
struct Tries {
  std::int64_t times = 0, waited_ms = 0; // waited_ms: between them
  std::optional<Time> since = {};        // the first one's beginning
  std::int64_t http_status = 0;          // of the last that failed; 0: no answer came
  Failure failure = {};                  // what it said
};
Tries tries_of(db::Transaction& tx, std::string_view stage, const Key& key);

// The article's end, once: a success, or the failure. `tries`: of what failed; 0 = those of the article.
void tell_end(Settling& s, const TenantId& tenant, const std::string& article, const Failure& failure = {},
              std::int64_t tries = 0);

// Trouble that keeps posts waiting, told as "failed" once in a slot.
struct Trouble {
  std::string slot, cause; // told once for both
  Failure failure;
  std::string article = {}; // the one that met it; "" = none did
  std::string url = {};     // of the feed, when no article met it
  Tries tries = {};         // of what met it
};
void tell_trouble(Settling& s, const TenantId& tenant, const Trouble& trouble);

// A refused setting that keeps the article waiting: tells it, with its tries and what was answered.
void tell_setting(Settling& s, const Item& item, const Result& result);

// "reason: detail", for people who see nothing else; "" of a success.
std::string told_text(const Failure& failure);

} // namespace milkrun::publish_feeds
