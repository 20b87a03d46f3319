// A claim joins the watch of its object and credential, or gets a row of its own. Claims never share a look across
// credentials: the watch's key has the scope whose credential serves it.
#include "jobs/verify_social/discover.hpp"

#include "jobs/verify_social/method.hpp"
#include "sql/verify_social_discover.hpp"

#include <fmt/format.h>

namespace milkrun::verify_social {

namespace sql = milkrun::sql::verify_social_discover;

const db::Statement undiscovered_claims = sql::undiscovered;

namespace {

struct Watch {
  std::string id;
  std::int64_t looks = 0;
};

Watch watch_of(db::Transaction& tx, const db::Row& claim, const Choice& choice) {
  const bool account = choice.metric == "followers" || choice.method == Method::followers;
  const std::string object = account ? std::string() : claim.text("object_id");
  const std::string& scope = claim.text("scope");
  const db::Param tenant("tenant", claim.text("tenant_id")), service("service", choice.service),
      method("method", word(choice.method)), of("object", object), in("scope", scope),
      platform("platform_ok", claim.text("policy") == "platform"), metric("metric", choice.metric);
  if (const auto row = tx.one(sql::watch, {tenant, service, method, of, in, platform, metric}))
    return {row->text("id"), row->integer("looks")};
  const Watch fresh{new_id()};
  const auto only_if = [&](std::string_view column) {
    return scope == claim.text(column) ? db::Value(scope) : db::Value();
  };
  tx.execute(sql::add_watch, {{"id", fresh.id},
                              tenant,
                              service,
                              method,
                              of,
                              in,
                              {"campaign", only_if("campaign_id")},
                              {"task", only_if("task_id")},
                              platform,
                              metric});
  return fresh;
}

void enter(Discovery& d, const db::Row& claim) {
  const TenantId tenant{claim.text("tenant_id")};
  const Choice choice = choice_of(claim);
  const Time due = claim.time("due_at");
  db::Value watch_id;
  if (timely(claim) && shared(choice.method)) {
    const Watch watch = watch_of(d.tx, claim, choice);
    const Key key{"watch", watch.id, std::to_string(watch.looks)};
    d.enqueue("verify-object", key, tenant, due);
    d.hasten("verify-object", key, due);
    watch_id = watch.id;
  } else {
    d.enqueue("verify-claim", Key{"completion", claim.text("id")}, tenant, due);
  }
  d.tx.execute(sql::enqueued,
               {{"tenant", tenant.value}, {"completion", claim.text("id")}, {"watch", watch_id}, {"now", d.now}});
}

} // namespace

std::size_t discover_claims(Discovery& d) {
  const db::Rows fresh = d.tx.query(
      sql::fresh,
      {{"only", d.only ? d.only->value : ""}, {"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& claim : fresh)
    d.one(
        {claim.text("tenant_id")}, [&] { enter(d, claim); },
        [&](Time until) { d.tx.execute(sql::put_off, {{"id", claim.text("id")}, {"until", until}}); });
  return fresh.size();
}

} // namespace milkrun::verify_social
