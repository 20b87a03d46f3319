// What reminders and drips need of a scene: days by number, cron at an hour of one of them, invoices and drips in short
// words. The gym's day is UTC's, and its gateway takes any text.
#pragma once

#include "e2e/social.hpp"

namespace milkrun::e2e {

class Letters : public Social {
public:
  Letters();

  // Day 0 is today (UTC). "2026-11-21".
  static std::string day(int number);
  // So that the program believes it is this time of that day.
  static Environment at(int number, int hour, int minute = 0);

  // A contact who consents to all.
  void person(const std::string& phone, const std::string& name);
  Json& invoice(const std::string& number, const std::string& phone, int due, long amount_minor = 11'900);
  // A drip that is always open.
  Json& drip(const std::string& slug, Json steps);
  static Json step(const std::string& slug, int days, const std::string& text);
  void enroll(const std::string& drip_slug, const std::string& phone, const Environment& when);
  void import_at(const Environment& when);

  Report remind(int number, int hour, int minute = 0) {
    return run_job("send-reminders", {}, at(number, hour, minute));
  }
  Report advance(int number, int hour, int minute = 0) {
    return run_job("advance-drips", {}, at(number, hour, minute));
  }

  // What was said to a phone, oldest first; "" = to everybody.
  std::vector<std::string> said(const std::string& phone = "") const;
  std::string reminder(const std::string& invoice_number) const; // "told", "skipped: reminder.closed"; of its only one
};

} // namespace milkrun::e2e
