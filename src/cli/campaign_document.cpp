// Columns back into fields: the other direction of src/cli/import.
#include "cli/campaign_document.hpp"

#include "cli/import/duration.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

// A column that holds JSON; null where it is empty.
Json json_in(const db::Row& row, std::string_view column) {
  return row.text(column).empty() ? Json(nullptr) : Json::parse(row.text(column), nullptr, false);
}

std::string span_in(const db::Row& row, std::string_view column) { return duration_words(Millis(row.integer(column))); }

Json template_of(const db::Row& step) {
  if (step.text("template_name").empty()) return nullptr;
  const std::string& instead = step.text("template_instead");
  return {{"name", step.text("template_name")},
          {"language", step.text("template_language")},
          {"parameters", json_in(step, "template_values")},
          {"instead", instead == "text" ? Json(instead) : json_in(step, "template_instead")}};
}

Json step_document(const db::Row& step) {
  return {{"slug", step.text("slug")},
          {"delay", {{"value", step.integer("delay_value")}, {"unit", step.text("delay_unit")}}},
          {"from", step.text("delay_from")},
          {"at", step.text("at")},
          {"channels", json_in(step, "channels")},
          {"text", json_in(step, "text")},
          {"subject", json_in(step, "subject")},
          {"template", template_of(step)},
          {"condition", json_in(step, "condition")},
          {"on_false", step.text("on_false")},
          {"wait_up_to", span_in(step, "wait_up_to_ms")},
          {"active", step.flag("active")}};
}

} // namespace

Json drip_document(const db::Row& drip, const db::Rows& steps) {
  Json out = {{"slug", drip.text("slug")},
              {"name", drip.text("name")},
              {"kind", "drip"},
              {"status", drip.text("status")},
              {"notifications", drip.flag("notifications")},
              {"zone", drip.text("zone")},
              {"window", {{"start", drip.text("window_start")}, {"end", drip.text("window_end")}}},
              {"weekdays", json_in(drip, "weekdays")},
              {"message_ttl", span_in(drip, "message_ttl_ms")},
              {"link", drip.text("link")},
              {"exit",
               {{"on_reply", drip.flag("exit_on_reply")},
                {"on_opt_out", drip.flag("exit_on_opt_out")},
                {"goal_tag", drip.text("goal_tag")}}},
              {"reentry", drip.text("reentry")},
              {"reentry_days", drip.integer("reentry_days")},
              {"holdout_percent", drip.integer("holdout_percent")},
              {"steps", Json::array()}};
  for (const db::Row& step : steps) out["steps"].push_back(step_document(step));
  return out;
}

std::string delay_words(const db::Row& step) {
  const std::int64_t value = step.integer("delay_value");
  std::string unit = step.text("delay_unit");
  if (value == 1) unit.pop_back();
  std::string out = value == 0 ? "at once" : fmt::format("{} {} later", value, unit);
  if (step.text("delay_from") == "enrollment") out += ", from the enrolment";
  if (!step.text("at").empty()) out += ", " + step.text("at");
  return out;
}

} // namespace milkrun::cli
