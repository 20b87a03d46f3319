// After CLDR's patterns for the languages people get messages in. A table of this size needs no ICU: 35 MB for what
// stands in thirty lines.
#include "outreach/format.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::outreach {
namespace {

constexpr std::string_view nbsp = "\u00A0", thin = "\u202F";

enum class Place { before, before_apart, after }; // of the currency: "€5", "€ 5", "5 €"
enum class Dates { dots, slashes, dashes, named, named_us, iso };

struct Style {
  std::string_view language;
  std::string_view decimal, group;
  bool lakhs; // 12,34,567
  Place place;
  Dates dates;
};

// A region comes before its language. The last one is for every other language.
constexpr std::array styles = {
    Style{"en-us", ".", ",", false, Place::before, Dates::named_us},
    Style{"en-in", ".", ",", true, Place::before, Dates::named},
    Style{"en", ".", ",", false, Place::before, Dates::named},
    Style{"de-at", ",", nbsp, false, Place::before_apart, Dates::dots},
    Style{"de-ch", ".", "\u2019", false, Place::before_apart, Dates::dots},
    Style{"de", ",", ".", false, Place::after, Dates::dots},
    Style{"es-419", ".", ",", false, Place::before, Dates::slashes},
    Style{"es", ",", ".", false, Place::after, Dates::slashes},
    Style{"fr-ca", ",", nbsp, false, Place::after, Dates::iso},
    Style{"fr-ch", ",", thin, false, Place::after, Dates::dots},
    Style{"fr", ",", thin, false, Place::after, Dates::slashes},
    Style{"it-ch", ".", "\u2019", false, Place::before_apart, Dates::dots},
    Style{"it", ",", ".", false, Place::after, Dates::slashes},
    Style{"pt-pt", ",", nbsp, false, Place::after, Dates::slashes},
    Style{"pt", ",", ".", false, Place::before_apart, Dates::slashes},
    Style{"nl", ",", ".", false, Place::before_apart, Dates::dashes},
    Style{"pl", ",", nbsp, false, Place::after, Dates::dots},
    Style{"tr", ",", ".", false, Place::before, Dates::dots},
    Style{"ar", ".", ",", false, Place::after, Dates::slashes},
    Style{"hi", ".", ",", true, Place::before, Dates::slashes},
    Style{"id", ",", ".", false, Place::before_apart, Dates::slashes},
    Style{"", ".", ",", false, Place::before, Dates::iso},
};

// Spanish where a point parts the decimals: from Mexico to Peru. The south of America writes as Spain does.
constexpr std::array with_point = {"es-mx", "es-us", "es-gt", "es-hn", "es-ni", "es-sv", "es-do", "es-cu", "es-pe"};

const Style& style_of(std::string_view language) {
  std::string tag = tag_of(language);
  if (std::ranges::find(with_point, std::string_view(tag)) != with_point.end()) tag = "es-419";
  const auto fits = [&](const Style& s) {
    return s.language.empty() || tag == s.language || (tag.starts_with(s.language) && tag[s.language.size()] == '-');
  };
  return *std::ranges::find_if(styles, fits);
}

struct Sign {
  std::string_view currency, sign;
};
constexpr std::array signs = {Sign{"EUR", "€"},  Sign{"USD", "$"},  Sign{"GBP", "£"},
                              Sign{"INR", "₹"},  Sign{"TRY", "₺"},  Sign{"BRL", "R$"},
                              Sign{"PLN", "zł"}, Sign{"IDR", "Rp"}, Sign{"JPY", "¥"}};

std::string_view sign_of(std::string_view currency) {
  const auto found = std::ranges::find(signs, currency, &Sign::currency);
  return found == signs.end() ? currency : found->sign;
}

// "1234567" -> "1.234.567"; with lakhs "12,34,567".
std::string grouped(std::string_view digits, const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - i; // digits from here on
    const bool mark = style.lakhs ? left == 3 || (left > 3 && left % 2 == 1) : left % 3 == 0;
    if (i > 0 && mark) out += style.group;
    out += digits[i];
  }
  return out;
}

// Of one invoice; {} is the number of days. Arabic counts behind a colon, where no number bends the word.
struct Due {
  std::string_view language, today, in_a_day, in_days, a_day_over, days_over;
};
constexpr std::array dues = {
    Due{"en", "due today", "due in 1 day", "due in {} days", "1 day overdue", "{} days overdue"},
    Due{"de", "heute fällig", "fällig in 1 Tag", "fällig in {} Tagen", "seit 1 Tag überfällig",
        "seit {} Tagen überfällig"},
    Due{"es", "vence hoy", "vence en 1 día", "vence en {} días", "vencida hace 1 día", "vencida hace {} días"},
    Due{"fr", "à payer aujourd’hui", "à payer dans 1 jour", "à payer dans {} jours", "en retard de 1 jour",
        "en retard de {} jours"},
    Due{"it", "scade oggi", "scade tra 1 giorno", "scade tra {} giorni", "scaduta da 1 giorno", "scaduta da {} giorni"},
    Due{"pt", "vence hoje", "vence em 1 dia", "vence em {} dias", "vencida há 1 dia", "vencida há {} dias"},
    Due{"nl", "vandaag te betalen", "te betalen over 1 dag", "te betalen over {} dagen", "1 dag te laat",
        "{} dagen te laat"},
    Due{"pl", "płatne dziś", "płatne za 1 dzień", "płatne za {} dni", "1 dzień po terminie", "{} dni po terminie"},
    Due{"tr", "vadesi bugün", "vadesine 1 gün var", "vadesine {} gün var", "vadesi 1 gün geçti", "vadesi {} gün geçti"},
    Due{"ar", "مستحقة اليوم", "الأيام المتبقية: 1", "الأيام المتبقية: {}", "أيام التأخير: 1", "أيام التأخير: {}"},
    Due{"hi", "आज देय", "1 दिन में देय", "{} दिन में देय", "1 दिन से बकाया", "{} दिन से बकाया"},
    Due{"id", "jatuh tempo hari ini", "jatuh tempo dalam 1 hari", "jatuh tempo dalam {} hari", "terlambat 1 hari",
        "terlambat {} hari"}};

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

} // namespace

std::string tag_of(std::string_view language) { return text::replace_all(text::lower(language), "_", "-"); }

int exponent_of(std::string_view currency) {
  constexpr std::array<std::string_view, 17> none = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                                     "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> three = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::ranges::find(none, currency) != none.end()) return 0;
  if (std::ranges::find(three, currency) != three.end()) return 3;
  return currency == "CLF" || currency == "UYW" ? 4 : 2;
}

std::string money(std::int64_t minor, std::string_view currency, int exponent, std::string_view language) {
  const Style& style = style_of(language);
  // The least number has no positive counterpart of its own type.
  const std::uint64_t amount = minor < 0 ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  const auto decimals = static_cast<std::size_t>(std::max(exponent, 0));
  const std::string digits = fmt::format("{:0{}}", amount, decimals + 1); // one digit at least before the mark
  const std::string_view all = digits, whole = all.substr(0, all.size() - decimals);
  std::string number = grouped(whole, style);
  if (decimals > 0) number.append(style.decimal).append(all.substr(whole.size()));
  const std::string_view sign = sign_of(currency), minus = minor < 0 ? "-" : "";
  if (style.place == Place::after) return fmt::format("{}{}{}{}", minus, number, nbsp, sign);
  // A sign that ends in a letter would stick to the number.
  const bool apart = style.place == Place::before_apart || text::is_letter(sign.back());
  return fmt::format("{}{}{}{}", minus, sign, apart ? nbsp : std::string_view(), number);
}

std::string date(std::string_view iso, std::string_view language) {
  if (!zone::days_between(iso, iso)) return std::string(iso);
  const std::string_view year = iso.substr(0, 4), month = iso.substr(5, 2), day = iso.substr(8, 2);
  const auto numbers = [&](std::string_view mark) { return fmt::format("{}{}{}{}{}", day, mark, month, mark, year); };
  const auto name = [&] { return months.at(static_cast<std::size_t>(*text::to_int(month) - 1)); };
  switch (style_of(language).dates) {
  case Dates::dots: return numbers(".");
  case Dates::slashes: return numbers("/");
  case Dates::dashes: return numbers("-");
  case Dates::named: return fmt::format("{} {} {}", *text::to_int(day), name(), year);
  case Dates::named_us: return fmt::format("{} {}, {}", name(), *text::to_int(day), year);
  case Dates::iso: break;
  }
  return std::string(iso);
}

std::string due_words(std::int64_t days_over, std::string_view language) {
  const std::string tag = tag_of(language);
  const auto found = std::ranges::find(dues, std::string_view(tag).substr(0, tag.find('-')), &Due::language);
  if (found == dues.end()) return "";
  if (days_over == 0) return std::string(found->today);
  if (days_over == 1) return std::string(found->a_day_over);
  if (days_over == -1) return std::string(found->in_a_day);
  return text::replace_all(std::string(days_over > 0 ? found->days_over : found->in_days), "{}",
                           std::to_string(days_over > 0 ? days_over : -days_over));
}

} // namespace milkrun::outreach
