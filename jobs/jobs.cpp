// The table of jobs, made from jobs.def.
#include "jobs/jobs.hpp"

namespace milkrun {
namespace jobs {
#define JOB(name) const Job& name();
#include "jobs/jobs.def"
#undef JOB
} // namespace jobs

const std::vector<const Job*>& all_jobs() {
  static const std::vector<const Job*> list = {
#define JOB(name) &jobs::name(),
#include "jobs/jobs.def"
#undef JOB
  };
  return list;
}

} // namespace milkrun
