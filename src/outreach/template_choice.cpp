// A template that was paused or disabled rests by itself: the account goes on with all others.
#include "outreach/template_choice.hpp"

namespace milkrun::outreach {
namespace {

constexpr Millis service_window{24 * 3'600'000}; // after the contact's last message

bool rests(const db::Row& row, std::string_view until, Time now) {
  const auto t = row.maybe_time(until);
  return t && *t > now;
}

// When its rest is over one message tries it; until that has its answer the others go on as if it lasted.
bool first_rests(const db::Row& row, Time now) {
  return rests(row, "template_rests_until", now) || row.flag("template_tried");
}

} // namespace

bool window_open(const db::Row& row, Time now) {
  const auto wrote = row.maybe_time("wrote_at"), shut = row.maybe_time("window_shut_at");
  return wrote && now - *wrote < service_window && (!shut || *wrote > *shut);
}

std::optional<Words> usable_words(const db::Row& row, Time now) {
  if (row.text("template_name").empty()) return Words::text;
  if (!first_rests(row, now)) return Words::first;
  return words_instead(row, now);
}

std::optional<Words> words_instead(const db::Row& row, Time now) {
  if (!row.text("second_name").empty() && !rests(row, "second_rests_until", now)) return Words::second;
  if (row.flag("text_instead") && window_open(row, now)) return Words::text;
  return std::nullopt;
}

std::string template_id(const db::Row& row, Words which) {
  const bool second = which == Words::second;
  return row.text_or_empty("template_owner") + " " + row.text(second ? "second_name" : "template_name") + " " +
         row.text(second ? "second_language" : "template_language");
}

} // namespace milkrun::outreach
