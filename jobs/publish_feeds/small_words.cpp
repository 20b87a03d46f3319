// Some forty each: with them a sentence of eight words tells its language.
#include "jobs/publish_feeds/small_words.hpp"

namespace milkrun::publish_feeds {
namespace {

constexpr SmallWords all[] = {
    {"en",
     " the of and to is that it was for with as are this from which in on at by be not but have has had they his "
     "her their will would can been who what when there more if or an its were you we about after all also than "},
    {"de", " der die und das den von zu mit ist nicht ein eine auf sich dem des im für als auch es an wird aus er hat "
           "dass sie nach bei um noch in am wie über so einen einer oder war sind zum zur nur vor durch wurde sehr was "
           "aber "},
    {"fr", " le la les et des est une que dans du pour qui sur pas avec un en au par plus se ce il ne aux sont son "
           "cette ont été mais ou comme nous vous leur elle être fait ses très qu l d c n s de à "},
    {"es", " el la los las y del que en una por con para se su como más de un no es al lo fue sus ha está pero son ser "
           "este esta entre sobre también desde hasta muy donde cuando porque todo ya o "},
    {"it", " il di che della è per una con non del gli sono nel alla anche la le un in si da dei delle al più come ma "
           "ha questo questa nella dal loro essere molto dopo stato quando tra su lo ed l dell i e "},
    {"pt",
     " o os as que do da em um para com não uma dos por mais de e a se na no ao foi como é mas das seu sua ou ser "
     "quando muito nos já está também pelo pela até isso são "},
    {"nl",
     " de het een van en dat niet zijn op voor met aan ook maar wordt in is te die er om als dan bij nog naar uit "
     "door over heeft worden hij ze werd deze dit geen was kan meer al veel zeer "},
    {"pl", " i w na z że nie się jest do to jak od przez oraz przy o a po za dla co ale są ze być tym tego już był "
           "tylko także może które który jego ich bardzo "},
    {"sv", " och att det som är en på av för med den till inte har de ett om var men från så kan vid när eller han hon "
           "ska blir mycket efter alla sig under hade också i "},
    {"da", " og at det som er en på af for med den til ikke har de et om var men fra så kan ved når eller han hun skal "
           "bliver meget efter alle sig under havde også i "},
    {"fi", " ja on ei se että oli hän mutta kun myös ovat joka sekä mukaan vain niin kuin sen ole jo tai hänen nyt "
           "ovat olla voi jos mitä jotka ollut kaikki hyvin "},
    {"cs",
     " a v na se že je to s z do o i jako ale po pro podle jsou by však který která které jeho ve k za od už ještě "
     "jen také být byl velmi není "},
    {"ro",
     " și în de la cu pe care din nu un o a este pentru mai că să se au fost sau dar prin după sunt ca al ale lor "
     "foarte această acest "},
    {"hu", " a az és hogy nem is egy meg ez de csak már volt el még ha mint vagy azt nagyon kell lesz után szerint "
           "ezt amely ami minden lehet "},
    {"tr", " ve bir bu da de için ile çok olarak daha olan gibi en kadar sonra ne var ama o her ise değil mi ki "
           "tarafından göre iyi olur oldu kendi yeni şey önce "},
    {"id", " yang dan di dengan untuk tidak ini itu dari dalam pada akan juga adalah ke oleh sebagai karena ada mereka "
           "telah bisa menjadi sangat lebih atau kami semua dapat saya kita oleh lama "},
    {"vi", " của và là các được trong có cho không người với những một này đã để khi từ đến về ra cũng như nhiều rất "
           "sẽ tại vào "}};

} // namespace

std::span<const SmallWords> small_words() { return all; }

} // namespace milkrun::publish_feeds
