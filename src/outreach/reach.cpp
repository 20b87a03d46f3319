// Asked when a message is planned; the gate of deliver asks again when it is sent.
#include "outreach/reach.hpp"

#include "base/words.hpp"

#include <algorithm>
#include <functional>

namespace milkrun::outreach {
namespace {

bool reaches(const db::Row& row, const std::string& channel, Class kind, Time now) {
  const bool marketing = kind == Class::marketing;
  if (channel == "email")
    return !row.text("email").empty() && !row.flag("opted_out_email") && (!marketing || row.flag("email_consent"));
  const auto until = row.maybe_time("unreachable_until");
  return channel == "whatsapp" && !row.text("phone").empty() && !row.flag("opted_out_whatsapp") &&
         (!marketing || row.flag("consent")) && (!until || *until <= now);
}

} // namespace

bool lacks_consent(const db::Row& row, const std::string& channels) {
  const std::vector<std::string> list = words_in(channels);
  const auto has = [&](const std::string& one) { return !row.text(one == "email" ? "email" : "phone").empty(); };
  const auto agreed = [&](const std::string& one) { return row.flag(one == "email" ? "email_consent" : "consent"); };
  return std::ranges::any_of(list, has) &&
         std::ranges::none_of(list, [&](const std::string& one) { return has(one) && agreed(one); });
}

std::vector<std::string> channels_to(const db::Row& row, const std::string& channels, Class kind, Time now) {
  std::vector<std::string> out = words_in(channels);
  if (kind == Class::transactional) {
    const std::vector<std::string> hers = words_in(row.text("invoice_channels"));
    // Her wish is hers also where the rule does not name that channel.
    if (!hers.empty()) out = hers;
  }
  std::erase_if(out, [&](const std::string& one) { return !reaches(row, one, kind, now); });
  const auto has_account = [&](const std::string& one) { return row.flag("has_" + one); };
  if (std::ranges::any_of(out, has_account)) std::erase_if(out, std::not_fn(has_account));
  return out;
}

} // namespace milkrun::outreach
