// The names of weekdays, long and short, by the same source as those of months. They tell a day from a month where both
// are numbers.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"

#include <array>

namespace milkrun::feed {

namespace {

// From Monday on; "-" stands where all are above.
constexpr auto weekdays = std::to_array<std::string_view>({
    // English
    "monday/mon tuesday/tue wednesday/wed thursday/thu friday/fri saturday/sat sunday/sun",
    // German
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    // French
    "lundi/lun mardi/mar mercredi/mer jeudi/jeu vendredi/ven samedi/sam dimanche/dim",
    // Spanish
    "lunes martes miércoles/mié jueves/jue viernes/vie sábado/sáb domingo/dom",
    // Italian
    "lunedì martedì mercoledì giovedì/gio venerdì sabato domenica",
    // Portuguese
    "segunda-feira/seg terça-feira/ter quarta-feira/qua quinta-feira/qui sexta-feira/sex - -",
    // Dutch
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    // Polish
    "poniedziałek/pon wtorek środa czwartek/czw piątek sobota/sob niedziela/niedz",
    // Russian
    "понедельник вторник среда четверг пятница суббота воскресенье",
    // Ukrainian
    "понеділок вівторок середа четвер пʼятниця субота неділя",
    // Belarusian
    "панядзелак аўторак серада чацвер пятніца - нядзеля",
    // Bulgarian
    "понеделник - сряда четвъртък петък събота неделя",
    // Macedonian
    "пон вто сре четврток/чет петок/пет сабота/саб недела/нед",
    // Serbian
    "понедељак уторак/уто - четвртак петак суб недеља",
    // Serbian in Latin letters
    "ponedeljak utorak/uto sreda/sre četvrtak/čet petak/pet subota/sub nedelja/ned",
    // Croatian
    "ponedjeljak - srijeda/sri - - - nedjelja",
    // Slovene
    "ponedeljek torek - četrtek petek - -",
    // Slovak
    "pondelok utorok streda štvrtok piatok - nedeľa",
    // Czech
    "pondělí úterý - čtvrtek pátek - neděle",
    // Hungarian
    "hétfő kedd szerda/sze csütörtök péntek szombat/szo vasárnap",
    // Romanian
    "luni marți miercuri joi vineri/vin sâmbătă duminică/dum",
    // Greek
    "δευτέρα/δευ τρίτη/τρί τετάρτη/τετ πέμπτη/πέμ παρασκευή/παρ σάββατο/σάβ κυριακή/κυρ",
    // Turkish
    "pazartesi/pzt salı/sal çarşamba/çar perşembe/per cuma/cum cumartesi/cmt pazar/paz",
    // Azerbaijani
    "- - çərşənbə - cümə şənbə bazar",
    // Uzbek
    "dushanba/dush seshanba/sesh chorshanba/chor payshanba/pay juma/jum shanba/shan yakshanba/yak",
    // Kazakh
    "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі",
    // Georgian
    "ორშაბათი/ორშ სამშაბათი/სამ ოთხშაბათი/ოთხ ხუთშაბათი/ხუთ პარასკევი/პარ შაბათი/შაბ კვირა/კვი",
    // Armenian
    "երկուշաբթի/երկ երեքշաբթի/երք չորեքշաբթի/չրք հինգշաբթի/հնգ ուրբաթ/ուր շաբաթ/շբթ կիրակի/կիր",
    // Catalan
    "dilluns dimarts dimecres dijous divendres dissabte diumenge",
    // Galician
    "luns - mércores xoves/xov venres - -",
    // Basque
    "astelehena asteartea asteazkena osteguna ostirala larunbata igandea",
    // Swedish
    "måndag/mån tisdag/tis onsdag/ons torsdag/tors fredag/fre lördag/lör söndag/sön",
    // Danish
    "- tirsdag/tirs - - - - -",
    // Norwegian
    "- tir - - - - -",
    // Icelandic
    "mánudagur þriðjudagur/þri miðvikudagur/mið fimmtudagur/fim föstudagur/fös laugardagur/lau sunnudagur",
    // Finnish
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
    // Estonian
    "esmaspäev teisipäev kolmapäev neljapäev reede laupäev pühapäev",
    // Latvian
    "pirmdiena/pirmd otrdiena/otrd trešdiena/trešd ceturtdiena/ceturtd piektdiena/piektd sestdiena/sestd "
    "svētdiena/svētd",
    // Lithuanian
    "pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis sekmadienis",
    // Indonesian
    "senin/sen selasa/sel rabu/rab kamis/kam jumat sabtu minggu/min",
    // Malay
    "isnin/isn - - khamis/kha jumaat - ahad/ahd",
    // Filipino
    "- - miyerkules/miy huwebes/huw biyernes/biy - linggo/lin",
    // Swahili
    "jumatatu jumanne jumatano alhamisi ijumaa jumamosi jumapili",
    // Afrikaans
    "- - - - vrydag saterdag -",
    // Arabic
    "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    // Hebrew
    "- - - - - שבת -",
    // Persian
    "دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه یکشنبه",
    // Urdu
    "پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار",
    // Hindi
    "सोमवार/सोम मंगलवार/मंगल बुधवार/बुध गुरुवार/गुरु शुक्रवार/शुक्र शनिवार/शनि रविवार/रवि",
    // Marathi
    "- मंगळवार/मंगळ - - - - -",
    // Nepali
    "सोमबार मङ्गलबार/मङ्गल बुधबार बिहिबार/बिहि शुक्रबार शनिबार आइतबार/आइत",
    // Bengali
    "সোমবার/সোম মঙ্গলবার/মঙ্গল বুধবার/বুধ বৃহস্পতিবার/বৃহস্পতি শুক্রবার/শুক্র শনিবার/শনি রবিবার/রবি",
    // Punjabi
    "ਸੋਮਵਾਰ/ਸੋਮ ਮੰਗਲਵਾਰ/ਮੰਗਲ ਬੁੱਧਵਾਰ/ਬੁੱਧ ਵੀਰਵਾਰ/ਵੀਰ ਸ਼ੁੱਕਰਵਾਰ/ਸ਼ੁੱਕਰ ਸ਼ਨੀਵਾਰ/ਸ਼ਨੀ ਐਤਵਾਰ",
    // Gujarati
    "સોમવાર/સોમ મંગળવાર/મંગળ બુધવાર/બુધ ગુરુવાર/ગુરુ શુક્રવાર/શુક્ર શનિવાર/શનિ રવિવાર/રવિ",
    // Tamil
    "திங்கள்/திங் செவ்வாய்/செவ் புதன்/புத வியாழன்/வியா வெள்ளி/வெள் சனி ஞாயிறு/ஞாயி",
    // Telugu
    "సోమవారం/సోమ మంగళవారం/మంగళ బుధవారం/బుధ గురువారం/గురు శుక్రవారం/శుక్ర శనివారం/శని ఆదివారం/ఆది",
    // Kannada
    "ಸೋಮವಾರ/ಸೋಮ ಮಂಗಳವಾರ/ಮಂಗಳ ಬುಧವಾರ/ಬುಧ ಗುರುವಾರ/ಗುರು ಶುಕ್ರವಾರ/ಶುಕ್ರ ಶನಿವಾರ/ಶನಿ ಭಾನುವಾರ/ಭಾನು",
    // Malayalam
    "തിങ്കളാഴ്‌ച/തിങ്കൾ ചൊവ്വാഴ്‌ച/ചൊവ്വ ബുധനാഴ്‌ച/ബുധൻ "
    "വ്യാഴാഴ്‌ച/വ്യാഴം "
    "വെള്ളിയാഴ്‌ച/വെള്ളി "
    "ശനിയാഴ്‌ച/ശനി "
    "ഞായറാഴ്‌ച/ഞായർ",
    // Odia
    "ସୋମବାର/ସୋମ ମଙ୍ଗଳବାର/ମଙ୍ଗଳ ବୁଧବାର/ବୁଧ ଗୁରୁବାର/ଗୁରୁ ଶୁକ୍ରବାର/ଶୁକ୍ର ଶନିବାର/ଶନି ରବିବାର/ରବି",
    // Burmese
    "တနင်္လာ အင်္ဂါ ဗုဒ္ဓဟူး ကြာသပတေး သောကြာ စနေ တနင်္ဂနွေ",
    // Thai
    "วันจันทร์/จันทร์ วันอังคาร/อังคาร วันพุธ/พุธ วันพฤหัสบดี/พฤหัส วันศุกร์/ศุกร์ วันเสาร์/เสาร์ "
    "วันอาทิตย์/อาทิตย์",
    // Lao
    "ວັນຈັນ/ຈັນ ວັນອັງຄານ/ອັງຄານ ວັນພຸດ/ພຸດ ວັນພະຫັດ/ພະຫັດ ວັນສຸກ/ສຸກ ວັນເສົາ/ເສົາ ວັນອາທິດ/ອາທິດ",
    // Khmer
    "ចន្ទ អង្គារ ពុធ ព្រហស្បតិ៍/ព្រហ សុក្រ សៅរ៍ អាទិត្យ",
    // Chinese
    "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
});

} // namespace

unsigned weekday_of(std::string_view word) {
  static const NamesByWord names = names_by_word(weekdays);
  const std::string key = folded_word(word);
  if (key.size() < 3) return 0;
  if (const auto found = names.find(key); found != names.end()) return static_cast<unsigned>(found->second);
  constexpr std::array<std::string_view, 7> english{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}; // "Thurs"
  for (unsigned day = 0; day < english.size(); ++day)
    if (key.starts_with(english.at(day))) return day + 1;
  return 0;
}

} // namespace milkrun::feed
