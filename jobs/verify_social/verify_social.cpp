// verify-social: every claim is checked with its own tenant's credentials, rewarded once, and the person is told.
#include "jobs/deliver/stages.hpp"
#include "jobs/verify_social/stages.hpp"
#include "sql/verify_social_report.hpp"

namespace milkrun::jobs {

const Job& verify_social() {
  using namespace milkrun::verify_social;
  static const Job job{.name = "verify-social",
                       .help = "Check what people say they did for a campaign, reward it once and tell them",
                       .stages = {verify_object(), verify_claim(), milkrun::deliver::deliver()},
                       .report = sql::verify_social_report::tenants,
                       .preview = sql::verify_social_report::preview};
  return job;
}

} // namespace milkrun::jobs
