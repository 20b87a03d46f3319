// Asked when a message is planned; the gate of deliver asks again when it is sent.
#include "outreach/reach.hpp"

#include <nlohmann/json.hpp>

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

std::vector<std::string> list_of(const std::string& json) {
  std::vector<std::string> out;
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (list.is_array())
    for (const auto& one : list)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

bool lacks_consent(const db::Row& row, const std::string& channels) {
  const std::vector<std::string> list = list_of(channels);
  const auto has = [&](const std::string& one) { return !row.text(one == "email" ? "email" : "phone").empty(); };
  const auto agreed = [&](const std::string& one) { return row.flag(one == "email" ? "email_consent" : "consent"); };
  return std::ranges::any_of(list, has) &&
         std::ranges::none_of(list, [&](const std::string& one) { return has(one) && agreed(one); });
}

std::vector<std::string> channels_to(const db::Row& row, const std::string& channels, Class kind, Time now) {
  std::vector<std::string> out = list_of(channels);
  if (kind == Class::transactional) {
    const std::vector<std::string> hers = list_of(row.text("invoice_channels"));
    // Her wish is hers also where the rule does not name that channel.
    if (!hers.empty()) out = hers;
  }
  std::erase_if(out, [&](const std::string& one) { return !reaches(row, one, kind, now); });
  const auto has_account = [&](const std::string& one) { return row.flag("has_" + one); };
  if (std::ranges::any_of(out, has_account)) std::erase_if(out, std::not_fn(has_account));
  return out;
}

} // namespace milkrun::outreach
