// What a tenant's portal is told: stored as a callback with all it says, and sent by report-run.
#pragma once

#include "job/stage.hpp"

#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// The article's end: "success" or "failed", once. `tries`: of what failed; 0 = those of the article.
void tell_end(Settling& s, const TenantId& tenant, const std::string& article, std::string_view status,
              const std::string& error, std::int64_t tries = 0);

// Trouble that keeps posts waiting, told as "failed" once in a slot.
struct Trouble {
  std::string slot, cause; // told once for both
  std::string error;
  std::string article = {};           // the one that met it; "" = none did
  std::string url = {};               // of the feed, when no article met it
  std::int64_t tries = 1, status = 0; // of the feed likewise
};
void tell_trouble(Settling& s, const TenantId& tenant, const Trouble& trouble);

// A refused setting that keeps the article waiting: tells it, with its tries and what was answered.
void tell_setting(Settling& s, const Item& item, const Result& result);

// "reason: detail", for people who see nothing else.
std::string told_text(const Reason& reason, const std::string& detail);

} // namespace milkrun::publish_feeds
