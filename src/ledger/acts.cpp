// One row an act.
#include "ledger/acts.hpp"

#include "base/text.hpp"
#include "sql/acts.hpp"

namespace milkrun::ledger {

void record(db::Transaction& tx, const Operator& who, const Act& act, Time now) {
  tx.execute(sql::acts::record, {{"id", new_id()},
                                 {"now", now},
                                 {"os_user", text::one_line(who.user, 120)},
                                 {"said_by", text::one_line(who.name, 120)},
                                 {"verb", act.verb},
                                 {"stage", act.stage},
                                 {"key", act.key},
                                 {"tenant", act.tenant.value},
                                 {"from", act.from},
                                 {"to", act.to},
                                 {"note", text::one_line(act.note, 500)}});
}

} // namespace milkrun::ledger
