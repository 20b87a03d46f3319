// Dates with words and in any order, a token at a time: RFC 822 as it is found in the wild, asctime, localised
// forms. Words that are neither month nor zone (weekdays, "de", "at") are passed over.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace milkrun::feed {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at_start(std::string_view s) { return std::min(s.find_first_not_of("0123456789"), s.size()); }

class WordedDate {
public:
  std::optional<Time> parse(std::string_view s) {
    std::string plain = with_short_zone(with_single_words(std::string(s)));
    std::ranges::replace_if(plain, [](char c) { return c == ',' || c == '(' || c == ')'; }, ' ');
    constexpr std::size_t most_words = 24; // a text may have a hundred thousand dates
    std::size_t words = 0;
    for (std::string_view token : text::split(plain, ' ')) {
      if (!token.empty() && ++words <= most_words) read(token);
    }
    if (!year_ || f_.month == 0 || f_.day == 0) return std::nullopt;
    f_.year = *year_;
    if (year_dotted_ && croatian_month_ != 0) f_.month = croatian_month_;
    if (f_.year > 2400 && is_thai(s)) f_.year -= 543; // from Buddha
    const bool turned = weekday_ ? !on_weekday(f_.month, f_.day) && on_weekday(f_.day, f_.month) : is_thai(s);
    if (turnable_ && turned) std::swap(f_.month, f_.day);
    return to_time(f_);
  }

private:
  // Whether the date is on the weekday that was named.
  bool on_weekday(int month, int day) const {
    using namespace std::chrono;
    const year_month_day date{year{f_.year}, std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    return weekday_ && date.ok() && weekday{sys_days{date}}.iso_encoding() == *weekday_;
  }

  static bool is_thai(std::string_view s) {
    return s.find("\xE0\xB8") != std::string_view::npos || s.find("\xE0\xB9") != std::string_view::npos;
  }

  void read(std::string_view token) {
    if (!afternoon_of(token)) last_.reset();
    if (is_digit(token[0])) {
      if (const std::size_t t = token.find_first_of("Tt"); t != std::string_view::npos && token.find('-') < t) {
        const std::size_t digit = token.find_last_of("Tt", token.find(':')); // "2026-november-21T12:00"
        joined(token.substr(0, digit));
        return digit + 1 < token.size() && is_digit(token[digit + 1]) ? time(token.substr(digit + 1)) : void();
      }
      if (token.find(':') != std::string_view::npos) return time(token);
      if (std::string clock = lettered_time(token); !clock.empty()) return time(clock);
      if (is_dotted_time(token)) return time(text::replace_all(std::string(token), ".", ":"));
      if (token.find_first_of("-/.") < token.size() - 1) return joined(token);
      return number(token);
    }
    if (token[0] == '+' || token[0] == '-') return zone(token);
    word(token);
  }

  // "2.05", "14.30.00" where day, month and year are known already, as in "4 March 2026 2.05 p.m."
  bool is_dotted_time(std::string_view token) const {
    if (!is_whole() || time_seen_) return false;
    const std::vector<std::string_view> parts = text::split(token, '.');
    return (parts.size() == 2 || parts.size() == 3) && parts[0].size() <= 2 &&
           std::ranges::all_of(parts, [&](std::string_view part) {
             return digits_at_start(part) == part.size() && (part.size() == 2 || part.data() == parts[0].data());
           });
  }

  // "15h30", "15h" of French, Portuguese and others as "15:30", "15:"; "" when it is none.
  static std::string lettered_time(std::string_view token) {
    const std::size_t size = digits_at_start(token);
    if (size > 2 || size == token.size() || (token[size] != 'h' && token[size] != 'H')) return {};
    if (size + 1 < token.size() && !is_digit(token[size + 1])) return {};
    std::string clock(token);
    clock[size] = ':';
    return clock;
  }

  bool is_whole() const { return year_ && f_.month != 0 && f_.day != 0; }

  void word(std::string_view token) {
    const std::string lower = text::lower(token);
    if (const unsigned weekday = weekday_of(token); weekday != 0 && !weekday_) weekday_ = weekday;
    // The last one wins: Spanish "mar" is a Tuesday first. Behind a whole date it is some other word.
    if (const int month = is_whole() ? 0 : month_of(token); month != 0) {
      f_.month = month;
      croatian_month_ = croatian_month_of(token);
    } else if (const std::optional<bool> afternoon = afternoon_of(token)) {
      f_.afternoon = afternoon;
      take_as_hour();
    } else if (std::string place = place_zone(token); !place.empty()) {
      if (f_.zone.empty() && !offset_seen_) f_.zone = std::move(place); // "GMT-0500 (Eastern Standard Time)"
    } else if (token.find('/') < token.size() - 1) {
      for (std::string_view part : text::split(token, '/')) { // "Sat/21/Nov/2026"
        if (!part.empty()) read(part);
      }
    } else if (is_zone_name(lower.substr(0, lower.find_first_of("+-")))) {
      zone(token);
    }
  }

  // The first zone wins: "-0700 (PDT)".
  void zone(std::string_view token) {
    if (zone_seen_ && f_.offset_minutes != 0) return;
    zone_seen_ = true;
    offset_seen_ = token.find_first_of("+-") != token.npos;
    f_.offset_minutes = parse_zone(token);
  }

  // "5 PM": the number in front of the word was the hour, whatever it was taken for.
  void take_as_hour() {
    if (!last_ || time_seen_ || last_->value > 12) return;
    if (last_->was_day) f_.day = 0;
    if (last_->was_year) year_.reset();
    f_.hour = last_->value;
    time_seen_ = true;
  }

  void number(std::string_view token) {
    const std::size_t size = digits_at_start(token);
    if (size > 4) return;
    const auto value = static_cast<int>(*text::to_int(token.substr(0, size)));
    if (const std::string_view sign = token.substr(size); sign == "월" || sign == "月") { // "20 11월 2026"
      f_.month = value;
      return;
    }
    last_ = Number{.value = value};
    if (size >= 3) {
      year_ = value;
      year_dotted_ = token.ends_with('.'); // Croats write it so, Poles and Czechs do not
    } else if (f_.day == 0 && value >= 1 && value <= 31) {
      f_.day = value;
      last_->was_day = true;
    } else if (!year_) {
      year_ = full_year(value);
      last_->was_year = true;
    }
    word(token.substr(size)); // "21st" holds none, "5pm" does
  }

  void time(std::string_view token) {
    std::array<int, 3> parts{};
    std::size_t count = 0;
    while (count < parts.size() && !token.empty() && is_digit(token[0])) {
      const std::size_t size = digits_at_start(token);
      if (size > 2) return;
      parts.at(count++) = static_cast<int>(*text::to_int(token.substr(0, size)));
      token.remove_prefix(size);
      if (!token.starts_with(':')) break;
      token.remove_prefix(1);
    }
    time_seen_ = true;
    f_.hour = parts[0];
    f_.minute = parts[1];
    f_.second = parts[2];
    if (token.starts_with('.')) token.remove_prefix(1 + digits_at_start(token.substr(1)));
    if (!token.empty()) read_rest_of_time(token);
  }

  void read_rest_of_time(std::string_view rest) {
    if (rest[0] == '+' || rest[0] == '-')
      zone(rest);
    else
      word(rest);
  }

  // "21-Nov-2026", "21.11.2026", "11/21/2026"
  void joined(std::string_view token) {
    const char separator = token[token.find_first_of("-/.")];
    std::vector<std::string_view> parts = text::split(token, separator);
    if (!parts.empty() && parts.back().empty()) parts.pop_back();
    const bool all_numbers = parts.size() == 3 && std::ranges::all_of(parts, [](std::string_view part) {
                               return !part.empty() && part.size() <= 4 && digits_at_start(part) == part.size();
                             });
    if (!all_numbers) {
      for (std::string_view part : parts) {
        if (!part.empty() && part != token) read(part);
      }
      return;
    }
    auto value = [&](std::size_t i) { return static_cast<int>(*text::to_int(parts[i])); };
    if (parts[0].size() == 4) {
      year_ = value(0);
      f_.month = value(1);
      f_.day = value(2);
      return;
    }
    // With slashes the American order is meant unless it cannot be.
    const bool month_first = separator == '/' ? value(0) <= 12 : value(1) > 12 && value(0) <= 12;
    f_.month = value(month_first ? 0 : 1);
    f_.day = value(month_first ? 1 : 0);
    turnable_ = separator == '/' && f_.day <= 12;
    year_ = parts[2].size() <= 2 ? full_year(value(2)) : value(2);
  }

  struct Number {
    int value = 0;
    bool was_day = false, was_year = false;
  };

  DateFields f_;
  std::optional<Number> last_; // the token before, when it was a bare number
  bool time_seen_ = false;
  std::optional<int> year_;
  std::optional<unsigned> weekday_; // 1 = Monday, when it was named
  int croatian_month_ = 0;
  bool year_dotted_ = false;
  bool zone_seen_ = false, offset_seen_ = false;
  bool turnable_ = false; // which is the day and which the month, the weekday may tell
};

} // namespace

std::optional<Time> parse_worded_date(std::string_view s) { return WordedDate().parse(s); }

} // namespace milkrun::feed
