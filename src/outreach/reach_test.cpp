// Who can be reached by what, when hours are, and who is written to in test mode.
#include "outreach/reach.hpp"

#include "base/zone.hpp"
#include "outreach/contact.hpp"
#include "outreach/test_mode.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using outreach::Class;
using test::noon;

namespace {

struct Person {
  const char *phone = "+491701000001", *email = "a@example.org", *wish = "[]";
  bool consent = true, email_consent = true, out_whatsapp = false, out_email = false, has_whatsapp = true,
       has_email = true;
  std::optional<Time> unreachable = {};
};

std::string reached(const Person& p, Class kind = Class::transactional,
                    const char* channels = R"(["whatsapp","email"])") {
  const db::Row row = test::row_of({{"phone", p.phone},
                                    {"email", p.email},
                                    {"invoice_channels", p.wish},
                                    {"consent", p.consent},
                                    {"email_consent", p.email_consent},
                                    {"opted_out_whatsapp", p.out_whatsapp},
                                    {"opted_out_email", p.out_email},
                                    {"has_whatsapp", p.has_whatsapp},
                                    {"has_email", p.has_email},
                                    {"unreachable_until", db::value(p.unreachable)}});
  std::string out;
  for (const std::string& one : outreach::channels_to(row, channels, kind, noon)) out += (out.empty() ? "" : " ") + one;
  return out;
}

db::Row hours(const char* from, const char* until, const char* weekdays, const char* zone = "UTC") {
  return test::row_of({{"window_start", from},
                       {"window_end", until},
                       {"weekdays", weekdays},
                       {"contact_timezone", zone},
                       {"campaign_zone", ""}});
}

std::string opening(const db::Row& row, Time t = noon) {
  const auto at = outreach::next_opening(row, t);
  return at ? zone::utc(*at) : "open";
}

} // namespace

TEST_CASE("a person is reached where she has an address, has not opted out, and the tenant an account") {
  CHECK(reached({}) == "whatsapp email");
  CHECK(reached({}, Class::transactional, R"(["email","whatsapp"])") == "email whatsapp");
  CHECK(reached({.phone = ""}) == "email");
  CHECK(reached({.email = ""}) == "whatsapp");
  CHECK(reached({.out_whatsapp = true}) == "email");
  CHECK(reached({.out_email = true}) == "whatsapp");
  CHECK(reached({.unreachable = noon + Millis(1)}) == "email");
  CHECK(reached({.unreachable = noon}) == "whatsapp email");
  CHECK(reached({.has_whatsapp = false}) == "email");
  CHECK(reached({.has_whatsapp = false, .has_email = false}) ==
        "whatsapp email"); // it waits for an account, and says so
  CHECK(reached({.phone = "", .email = ""}) == "");
}

TEST_CASE("marketing needs consent on its channel; her wish is for what she owes alone") {
  CHECK(reached({.consent = false}) == "whatsapp email");
  CHECK(reached({.consent = false}, Class::marketing) == "email");
  CHECK(reached({.email_consent = false}, Class::marketing) == "whatsapp");
  CHECK(reached({.consent = false, .email_consent = false}, Class::marketing) == "");
  CHECK(reached({.wish = R"(["email"])"}) == "email");
  CHECK(reached({.wish = R"(["email"])"}, Class::transactional, R"(["whatsapp"])") == "email");
  CHECK(reached({.wish = R"(["email"])"}, Class::marketing) == "whatsapp email");
}

TEST_CASE("hours hold on their weekdays; over midnight they belong to the day they open on") { // noon is a Saturday
  CHECK(opening(hours("09:00", "21:00", "[]")) == "open");
  CHECK(opening(hours("13:00", "21:00", "[]")) == "2026-11-21T13:00:00Z");
  CHECK(opening(hours("09:00", "21:00", R"(["sat"])")) == "open");
  CHECK(opening(hours("09:00", "21:00", R"(["mon","fri"])")) == "2026-11-23T09:00:00Z");
  CHECK(opening(hours("09:00", "11:00", R"(["sat"])")) == "2026-11-28T09:00:00Z");
  CHECK(opening(hours("00:00", "00:00", R"(["sun"])")) == "2026-11-22T00:00:00Z"); // open all day
  CHECK(opening(hours("00:00", "00:00", R"(["sat"])")) == "open");
  const Time night = noon + Millis(13 * 3'600'000); // Sunday, 01:00
  CHECK(opening(hours("22:00", "02:00", R"(["sat"])"), night) == "open");
  CHECK(opening(hours("22:00", "02:00", R"(["sun"])"), night) == "2026-11-22T22:00:00Z");
  CHECK(opening(hours("22:00", "02:00", R"(["fri"])"), night) == "2026-11-27T22:00:00Z");
  CHECK(opening(hours("09:00", "12:00", R"(["sun"])", "Pacific/Auckland"), noon) ==
        "2026-11-21T20:00:00Z"); // Sunday 01:00 there
}

TEST_CASE("hours go by her own clock, or else the campaign's, or else her tenant's") {
  const auto opens = [](const char* hers, const char* campaigns) {
    return opening(test::row_of({{"window_start", "09:00"},
                                 {"window_end", "10:00"},
                                 {"weekdays", "[]"},
                                 {"contact_timezone", hers},
                                 {"campaign_zone", campaigns},
                                 {"tenant_timezone", "Europe/Berlin"}}));
  };
  CHECK(opens("Asia/Kolkata", "America/New_York") == "2026-11-22T03:30:00Z");
  CHECK(opens("", "America/New_York") == "2026-11-21T14:00:00Z");
  CHECK(opens("", "") == "2026-11-22T08:00:00Z");
}

TEST_CASE("in test mode only the list is written to; others are redirected, or not at all") {
  const auto to = [](const db::Value& own, const db::Value& all, const char* redirect = "") {
    const db::Row row = test::row_of(
        {{"phone", "+491701000001"}, {"safe_recipients", own}, {"safe_for_all", all}, {"redirect_phone", redirect}});
    return outreach::recipient_of(row, outreach::whatsapp_channel()).value_or("nobody");
  };
  const db::Value off, hers = std::string(R"(["+491709999999","+491701000001"])"),
                       others = std::string(R"(["+491709999999"])");
  CHECK(to(off, off) == "+491701000001");
  CHECK(to(hers, off) == "+491701000001");
  CHECK(to(hers, hers) == "+491701000001");
  CHECK(to(others, off) == "nobody");
  CHECK(to(off, others) == "nobody");
  CHECK(to(hers, others) == "nobody"); // the installation's list holds for all
  CHECK(to(others, off, "+491708888888") == "+491708888888");
  CHECK(to(std::string("[]"), off) == "nobody");
  CHECK(to(std::string("broken"), off) == "nobody"); // never fails open
}
