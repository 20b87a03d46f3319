// No text of a flight is stored with its credential's secret in it, whatever form it was echoed in.
#include "run/masked.hpp"

#include "base/text.hpp"
#include "db/sqlite.hpp"

#include "support/cpu.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

const std::string secret = "echo-canary-9f3b71";

Masks masks() {
  auto mask = std::make_shared<Mask>();
  mask->add(Secret(std::string(secret)));
  return Masks({std::move(mask)});
}

std::string forms() {
  return secret + " " + text::hex(secret) + " " + text::percent_encode("/" + secret) + " " +
         text::base64("user:" + secret);
}

bool leaks(const std::string& text) {
  return text.contains("canary") || text.contains(text::hex("canary")) ||
         text.contains(text::base64("user:" + secret).substr(8, 12));
}

} // namespace

TEST_CASE("errors, reasons, parks, references and look-ups lose what a stranger echoed") {
  const Masks m = masks();
  Result failed{std::unexpected(
      Error{.fault = Fault::setting,
            .reason = Reason("credential.missing", {forms()}),
            .detail = forms(),
            .parks = {{.scope = ParkScope::account, .id = forms(), .rest = Millis(1), .reason = "bug"}}})};
  failed.parks = failed.outcome.error().parks;
  m.clean(failed);
  const Error& e = failed.outcome.error();
  CHECK_FALSE(leaks(e.detail + e.reason.text() + e.parks[0].id + failed.parks[0].id));
  CHECK(e.reason.is("credential.missing"));
  CHECK(e.detail.starts_with("*** ***"));
  Result done{Done{forms()}};
  m.clean(done);
  CHECK_FALSE(leaks(done_of(done.outcome)->reference));
  Expected<Reconciled> looked = Reconciled{.presence = Presence::unknown,
                                           .result = {Outcome(Done{forms()})},
                                           .why = Reason("credential.missing", {forms()}),
                                           .detail = forms()};
  m.clean(looked);
  CHECK_FALSE(leaks(looked->why.text() + looked->detail + done_of(looked->result.outcome)->reference));
}

TEST_CASE("what is stored costs no more with a secret that almost stands at each of its places") {
  const std::string almost = std::string(8'000 - 1, 'a') + "b";
  std::string body;
  while (body.size() < 256'000) body += almost;
  auto mask = std::make_shared<Mask>();
  mask->add(Secret(std::string(8'000, 'a')));
  const Masks m({std::move(mask)});
  const auto database = db::memory_database();
  database->transact([&](db::Transaction& tx) {
    MaskedTransaction through(tx, m);
    const double before = test::cpu_seconds();
    const db::Rows rows = through.query(test::sql("SELECT $body AS body"), {{"body", body}});
    CHECK(test::cpu_seconds() - before < test::cpu_limit(0.1));
    CHECK(rows.at(0).text("body") == body);
  });
}

TEST_CASE("what a stage stores is masked, and numbers and other texts stay as they are") {
  const auto database = db::memory_database();
  database->transact([&](db::Transaction& tx) {
    const Masks m = masks();
    MaskedTransaction through(tx, m);
    through.execute(test::sql("INSERT INTO tenants (id, slug, name, created_at) VALUES ($id, $slug, $name, $now)"),
                    {{"id", "t1"}, {"slug", "asha"}, {"name", "link " + forms()}, {"now", std::int64_t{7}}});
    through.savepoint([&] {
      through.execute(test::sql("UPDATE tenants SET tone = $tone WHERE id = $id"), {{"tone", secret}, {"id", "t1"}});
    });
  });
  const db::Row row = test::rows(*database, "SELECT name, slug, tone, created_at FROM tenants WHERE id = 't1'").at(0);
  CHECK_FALSE(leaks(row.text("name")));
  CHECK(row.text("tone") == "***");
  CHECK(row.text("slug") == "asha");
  CHECK(row.integer("created_at") == 7);
}
