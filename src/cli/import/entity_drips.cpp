// What drips are made of: what a campaign of kind "drip" says beside the rest, and its steps.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "cli/import/wordings.hpp"

namespace milkrun::cli {

const Entity& drip_entity() {
  using namespace reads;
  static const Entity table{
      .name = "campaigns",
      .table = "campaigns",
      .fields = {
          {"weekdays", "weekdays", words({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, true),
           "it sends on; empty: all"},
          {"reentry", "reentry", word({"never", "after_completion"}), "who walked through may come in again"},
          {"reentry_days", "reentry_days", whole(0, 3650), "after the end, before which nobody comes in again"},
          {"holdout_percent", "holdout_percent", whole(0, 100), "of the contacts get nothing, to compare with"},
      }};
  return table;
}

const Entity& step_entity() {
  using namespace reads;
  static const Entity table{
      .name = "steps",
      .table = "steps",
      .fields = {
          {"slug", "slug", checked(line(), check_slug), "what a step is known by: another slug is another step"},
          {"from", "delay_from", word({"previous", "enrollment"}), "what the delay is counted from"},
          {"at", "at", or_empty(clock()),
           "local time, in the zone of the window, after the delay; empty: whenever it ends"},
          {"channels", "channels", words({"whatsapp", "email"}, false), "the first that reaches the contact"},
          {"text", "text", patterns(outreach::Kind::drip, 4096, false),
           "of the message, by language: {\"en\": \"...\"}, or one text; without email, a template will do"},
          {"subject", "subject", patterns(outreach::Kind::drip, 200, true),
           "of e-mails, by language; needed with the channel email"},
          {"condition", "condition", condition(), "who the step is for; see Conditions; empty: for all"},
          {"on_false", "on_false", word({"skip", "wait", "stop"}), "what becomes of the others"},
          {"wait_up_to", "wait_up_to_ms", span(Millis(0), Millis(365LL * 86'400'000)), "of wait; then it is skipped"},
          {"active", "active", flag(), "false: it is passed over"},
      }};
  return table;
}

} // namespace milkrun::cli
