// The gym writes to its members.
#include "e2e/letters.hpp"

#include <ctime>
#include <fmt/format.h>

namespace milkrun::e2e {
namespace {

std::time_t midnight(int number) { return (std::time(nullptr) / 86'400 + number) * 86'400; }

} // namespace

Letters::Letters() {
  Json& gym = tenant("gym");
  gym["timezone"] = "Africa/Abidjan"; // UTC the year round
  gym["reminder_rules"] = {
      {{"slug", "due"}, {"offset_days", 0}, {"text", {{"en", "{first_name}: {outstanding} for {invoice_number}"}}}}};
  gym["invoices"] = Json::array();
}

std::string Letters::day(int number) {
  const std::time_t t = midnight(number);
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}

Environment Letters::at(int number, int hour, int minute) {
  const std::time_t then = midnight(number) + (hour * 60L + minute) * 60;
  return {{"MILKRUN_TEST_CLOCK_AHEAD", std::to_string(then - std::time(nullptr))}};
}

void Letters::person(const std::string& phone, const std::string& name) {
  tenant("gym")["contacts"].push_back({{"phone", phone}, {"name", name}, {"consent", true}, {"email_consent", true}});
}

Json& Letters::invoice(const std::string& number, const std::string& phone, int due, long amount_minor) {
  Json& all = tenant("gym")["invoices"];
  all.push_back({{"number", number},
                 {"contact", phone},
                 {"currency", "EUR"},
                 {"amount_minor", amount_minor},
                 {"due_on", day(due)}});
  return all.back();
}

Json& Letters::drip(const std::string& slug, Json steps) {
  Json& all = tenant("gym")["campaigns"];
  all.push_back({{"slug", slug},
                 {"kind", "drip"},
                 {"window", {{"start", "00:00"}, {"end", "00:00"}}},
                 {"steps", std::move(steps)}});
  return all.back();
}

Json Letters::step(const std::string& slug, int days, const std::string& text) {
  return {
      {"slug", slug}, {"delay", {{"value", days}, {"unit", "days"}}}, {"text", text}, {"subject", "News of the gym"}};
}

void Letters::enroll(const std::string& drip_slug, const std::string& phone, const Environment& when) {
  const Finished done = milkrun({"enroll", drip_slug, "--tenant", "gym", "--contact", phone}, when);
  REQUIRE_MESSAGE(done.code == 0, done.err);
}

void Letters::import_at(const Environment& when) {
  const Finished done = milkrun({"import", write("import.json", document.dump())}, when);
  REQUIRE_MESSAGE(done.code == 0, done.err);
}

std::vector<std::string> Letters::said(const std::string& phone) const {
  std::vector<std::string> out;
  for (const Json& one : messages())
    if (phone.empty() || "+" + one["to"].get<std::string>() == phone) out.push_back(one["text"]);
  return out;
}

std::string Letters::reminder(const std::string& invoice_number) const {
  const auto rows =
      db().query("SELECT r.state, r.reason FROM reminders r JOIN invoices i ON i.id = r.invoice_id WHERE i.number = '" +
                 invoice_number + "'");
  REQUIRE(rows.size() == 1);
  return rows[0].at("reason").empty() ? rows[0].at("state") : rows[0].at("state") + ": " + rows[0].at("reason");
}

} // namespace milkrun::e2e
