// Dates in the words, digits and orders of other languages. The long forms are those that CLDR has for each.
#include "providers/feed/dates.hpp"

#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

namespace {

struct Written {
  std::string_view text;
  std::int64_t expected = noon_ms;
};

constexpr std::int64_t an_hour = 3'600'000;
constexpr std::int64_t march = 1'772'721'000'000; // 5 March 2026, 14:30 UTC

template <std::size_t N> void check_written(const Written (&cases)[N]) {
  for (const Written& c : cases) {
    CAPTURE(c.text);
    CHECK(ms(parse_date(c.text)) == c.expected);
  }
}

} // namespace

TEST_CASE("feeds 3 the long date of each language") {
  check_written({
      {"Saturday, November 21, 2026 at 12:00 PM"},
      {"Samstag, 21. November 2026 um 12:00"},
      {"samedi 21 novembre 2026 à 12:00"},
      {"sábado, 21 de noviembre de 2026, 12:00"},
      {"sabato 21 novembre 2026 alle ore 12:00"},
      {"sábado, 21 de novembro de 2026 às 12:00"},
      {"zaterdag 21 november 2026 om 12:00"},
      {"sobota, 21 listopada 2026 12:00"},
      {"суббота, 21 ноября 2026 г. в 12:00"},
      {"субота, 21 листопада 2026 р. о 12:00"},
      {"субота, 21 лістапада 2026 г. у 12:00"},
      {"събота, 21 ноември 2026 г. в 12:00"},
      {"сабота, 21 ноември 2026 г., во 12:00"},
      {"субота, 21. новембар 2026. 12:00"},
      {"subota, 21. novembar 2026. 12:00"},
      {"subota, 21. studenoga 2026. u 12:00"},
      {"subota, 21. novembar 2026. u 12:00"},
      {"sobota, 21. november 2026 ob 12:00"},
      {"sobota 21. novembra 2026 o 12:00"},
      {"sobota 21. listopadu 2026 v 12:00"},
      {"2026. november 21., szombat 12:00"},
      {"sâmbătă, 21 noiembrie 2026 la 12:00"},
      {"Σάββατο 21 Νοεμβρίου 2026 στις 12:00 μ.μ."},
      {"21 Kasım 2026 Cumartesi 12:00"},
      {"21 noyabr 2026, şənbə/12:00"},
      {"shanba, 21-noyabr, 2026, 12:00"},
      {"2026 ж. 21 қараша, сенбі, 12:00"},
      {"შაბათი, 21 ნოემბერი, 2026, 12:00"},
      {"2026 թ. նոյեմբերի 21, շաբաթ, 12:00"},
      {"dissabte, 21 de novembre del 2026, a les 12:00"},
      {"sábado, 21 de novembro de 2026, 12:00"},
      {"lördag 21 november 2026 kl. 12:00"},
      {"lørdag den 21. november 2026 kl. 12.00"},
      {"lørdag 21. november 2026 kl. 12:00"},
      {"laugardagur, 21. nóvember 2026 kl. 12:00"},
      {"lauantai 21. marraskuuta 2026 klo 12.00"},
      {"laupäev, 21. november 2026, kell 12:00"},
      {"sestdiena, 2026. gada 21. novembris 12:00"},
      {"2026 m. lapkričio 21 d., šeštadienis 12:00"},
      {"e shtunë, 21 nëntor 2026 në 12:00 m.d."},
      {"Sabtu, 21 November 2026 pukul 12.00"},
      {"Sabtu, 21 November 2026 pada 12:00 PTG"},
      {"Sabado, Nobyembre 21, 2026 nang 12:00 PM"},
      {"Jumamosi, 21 Novemba 2026, 12:00"},
      {"Saterdag 21 November 2026 om 12:00"},
      {"السبت، 21 نوفمبر 2026 في 12:00 م"},
      {"יום שבת, 21 בנובמבר 2026 בשעה 12:00"},
      {"شنبه ۲۱ نوامبر ۲۰۲۶ ساعت ۱۲:۰۰"},
      {"ہفتہ، 21 نومبر، 2026 کو 12:00 PM"},
      {"शनिवार, 21 नवंबर 2026 को 12:00 pm बजे"},
      {"शनिवार, २१ नोव्हेंबर, २०२६ रोजी १२:०० PM"},
      {"२०२६ नोभेम्बर २१, शनिबार: १२:००"},
      {"শনিবার, ২১ নভেম্বর, ২০২৬ এ ১২:০০ PM"},
      {"ਸ਼ਨੀਵਾਰ, 21 ਨਵੰਬਰ 2026 12:00 PM"},
      {"શનિવાર, 21 નવેમ્બર, 2026 12:00 PM"},
      {"சனி, 21 நவம்பர், 2026 அன்று 12:00 PM"},
      {"21, నవంబర్ 2026, శనివారం 12:00 PMకి"},
      {"ಶನಿವಾರ, ನವೆಂಬರ್ 21, 2026 ರಂದು 12:00 PM ಸಮಯಕ್ಕೆ"},
      {"2026 നവംബർ 21, ശനിയാഴ്‌ച, 12:00 PM-ന്"},
      {"12:00 PM ଠାରେ ଶନିବାର, ନଭେମ୍ବର 21, 2026"},
      {"၂၀၂၆ နိုဝင်ဘာ ၂၁ စနေ ၁၂:၀၀"},
      {"วันเสาร์ที่ 21 พฤศจิกายน ค.ศ. 2026 เวลา 12:00"},
      {"ວັນເສົາ, 21 ພະຈິກ 2026, 12:00"},
      {"សៅរ៍ 21 វិច្ឆិកា 2026 នៅ​ម៉ោង 12:00 PM"},
      {"ቅዳሜ 21 ኖቬምበር 2026 12:00 ከሰዓት"},
      {"lúc 12:00 Thứ Bảy, 21 tháng 11, 2026"},
      {"2026(e)ko azaroaren 21(a), larunbata (12:00)"},
      {"sábado, 21 de noviembre de 2026, 12:00 p.m."},
  });
}

TEST_CASE("feeds 3 months of other languages, long and short, as feeds have them") {
  check_written({
      {"5 Maret 2026 14:30", march},
      {"Kamis, 05 Mar 2026 14:30:00 +0700", march - 7 * an_hour},
      {"05 Mac 2026 14:30", march},
      {"to, 5 maaliskuu 2026 14:30", march},
      {"5. ožujka 2026. 14:30", march},
      {"5 března 2026 14:30", march},
      {"5 de març de 2026 14:30", march},
      {"5 d’abril de 2026 14:30", march + 31 * 24 * an_hour},
      {"5 مارس 2026 14:30", march},
      {"٥ مارس ٢٠٢٦، ١٤:٣٠", march},
      {"5 آذار 2026 14:30", march},
      {"21 تشرين الثاني 2026 12:00"},
      {"5 במרץ 2026 14:30", march},
      {"5 מרץ 2026 14:30", march},
      {"5 มี.ค. 2026 14:30", march},
      {"5 มีนาคม 2569 14:30", march}, // from Buddha
      {"๕ มีนาคม ๒๕๖๙ เวลา ๑๔:๓๐ น.", march},
      {"5/3/2569 14:30 น.", march},
      {"5 फ़र॰ 2026 14:30", march - 28 * 24 * an_hour},
      {"三月 5, 2026 14:30", march},
      {"21 gru 2026 12:00", noon_ms + 30 * 24 * an_hour},
      {"21 ŞUBAT 2026 12:00", noon_ms - 273 * 24 * an_hour},
      {"21 TAMMIKUUTA 2026 12:00", noon_ms - 304 * 24 * an_hour},
  });
}

TEST_CASE("feeds 3 what is one month in Croatia and another in Poland, by the dot behind the year") {
  check_written({
      {"21. listopada 2026. 12:00", noon_ms - 31 * 24 * an_hour},
      {"21. listopada 2026 12:00"},
      {"21 listopada 2026 12:00"},
      {"sub, 21. lis 2026. 12:00", noon_ms - 31 * 24 * an_hour},
      {"21. lip 2026. 12:00", noon_ms - 153 * 24 * an_hour},
      {"21 lip 2026 12:00", noon_ms - 123 * 24 * an_hour},
      {"21. srp 2026. 12:00", noon_ms - 123 * 24 * an_hour},
      {"21. srp 2026 12:00", noon_ms - 92 * 24 * an_hour},
  });
}

TEST_CASE("feeds 3 Vietnamese dates") {
  check_written({
      {"Thứ năm, 5/3/2026, 14:30 (GMT+7)", march - 7 * an_hour},
      {"Thứ Năm, ngày 05/03/2026 14:30", march},
      {"CHỦ NHẬT, 3/5/2026, 12:00", 1'777'809'600'000},
      {"5 tháng 3, 2026 14:30", march},
      {"ngày 5 Tháng Ba năm 2026 14:30", march},
      {"05 thg 03, 2026 14:30", march},
      {"21 tháng Mười Một 2026 12:00"},
      {"21 Tháng 12, 2026 12:00", noon_ms + 30 * 24 * an_hour},
  });
}

TEST_CASE("feeds 3 a weekday in any language tells the day from the month") {
  check_written({
      {"jeudi 05/03/2026 14:30", march},
      {"jue. 5/3/2026 14:30", march},
      {"Perşembe 05/03/2026 14:30", march},
      {"गुरुवार, 5/3/2026 14:30", march},
      {"Thursday 03/05/2026 14:30", march},
      {"Thurs, 05/03/2026 14:30", march},
  });
}

TEST_CASE("feeds 3 dots in the time, halves of the day, wrapped milliseconds, zones of POSIX") {
  check_written({
      {"Thu, 05 Mar 2026 14.30.00 GMT", march},
      {"5.3.2026 klo 14.30", march},
      {"2026-03-05 14.30.00", march},
      {"2026-03-05 14.30 +0100", march - an_hour},
      {"2026-03-05T14:30:00.250Z", march + 250},
      {"5 de marzo de 2026, 2:30 p.\u00a0m.", march},
      {"5 de marzo de 2026, 2:30 a. m.", march - 12 * an_hour},
      {"/Date(1772721000000)/", march},
      {"/Date(1772721000000+0100)/", march},
      {"Thu, 05 Mar 2026 09:30:00 EST5EDT", march},
      {"Sun, 21 Jun 2026 05:00:00 PST8PDT", noon_ms - 153 * 24 * an_hour},
      {"2026-03-05 08:30 CST6CDT", march},
      {"2026-03-05 07:30:00 MST7MDT", march},
  });
  for (std::string_view none :
       {"/Date()/", "/Date(x)/", "/Date(99999999999999999)/", "5 listopad", "Thứ năm", "5 ماه 2026"}) {
    CAPTURE(none);
    CHECK(ms(parse_date(none)) == -1);
  }
}

TEST_CASE("feeds 3 an hour by its letter, a month by its sign") {
  check_written({
      {"samedi 21 novembre 2026 à 12h00"},
      {"21 novembre 2026 12H00"},
      {"sábado, 21 de novembro de 2026 às 12h"},
      {"21 novembre 2026 - 15h30", noon_ms + 7 * an_hour / 2},
      {"토, 21 11월 2026 21:00:00 +0900"},
      {"Sat, 21 11月 2026 12:00:00 GMT"},
  });
}

TEST_CASE("feeds 3 words behind a whole date are no months") {
  check_written({
      {"21 Nov 2026 12:00 (may be late)"},
      {"21 Nov 2026 Paz 12:00"}, // a Turkish Sunday, and a Polish October
      {"mar, 21 nov 2026 12:00"},
  });
}

} // namespace milkrun::feed::test
