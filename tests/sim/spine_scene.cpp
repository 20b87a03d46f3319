// Tenants, items, services and meddling of the simulator's own job.
#include "sim/spine_scene.hpp"

#include "sim/judge.hpp"
#include "sim/spine_job.hpp"
#include "sim/tenant_scene.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <set>

namespace milkrun::sim {
namespace {

using test::sql;

class Spine final : public TenantScene {
public:
  // One site for each tenant, one gateway for all.
  Spine()
      : TenantScene(spine_jobs(),
                    {{"wordpress", "https://{}.example/", ""}, {"whatsapp", "https://gateway.example/", ""}}) {}
  void set_up(Stand& s) override;
  Served serve(const http::Request& r, const std::string& tenant, const Remote& remote) override;
  void meddle(Stand& s) override;
  void mend(Stand& s) override;
  void leaving(Stand& s, const http::Request& r) override;
  void judge_commit(Stand& s, db::Transaction& tx) override;
  void judge(Stand& s, bool at_rest) override;

private:
  void add_item(Stand& s);

  std::vector<std::string> hosts_{"one.example", "two.example"};
  std::set<std::string> refused_; // items whose content is refused
  int items_ = 0;
};

void Spine::add_item(Stand& s) {
  Dice& d = s.dice;
  const std::string id = fmt::format("{:03}", ++items_);
  const std::string& tenant = any_tenant(s);
  const std::string kind = d.percent(50) ? "post" : "message";
  std::string bug;
  if (d.percent(5)) bug = d.of({"rule", "work", "after", "lookup", "settle"});
  if (d.percent(5)) refused_.insert(id);
  const Time opens = d.percent(20) ? s.clock.now() + Millis(d.between(1, 7'200'000)) : from_ms(0);
  test::change(s.real,
               "INSERT INTO sim_items (id, tenant_id, kind, host, opens_at, bug) VALUES ($id, $t, $k, $h, $o, $b)",
               {{"id", id}, {"t", tenant}, {"k", kind}, {"h", d.of(hosts_)}, {"o", opens}, {"b", bug}});
}

void Spine::set_up(Stand& s) {
  Dice& d = s.dice;
  add_tenants(s, d.between(1, 3), [&](db::Transaction& tx, const db::Param& id) {
    const auto limit = [&] { return d.percent(50) ? db::Value(std::int64_t{d.between(0, 4)}) : db::Value(); };
    const db::Value posts = limit(), messages = limit();
    tx.execute(sql("INSERT INTO sim_tenants (id, post_limit, message_limit, interval_ms) VALUES ($id, $p, $m, $i)"),
               {id, {"p", posts}, {"m", messages}, {"i", d.of({0, 0, 1'000, 6'000})}});
  });
  for (int n = d.between(3, 12); n > 0; --n) add_item(s);
}

Served Spine::serve(const http::Request& r, const std::string& tenant, const Remote& remote) {
  const std::string path = cut(r.url, ".example/", "?"), key = cut(r.url, "key=", "&");
  const auto ok = [&](const std::string& body) {
    return http::Response{.status = 200, .body = "ok " + body, .url = r.url};
  };
  const bool open = path == "list" || path == "read";
  if (!open && !may_enter(tenant)) return {{.status = 401, .url = r.url}};
  if (path == "find") return {ok(remote.count("post", key) > 0 ? "post " + key : "absent")};
  if (path == "post" || path == "message") {
    if (refused_.contains(key))
      return {{.status = key.back() % 2 == 0 ? 400 : 409, .url = r.url}}; // for good, or perhaps not
    return {ok(path + " " + key), path, key};
  }
  return {ok(path)};
}

void Spine::meddle(Stand& s) {
  Dice& d = s.dice;
  switch (d.below(8)) {
  case 0: return add_item(s);
  case 1:
    return test::change(s.real, "UPDATE sim_items SET consent = 0 WHERE id = $id",
                        {{"id", fmt::format("{:03}", d.between(1, items_))}});
  case 2: return test::change(s.real, "UPDATE sim_items SET bug = '' WHERE bug <> $not", {{"not", "after"}});
  case 3: return;
  default: return common_meddling(s);
  }
}

void Spine::mend(Stand& s) {
  TenantScene::mend(s);
  test::change(s.real, "UPDATE sim_items SET bug = '', opens_at = 0");
  test::change(s.real, "UPDATE sim_tenants SET post_limit = CASE WHEN post_limit = 0 THEN 1 ELSE post_limit END, "
                       "message_limit = CASE WHEN message_limit = 0 THEN 1 ELSE message_limit END");
}

void Spine::leaving(Stand& s, const http::Request& r) {
  if (r.effect != http::Effect::once) return;
  const std::string path = cut(r.url, ".example/", "?"), key = cut(r.url, "key=", "&");
  must_be_armed(s, path, Key{"item", key});
}

void Spine::judge_commit(Stand& s, db::Transaction& tx) {
  judge_limits(s, tx,
               "SELECT u.tenant_id, u.meter, u.period, u.used + u.reserved AS n FROM usage u JOIN sim_tenants t "
               "ON t.id = u.tenant_id WHERE (u.meter = 'posts' AND u.used + u.reserved > t.post_limit) "
               "OR (u.meter = 'messages' AND u.used + u.reserved > t.message_limit)");
}

void Spine::judge(Stand& s, bool at_rest) {
  for (const db::Row& r : test::rows(s.real, "SELECT l.stage, l.key, l.state, l.reason, l.tenant_id, i.id, "
                                             "coalesce(d.done, 0) AS done, coalesce(d.next, '') AS told "
                                             "FROM ledger l JOIN sim_items i ON l.key = 'item:' || i.id "
                                             "LEFT JOIN sim_told d ON d.id = i.id AND d.stage = l.stage")) {
    const std::string stage = r.text("stage"), name = stage + " " + r.text("key");
    if (stage == "post" || stage == "message") judge_effect(s, stage, r.text("id"), r);
    if (r.text("state") == "done" && r.integer("done") == 0)
      s.findings.add(name + " is done and its stage was not told");
    if (r.integer("done") > 1)
      s.findings.add(fmt::format("{} was told {} times that it is done", name, r.integer("done")));
  }
  for (const char* meter : {"posts", "messages"})
    judge_used(s, meter,
               test::rows(s.real, meter == std::string_view("posts")
                                      ? "SELECT i.tenant_id, d.period, count(*) AS n FROM sim_told d JOIN sim_items i "
                                        "ON i.id = d.id WHERE d.stage = 'post' AND d.done > 0 GROUP BY 1, 2"
                                      : "SELECT i.tenant_id, d.period, count(*) AS n FROM sim_told d JOIN sim_items i "
                                        "ON i.id = d.id WHERE d.stage = 'message' AND d.done > 0 GROUP BY 1, 2"));
  if (!at_rest) return;
  for (const db::Row& r : test::rows(s.real, "SELECT i.id FROM sim_items i WHERE NOT EXISTS (SELECT 1 FROM ledger l "
                                             "WHERE l.stage = 'plan' AND l.key = 'item:' || i.id)"))
    s.findings.add("item lost: " + r.text("id"));
  // What is done is followed by the next stage's row.
  for (const db::Row& r :
       test::rows(s.real, "SELECT l.stage, l.key FROM ledger l JOIN sim_items i ON l.key = 'item:' || i.id WHERE "
                          "l.state = 'done' AND l.stage IN ('plan', 'fetch', 'post') "
                          "AND NOT EXISTS (SELECT 1 FROM ledger n WHERE n.key = l.key AND n.stage = CASE l.stage WHEN "
                          "'plan' THEN 'fetch' WHEN 'fetch' THEN i.kind ELSE 'tell' END)"))
    s.findings.add("its next stage was lost: " + r.text("stage") + " " + r.text("key"));
}

} // namespace

std::unique_ptr<Scene> spine_scene() { return std::make_unique<Spine>(); }

} // namespace milkrun::sim
