// The names of months, long and short, in some sixty languages, by the Unicode Common Locale Data Repository (CLDR 48)
// and by what feeds write besides. A name stands with the first language that has it.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace milkrun::feed {

namespace {

// From January on; "a/b" are two names of one month, "-" stands where all are above.
constexpr auto months = std::to_array<std::string_view>({
    // English
    "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep october/oct "
    "november/nov december/dec",
    // German
    "januar/jänner/jaenner februar märz/maerz/mrz - mai juni juli - sept oktober/okt - dezember/dez",
    // French
    "janvier/janv février/févr mars avril/avr - juin juillet/juil août septembre octobre novembre décembre",
    // Spanish
    "enero/ene febrero marzo abril/abr mayo junio julio agosto/ago septiembre/setiembre octubre noviembre "
    "diciembre/dic",
    // Italian
    "gennaio/gen febbraio - aprile maggio/mag giugno/giu luglio/lug - settembre/set ottobre/ott - dicembre",
    // Portuguese
    "janeiro fevereiro/fev março - maio junho julho - setembro outubro/out novembro dezembro",
    // Dutch
    "januari februari maart/mrt - mei - - augustus - - - -",
    // Polish
    "styczeń/stycznia/sty luty/lutego/lut marzec/marca kwiecień/kwietnia/kwi maj/maja czerwiec/czerwca/cze "
    "lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź "
    "listopad/listopada/lis grudzień/grudnia/gru",
    // Russian
    "январь/января/янв февраль/февраля/февр март/марта/мар/мрт апрель/апреля/апр май/мая июнь/июня/июн "
    "июль/июля/июл август/августа/авг сентябрь/сентября/сент/сен октябрь/октября/окт ноябрь/ноября/нояб/ноя "
    "декабрь/декабря/дек",
    // Ukrainian
    "січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт травень/травня/трав "
    "червень/червня/черв липень/липня/лип серпень/серпня/серп вересень/вересня/вер жовтень/жовтня/жовт "
    "листопад/листопада/лист грудень/грудня/груд",
    // Belarusian
    "студзень/студзеня/сту люты/лютага сакавік/сакавіка/сак красавік/красавіка/кра - чэрвень/чэрвеня/чэр "
    "ліпень/ліпеня/ліп жнівень/жніўня/жні верасень/верасня кастрычнік/кастрычніка/кас лістапад/лістапада/ліс "
    "снежань/снежня/сне",
    // Bulgarian
    "януари/яну/ян февруари/фев - април - юни юли - септември/сеп/септ октомври ноември/ное/ноем декември",
    // Macedonian
    "јануари/јан - - - мај јуни/јун јули/јул - - - - -",
    // Serbian
    "јануар фебруар/феб - - - - - - септембар октобар новембар/нов децембар/дец",
    // Serbian in Latin letters
    "- - mart - - - - avgust/avg septembar oktobar novembar decembar",
    // Croatian
    "siječanj/siječnja/sij veljača/veljače/velj ožujak/ožujka/ožu travanj/travnja/tra svibanj/svibnja/svi "
    "lipanj/lipnja srpanj/srpnja kolovoz/kolovoza/kol rujan/rujna/ruj - studeni/studenoga/stu/studenog "
    "prosinac/prosinca/pro",
    // Slovene
    "- - marec - - junij julij - - - - -",
    // Slovak
    "januára februára - apríla - júna júla augusta septembra októbra novembra decembra",
    // Czech
    "leden/ledna/led únor/února/úno březen/března/bře duben/dubna/dub květen/května/kvě červen/června/čvn "
    "červenec/července/čvc srpen/srpna/srp září/zář říjen/října/říj listopadu prosinec/prosince",
    // Hungarian
    "- febr március/márc április május június július augusztus szeptember/szept - - -",
    // Romanian
    "ianuarie/ian februarie martie aprilie - iunie/iun iulie/iul - septembrie octombrie noiembrie decembrie",
    // Greek
    "ιανουαρίου/γεν/γενάρης/ιαν/ιανουάριος φεβρουαρίου/φεβ/φεβρουάριος μαρτίου/μαρ/μάρτιος/μαρτ "
    "απριλίου/απρ/απρίλιος μαΐου/μαΐ/μάιος ιουνίου/ιουν/ιούνιος ιουλίου/ιουλ/ιούλιος αυγούστου/αυγ/αύγουστος "
    "σεπτεμβρίου/σεπ/σεπτέμβριος/σεπτ οκτωβρίου/οκτ/οκτώβριος νοεμβρίου/νοε/νοέμβριος/νοεμ "
    "δεκεμβρίου/δεκ/δεκέμβριος",
    // Turkish
    "ocak/oca şubat/şub - nisan/nis mayıs haziran/haz temmuz/tem ağustos/ağu eylül/eyl ekim/eki kasım/kas "
    "aralık/ara",
    // Azerbaijani
    "yanvar/yan fevral - aprel - iyun/iyn iyul/iyl avqust/avq sentyabr/sen oktyabr noyabr/noy dekabr/dek",
    // Uzbek
    "- - - - - - - - sentabr oktabr - -",
    // Kazakh
    "қаңтар/қаң ақпан/ақп наурыз/нау сәуір/сәу мамыр/мам маусым/мау шілде/шіл тамыз/там қыркүйек/қыр "
    "қазан/қаз қараша/қар желтоқсан/жел",
    // Georgian
    "იანვარი/იან თებერვალი/თებ მარტი/მარ აპრილი/აპრ მაისი/მაი ივნისი/ივნ ივლისი/ივლ აგვისტო/აგვ "
    "სექტემბერი/სექ ოქტომბერი/ოქტ ნოემბერი/ნოე დეკემბერი/დეკ",
    // Armenian
    "հունվար/հունվարի/հնվ փետրվար/փետրվարի/փտվ մարտ/մարտի/մրտ ապրիլ/ապրիլի/ապր մայիս/մայիսի/մյս "
    "հունիս/հունիսի/հնս հուլիս/հուլիսի/հլս օգոստոս/օգոստոսի/օգս սեպտեմբեր/սեպտեմբերի/սեպ "
    "հոկտեմբեր/հոկտեմբերի/հոկ նոյեմբեր/նոյեմբերի/նոյ դեկտեմբեր/դեկտեմբերի/դեկ",
    // Catalan
    "gener febrer - - maig juny juliol agost setembre - - desembre/des",
    // Galician
    "xaneiro/xan febreiro - - - xuño xullo/xul - - - - decembro",
    // Basque
    "urtarrila/urt/urtarrilaren otsaila/ots/otsailaren martxoa/martxoaren apirila/api/apirilaren "
    "maiatza/maiatzaren ekaina/eka/ekainaren uztaila/uzt/uztailaren abuztua/abu/abuztuaren "
    "iraila/ira/irailaren urria/urr/urriaren azaroa/aza/azaroaren abendua/abe/abenduaren",
    // Swedish
    "- - - - - - - augusti - - - -",
    // Danish
    "- - marts - - - - - - - - -",
    // Norwegian
    "- - - - - - - - - - - desember",
    // Icelandic
    "- - - - - - - ágúst - - - -",
    // Finnish
    "tammikuu/tammikuuta/tammi/tammik helmikuu/helmikuuta/helmi/helmik maaliskuu/maaliskuuta/maalis/maalisk "
    "huhtikuu/huhtikuuta/huhti/huhtik toukokuu/toukokuuta/touko/toukok kesäkuu/kesäkuuta/kesä/kesäk "
    "heinäkuu/heinäkuuta/heinä/heinäk elokuu/elokuuta/elo/elok syyskuu/syyskuuta/syys/syysk "
    "lokakuu/lokakuuta/loka/lokak marraskuu/marraskuuta/marras/marrask joulukuu/joulukuuta/joulu/jouluk",
    // Estonian
    "jaanuar/jaan veebruar/veebr - aprill - juuni juuli - - oktoober - detsember/dets",
    // Latvian
    "janvāris februāris - - maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
    // Lithuanian
    "sausis/sausio/saus vasaris/vasario/vas kovas/kovo/kov balandis/balandžio/bal gegužė/gegužės/geg "
    "birželis/birželio/birž liepa/liepos/liep rugpjūtis/rugpjūčio/rugp rugsėjis/rugsėjo/rugs "
    "spalis/spalio/spal lapkritis/lapkričio/lapkr gruodis/gruodžio/gruod",
    // Albanian
    "janar shkurt/shk - prill/pri - qershor/qer korrik/korr gusht/gush shtator/sht tetor/tet nëntor/nën "
    "dhjetor/dhj",
    // Indonesian
    "- pebruari maret - - - - agustus/agt/ags - - nopember -",
    // Malay
    "- - mac - - - julai ogos/ogo - - - disember/dis",
    // Filipino
    "- pebrero/peb marso - - hunyo/hun hulyo/hul - setyembre oktubre nobyembre/nob disyembre",
    // Swahili
    "- - machi aprili - - - agosti septemba oktoba novemba desemba",
    // Afrikaans
    "januarie - - - - junie julie - - - - -",
    // Arabic
    "يناير/جانفي فبراير/فيفري/شباط مارس/آذار أبريل/أفريل/نيسان مايو/ماي/أيار يونيو/جوان/حزيران "
    "يوليو/جويلية/تموز أغسطس/أوت/آب/اب سبتمبر/شتنبر/أيلول أكتوبر نوفمبر/نونبر ديسمبر/دجنبر",
    // Hebrew
    "ינואר/ינו פברואר/פבר מרץ/מרס אפריל/אפר מאי יוני יולי אוגוסט/אוג ספטמבר/ספט אוקטובר/אוק נובמבר/נוב "
    "דצמבר/דצמ",
    // Persian
    "ژانویه فوریه - آوریل مه/می ژوئن ژوئیه/جولای آگوست سپتامبر اکتبر نوامبر دسامبر",
    // Urdu
    "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    // Hindi
    "जनवरी/जन फ़रवरी/फ़र/फरवरी मार्च अप्रैल मई जून जुलाई/जुल अगस्त/अग सितंबर/सित अक्टूबर/अक्टू नवंबर/नव "
    "दिसंबर/दिस",
    // Marathi
    "जानेवारी/जाने फेब्रुवारी/फेब्रु - एप्रिल/एप्रि मे - जुलै ऑगस्ट/ऑग सप्टेंबर/सप्टें ऑक्टोबर/ऑक्टो "
    "नोव्हेंबर/नोव्हें डिसेंबर/डिसें",
    // Nepali
    "- फेब्रुअरी - अप्रिल - जुन - अगस्ट सेप्टेम्बर अक्टोबर नोभेम्बर डिसेम्बर",
    // Bengali
    "জানুয়ারি/জানু ফেব্রুয়ারি/ফেব মার্চ এপ্রিল/এপ্রি মে জুন জুলাই/জুল আগস্ট/আগ সেপ্টেম্বর/সেপ্ট/সেপ "
    "অক্টোবর/অক্টো নভেম্বর/নভে ডিসেম্বর/ডিসে",
    // Punjabi
    "ਜਨਵਰੀ/ਜਨ ਫ਼ਰਵਰੀ/ਫ਼ਰ ਮਾਰਚ ਅਪ੍ਰੈਲ/ਅਪ੍ਰੈ ਮਈ ਜੂਨ ਜੁਲਾਈ/ਜੁਲਾ ਅਗਸਤ/ਅਗ ਸਤੰਬਰ/ਸਤੰ ਅਕਤੂਬਰ/ਅਕਤੂ ਨਵੰਬਰ/ਨਵੰ "
    "ਦਸੰਬਰ/ਦਸੰ",
    // Gujarati
    "જાન્યુઆરી/જાન્યુ ફેબ્રુઆરી/ફેબ્રુ માર્ચ એપ્રિલ મે જૂન જુલાઈ ઑગસ્ટ સપ્ટેમ્બર/સપ્ટે ઑક્ટોબર/ઑક્ટો "
    "નવેમ્બર/નવે ડિસેમ્બર/ડિસે",
    // Tamil
    "ஜனவரி/ஜன பிப்ரவரி/பிப் மார்ச்/மார் ஏப்ரல்/ஏப் மே ஜூன் ஜூலை ஆகஸ்ட்/ஆக செப்டம்பர்/செப் அக்டோபர்/அக் "
    "நவம்பர்/நவ டிசம்பர்/டிச",
    // Telugu
    "జనవరి/జన ఫిబ్రవరి/ఫిబ్ర మార్చి ఏప్రిల్/ఏప్రి మే జూన్ జులై ఆగస్టు/ఆగ సెప్టెంబర్/సెప్టెం అక్టోబర్/అక్టో "
    "నవంబర్/నవం డిసెంబర్/డిసెం",
    // Kannada
    "ಜನವರಿ/ಜನ ಫೆಬ್ರವರಿ/ಫೆಬ್ರ ಮಾರ್ಚ್ ಏಪ್ರಿಲ್/ಏಪ್ರಿ ಮೇ ಜೂನ್ ಜುಲೈ ಆಗಸ್ಟ್/ಆಗ ಸೆಪ್ಟೆಂಬರ್/ಸೆಪ್ಟೆಂ ಅಕ್ಟೋಬರ್/ಅಕ್ಟೋ "
    "ನವೆಂಬರ್/ನವೆಂ ಡಿಸೆಂಬರ್/ಡಿಸೆಂ",
    // Malayalam
    "ജനുവരി/ജനു ഫെബ്രുവരി/ഫെബ്രു മാർച്ച്/മാർ ഏപ്രിൽ/ഏപ്രി മേയ് ജൂൺ ജൂലൈ ഓഗസ്റ്റ്/ഓഗ സെപ്റ്റംബർ/സെപ്റ്റം "
    "ഒക്‌ടോബർ/ഒക്ടോ നവംബർ/നവം ഡിസംബർ/ഡിസം",
    // Odia
    "ଜାନୁଆରୀ ଫେବୃଆରୀ ମାର୍ଚ୍ଚ ଅପ୍ରେଲ ମଇ ଜୁନ ଜୁଲାଇ ଅଗଷ୍ଟ ସେପ୍ଟେମ୍ବର ଅକ୍ଟୋବର ନଭେମ୍ବର ଡିସେମ୍ବର",
    // Burmese
    "ဇန်နဝါရီ/ဇန် ဖေဖော်ဝါရီ/ဖေ မတ် ဧပြီ/ဧ မေ ဇွန် ဇူလိုင်/ဇူ ဩဂုတ်/ဩ စက်တင်ဘာ/စက် အောက်တိုဘာ/အောက် "
    "နိုဝင်ဘာ/နို ဒီဇင်ဘာ/ဒီ",
    // Thai
    "มกราคม/ม.ค กุมภาพันธ์/ก.พ มีนาคม/มี.ค เมษายน/เม.ย พฤษภาคม/พ.ค มิถุนายน/มิ.ย กรกฎาคม/ก.ค สิงหาคม/ส.ค "
    "กันยายน/ก.ย ตุลาคม/ต.ค พฤศจิกายน/พ.ย ธันวาคม/ธ.ค",
    // Lao
    "ມັງກອນ/ມ.ກ ກຸມພາ/ກ.ພ ມີນາ/ມ.ນ ເມສາ/ມ.ສ ພຶດສະພາ/ພ.ພ ມິຖຸນາ/ມິ.ຖ ກໍລະກົດ/ກ.ລ ສິງຫາ/ສ.ຫ ກັນຍາ/ກ.ຍ ຕຸລາ/ຕ.ລ "
    "ພະຈິກ/ພ.ຈ ທັນວາ/ທ.ວ",
    // Khmer
    "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
    // Chinese
    "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
    // Amharic
    "ጃንዋሪ/ጃን ፌብሩዋሪ/ፌብ ማርች ኤፕሪል/ኤፕሪ ሜይ ጁን ጁላይ ኦገስት/ኦገስ ሴፕቴምበር/ሴፕቴ ኦክቶበር/ኦክቶ ኖቬምበር/ኖቬም ዲሴምበር/ዲሴም",
});

// What Croats call otherwise than Poles and Czechs.
struct Name {
  std::string_view name;
  int month;
};
constexpr auto croatian =
    std::to_array<Name>({{"lip", 6}, {"srp", 7}, {"listopad", 10}, {"listopada", 10}, {"lis", 10}});

// A feed may have a hundred thousand dates.
const NamesByWord& months_by_name() {
  static const NamesByWord names = names_by_word(months);
  return names;
}

int find_month(std::string_view word) {
  const std::string key = folded_word(word);
  if (key.size() < 3) return 0;
  const auto found = months_by_name().find(key);
  return found == months_by_name().end() ? 0 : found->second;
}

} // namespace

NamesByWord names_by_word(std::span<const std::string_view> rows) {
  NamesByWord out;
  for (const std::string_view row : rows) {
    int number = 0;
    for (const std::string_view cell : text::split(row, ' ')) {
      ++number;
      for (const std::string_view name : text::split(cell, '/')) out.emplace(folded_word(name), number);
    }
  }
  out.erase(folded_word("-"));
  return out;
}

int month_of(std::string_view word) {
  constexpr std::string_view hebrew_in = "ב"; // "במרץ": in March
  for (std::string_view of : {"d'", "d’"})    // "d’abril"
    if (text::iequals(word.substr(0, of.size()), of)) word.remove_prefix(of.size());
  const int month = find_month(word);
  return month == 0 && word.starts_with(hebrew_in) ? find_month(word.substr(hebrew_in.size())) : month;
}

int croatian_month_of(std::string_view word) {
  const auto* found = std::ranges::find(croatian, folded_word(word), &Name::name);
  return found == croatian.end() ? 0 : found->month;
}

} // namespace milkrun::feed
