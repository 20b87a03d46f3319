// Speaking as an operator.
#include "sim/operator.hpp"

#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::sim {
namespace {

// The job that has the stage: the operator is told of it by the item's own words.
const Job& job_of(const std::vector<Job>& jobs, const std::string& stage) {
  return *std::ranges::find_if(jobs, [&](const Job& j) {
    return std::ranges::any_of(j.stages, [&](const Stage& one) { return one.name == stage; });
  });
}

void say(Stand& s, const std::vector<Job>& jobs, const db::Row& row, Word word) {
  static constexpr const char* words[] = {"resend", "drop", "arrived", "retry"};
  const std::string name = words[static_cast<std::size_t>(word)];
  s.trace.add(s.clock.now(), fmt::format("operator: {} {} {}", name, row.text("stage"), row.text("key")));
  bool changed = false;
  try {
    changed = decide_item(job_of(jobs, row.text("stage")), row.text("stage"), Key::parse(row.text("key")),
                          {row.text("tenant_id")}, word, {.user = "sim"}, s.real, s.vault, s.clock, {});
  } catch (const std::logic_error&) { // a bug that is planted in the stage: the operator is told
  }
  if (changed)
    test::change(s.real, "INSERT INTO sim_words (stage, key, word) VALUES ($stage, $key, $word)",
                 {{"stage", row.text("stage")}, {"key", row.text("key")}, {"word", name}});
}

} // namespace

const char* const operator_schema =
    "CREATE TABLE sim_words (stage TEXT NOT NULL, key TEXT NOT NULL, word TEXT NOT NULL) STRICT;";

void operator_word(Stand& s, const std::vector<Job>& jobs) {
  const db::Rows rows = test::rows(s.real, "SELECT stage, key, tenant_id, state FROM ledger WHERE state IN ('held', "
                                           "'due', 'cancelled', 'discarded') ORDER BY stage, key");
  if (rows.empty()) return;
  const db::Row& row = s.dice.of(rows);
  say(s, jobs, row, row.text("state") == "held" ? s.dice.of({Word::resend, Word::drop, Word::arrived}) : Word::retry);
}

void decide_held(Stand& s, const std::vector<Job>& jobs) {
  for (const db::Row& row :
       test::rows(s.real, "SELECT stage, key, tenant_id FROM ledger WHERE state = 'held' ORDER BY stage, key"))
    say(s, jobs, row, s.dice.of({Word::resend, Word::drop, Word::arrived}));
}

} // namespace milkrun::sim
