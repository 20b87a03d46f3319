// The reference says what the readers read: docs/import.md and the manual are made from their tables, defaults are the
// schema's, and the example imports as it is.
#include "cli/import/problems.hpp"
#include "cli/import/reference.hpp"
#include "cli/import/rehearse.hpp"
#include "cli/import/test_world.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <sstream>

using namespace milkrun;
using namespace milkrun::cli;
using namespace milkrun::cli::test_import;

namespace {

std::string file(const char* name) {
  std::ifstream in(std::string(MILKRUN_SOURCE_DIR) + name);
  REQUIRE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const ObjectDoc& object(const std::vector<ObjectDoc>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &ObjectDoc::name);
  REQUIRE(found != all.end());
  return *found;
}

std::string otherwise(const ObjectDoc& object, const std::string& field) {
  const auto found = std::ranges::find(object.fields, field, &FieldDoc::name);
  REQUIRE(found != object.fields.end());
  return found->otherwise;
}

} // namespace

TEST_CASE("the manual's list of fields is the generated one") {
  const std::string manual = file("/packaging/man/milkrun.1"), list = reference_man();
  CHECK_MESSAGE(manual.find(list) != std::string::npos,
                "put the output of: milkrun import --reference=man between the marks of the manual");
}

TEST_CASE("every field has a meaning and says what it holds, and every list of the document is an object of its own") {
  const auto all = document_reference();
  std::set<std::string> named;
  for (const ObjectDoc& one : all) {
    CAPTURE(one.name);
    CHECK(named.insert(one.name).second);
    CHECK_FALSE(one.fields.empty());
    std::set<std::string> fields;
    for (const FieldDoc& f : one.fields) {
      CAPTURE(f.name);
      CHECK(fields.insert(f.name).second);
      CHECK_FALSE(f.holds.empty());
      CHECK_FALSE(f.means.empty());
    }
  }
  for (const char* list :
       {"plans", "portals", "platform", "tenants", "credentials", "feeds", "campaigns", "tasks", "steps", "contacts",
        "completions", "suppressions", "reminder_rules", "invoices", "enrollments"})
    CHECK(named.contains(list));
}

TEST_CASE("defaults are the schema's, in the words of the document") {
  const auto all = document_reference();
  CHECK(otherwise(object(all, "tenants"), "frequency") == "daily");
  CHECK(otherwise(object(all, "tenants"), "max_items") == "1");
  CHECK(otherwise(object(all, "tenants"), "sender_interval") == "0s");
  CHECK(otherwise(object(all, "tenants"), "active") == "true");
  CHECK(otherwise(object(all, "tenants"), "safe_recipients") == "null");
  CHECK(otherwise(object(all, "portals"), "sync_interval") == "15m");
  CHECK(otherwise(object(all, "campaigns"), "message_ttl") == "1d");
  CHECK(otherwise(object(all, "campaigns"), "probability") == "0.85");
  CHECK(otherwise(object(all, "tasks"), "patience") == "7d");
  CHECK(otherwise(object(all, "window"), "start") == "09:00");
  CHECK(otherwise(object(all, "contacts"), "consent") == "false");
  CHECK(otherwise(object(all, "invoices"), "due_on") == "needed for a new one");
}

TEST_CASE("what is read from schema.sql is what SQLite makes of it") {
  const auto database = db::memory_database();
  for (const char* table : {"plans", "portals", "tenants", "feeds", "campaigns", "tasks", "contacts",
                            "task_completions", "reminder_rules", "invoices", "steps"}) {
    db::Rows columns;
    database->read([&](db::Transaction& tx) {
      columns = tx.query({"test", "SELECT name, dflt_value, \"notnull\", pk FROM pragma_table_info($table)"},
                         {{"table", table}});
    });
    for (const db::Row& column : columns) {
      CAPTURE(table);
      CAPTURE(column.text("name"));
      const auto found = schema_default(table, column.text("name"));
      if (!column.null("dflt_value"))
        CHECK(found == column.text("dflt_value"));
      else if (column.flag("notnull") || column.flag("pk"))
        CHECK_FALSE(found);
      else
        CHECK(found == "NULL");
    }
  }
  CHECK_THROWS(schema_default("tenants", "no_such_column"));
}

TEST_CASE("the example imports as it is, and a rehearsal counts what the import then does") {
  World world;
  const auto document = read_document(example_document(), {});
  REQUIRE_MESSAGE(document,
                  (document ? std::string() : document.error().front().where + " " + document.error().front().what));
  const auto would = rehearse_import(*world.database, *document, world.vault, test::noon);
  REQUIRE(would);
  CHECK(is(would->tenants, 1, 0, 0));
  CHECK(is(would->steps, 2, 0, 0));
  CHECK(is(would->credentials, 4, 0, 0));
  CHECK(is(would->enrollments, 1, 0, 0));
}

TEST_CASE("the example shows every kind of entry that a tenant may have") {
  const auto json = nlohmann::json::parse(example_document());
  const nlohmann::json& tenant = json.at("tenants").at(0);
  for (const char* list : {"credentials", "feeds", "campaigns", "contacts", "completions", "suppressions",
                           "reminder_rules", "invoices", "enrollments"})
    CHECK(tenant.contains(list));
}

TEST_CASE("of each kind of mistake twenty are told, whatever entry and value they are of, and then how many more") {
  std::string contacts;
  for (int i = 0; i < 500; ++i) contacts += fmt::format(R"({}{{"phone":"{}","name":7}})", i == 0 ? "" : ",", i);
  const auto lines =
      told("f.json", problems_of(R"({"tenants":[{"slug":"a","timezone":"x","contacts":[)" + contacts + "]}]}"));
  CHECK(lines.size() == 20 + 20 + 1 + 2);
  CHECK(std::ranges::count_if(lines, [](const std::string& l) {
          return l.find(": 480 more like tenants[0].contacts[0].") != l.npos;
        }) == 2);
  CHECK(std::ranges::count_if(lines, [](const std::string& l) { return l.find("tenants[0].timezone") != l.npos; }) ==
        1);
}

TEST_CASE("a syntax error says line, column and what was expected there, and never what stands there") {
  struct Row {
    const char *text, *where, *says;
  };
  const Row table[] = {
      {"", "line 1, column 1", "the document is empty"},
      {"{\"plans\": [}", "line 1, column 12", "a value was expected"},
      {"{\"plans\": [],}", "line 1, column 14",
       "the name of a field in double quotes was expected; leave out the comma before it"},
      {"{\"plans\": [{},]}", "line 1, column 15", "leave out the comma before it"},
      {"{\n  \"plans\": []\n  \"tenants\": []}", "line 3, column", "a , or } was expected"},
      {"{\"a\" 1}", "line 1, column 6", "a : was expected"},
      {"{\"a\": [1 2]}", "line 1, column 10", "a , or ] was expected"},
      {"{'a': 1}", "line 1, column 2", "texts stand in double quotes"},
      {"{\"a\": 'x'}", "line 1, column 7", "texts stand in double quotes"},
      {"{\"a\": 1} // end", "line 1, column 10", "nothing may follow"},
      {"{\"a\": // one\n1}", "line 1, column", "JSON has no comments"},
      {"{\"a\": \"s3cret", "line 1, column", "no closing \""},
      {"{\"a\": \"s3cret\n\"}", "line 1, column", "goes over the end of its line"},
      {"{\"a\": \"s3cret\t\"}", "line 1, column", "holds a tab; write \\t"},
      {"{\"a\": \"s3cret\\x\"}", "line 1, column", "stands only before"},
      {"{\"a\": [1, {\"b\": 2", "line 1, column", "3 of { and [ still open"},
      {"{\"a\": \xe2\x80\x9cs3cret\xe2\x80\x9d}", "line 1, column 7", "quotes are plain ones"},
      {"{\"a\": tru}", "line 1, column", "a value was expected"},
      {"{\"a\": 01}", "line 1, column", "a , or } was expected"},
      {"{\"a\": \"\xff\"}", "line 1, column", "UTF-8"},
      {"{} {}", "line 1, column 4", "nothing may follow"},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const Problems found = problems_of(row.text);
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].what);
    CHECK(found[0].where == "document");
    CHECK(found[0].what.find(std::string("is not valid JSON at ") + row.where) != std::string::npos);
    CHECK(found[0].what.find(row.says) != std::string::npos);
    CHECK(found[0].what.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("a task's platform and action are of the list, in whatever case they are typed") {
  static constexpr std::string_view platforms[] = {"FACEBOOK", "INSTAGRAM"};
  static constexpr ActionKind actions[] = {{"COMMENT", "comments"}, {"FOLLOW", "followers"}};
  const Known known{.platforms = platforms, .actions = actions};
  const auto with = [&](const std::string& platform, const std::string& action) {
    const auto document =
        read_document(R"({"tenants":[{"slug":"a","campaigns":[{"slug":"c","tasks":[{"slug":"t","platform":")" +
                          platform + R"(","action":")" + action + R"("}]}]}]})",
                      {}, known);
    return document ? Problems{} : document.error();
  };
  CHECK(with("instagram", "Comment").empty());
  const Problems wrong = with("INSTAGRAMM", "COMENT");
  REQUIRE(wrong.size() == 2);
  CHECK(wrong[0].where == "tenants[0].campaigns[0].tasks[0].platform");
  CHECK(wrong[0].what == "is \"INSTAGRAMM\"; it must be one of FACEBOOK, INSTAGRAM");
  CHECK(wrong[1].what == "is \"COMENT\"; it must be one of COMMENT, FOLLOW");
}

TEST_CASE("an account that writes first by templates only needs one, wherever a text would go through it") {
  World world;
  const std::string cloud =
      R"("credentials":[{"service":"whatsapp","base_url":"https://g.example","account":"1","secret":"s",
    "settings":{"adapter":"cloud"}}])";
  const auto tenant = [](const std::string& fields) { return R"({"tenants":[{"slug":"a",)" + fields + "}]}"; };
  const auto wheres = [&](const std::string& text) {
    std::vector<std::string> out;
    for (const Problem& p : world.check(text)) {
      CHECK(p.what.find("is missing: this WhatsApp account (cloud) writes first by approved templates only") == 0);
      out.push_back(p.where);
    }
    return out;
  };
  using Places = std::vector<std::string>;
  const std::string template_of = R"("template":{"name":"t","language":"en"})";
  CHECK(wheres(tenant(cloud + R"(,"campaigns":[{"slug":"c"}])")) == Places{"tenants[0].campaigns[0].template"});
  CHECK(wheres(tenant(cloud + R"(,"campaigns":[{"slug":"c",)" + template_of + "}]")).empty());
  CHECK(wheres(tenant(cloud + R"(,"campaigns":[{"slug":"c","notifications":false}])")).empty());
  CHECK(wheres(tenant(R"("campaigns":[{"slug":"c",)" + cloud + "}]")) == Places{"tenants[0].campaigns[0].template"});
  CHECK(wheres(tenant(cloud + R"(,"campaigns":[{"slug":"c","kind":"drip","steps":[
    {"slug":"s","text":"x","subject":"x"},{"slug":"e","text":"x","subject":"x","channels":["email"]}]}])")) ==
        Places{"tenants[0].campaigns[0].steps[0].template"});
  CHECK(wheres(tenant(cloud + R"(,"reminder_rules":[{"slug":"r","offset_days":1,"text":"x {outstanding}"}])")) ==
        Places{"tenants[0].reminder_rules[0].template"});
  CHECK(wheres(tenant(R"("campaigns":[{"slug":"c"}])")).empty()); // it has no account
  CHECK(
      wheres(
          R"({"platform":{"credentials":[{"service":"whatsapp","base_url":"https://g.example","account":"1","secret":"s",
    "settings":{"adapter":"cloud"}}]},"tenants":[{"slug":"a","grants":["whatsapp"],"campaigns":[{"slug":"c"}]}]})") ==
      Places{"tenants[0].campaigns[0].template"});
  // The stored account counts, and a stored template too.
  world.store(tenant(cloud));
  CHECK(wheres(tenant(R"("campaigns":[{"slug":"c"}])")) == Places{"tenants[0].campaigns[0].template"});
  world.store(tenant(R"("campaigns":[{"slug":"c",)" + template_of + "}]"));
  CHECK(wheres(tenant(R"("campaigns":[{"slug":"c","name":"New"}])")).empty());
}

TEST_CASE("an account that wants templates is checked against what is stored, of every tenant that will send with it") {
  const auto tenant = [](const std::string& fields) { return R"({"tenants":[{"slug":"a",)" + fields + "}]}"; };
  const auto account = [](const char* adapter) {
    return std::string(
               R"("credentials":[{"service":"whatsapp","base_url":"https://g.example","account":"1","secret":"s",
      "settings":{"adapter":")") +
           adapter + "\"}}]";
  };
  const std::string cloud = account("cloud"), gateway = account("gateway");
  const std::string stored =
      tenant(R"("campaigns":[{"slug":"c"},{"slug":"quiet","notifications":false},{"slug":"over","status":"ended"},
        {"slug":"d","kind":"drip","steps":[{"slug":"s","text":"x","channels":["whatsapp"]},
                                           {"slug":"e","text":"x","subject":"x","channels":["email"]}]}],
        "reminder_rules":[{"slug":"r","offset_days":1,"text":"x {outstanding}"}])");
  const auto found = [](World& world, const std::string& text) {
    std::vector<std::string> out;
    for (const Problem& p : world.check(text)) {
      CHECK(
          p.what.starts_with("this WhatsApp account (cloud) writes first by approved templates only, and the stored "));
      out.push_back(p.where + " " + p.what.substr(p.what.find("stored ") + 7));
    }
    return out;
  };
  using Found = std::vector<std::string>;
  const std::string end = " has none; give it one";
  const Found all{"tenants[0].credentials campaign c" + end, "tenants[0].credentials reminder rule r" + end,
                  "tenants[0].credentials step s of campaign d" + end};
  {
    World world;
    world.store(stored);
    CHECK(found(world, tenant(cloud)) == all);
    CHECK(found(world, tenant(gateway)).empty());
    // What the document gives again it says itself.
    CHECK(
        found(world, tenant(cloud + R"(,"campaigns":[{"slug":"c","notifications":false},{"slug":"d","status":"ended"}],
      "reminder_rules":[{"slug":"r","offset_days":1,"active":false}])"))
            .empty());
    CHECK(found(world, tenant(R"("campaigns":[{"slug":"d",)" + cloud + "}]")) ==
          Found{"tenants[0].campaigns[0].credentials step s of campaign d" + end});
    world.store(tenant(gateway));
    CHECK(found(world, tenant(cloud)) == all);
  }
  const std::string platform = R"({"platform":{)" + cloud + "}";
  {
    World world;
    world.store(stored);
    world.store(tenant(R"("grants":["whatsapp"])"));
    const Found of_a{"platform.credentials campaign c of tenant a" + end,
                     "platform.credentials reminder rule r of tenant a" + end,
                     "platform.credentials step s of campaign d of tenant a" + end};
    CHECK(found(world, platform + "}") == of_a);
    CHECK(found(world, platform + R"(,"tenants":[{"slug":"a"}]})").size() == 3);
    CHECK(found(world, platform + R"(,"tenants":[{"slug":"a","grants":[]}]})").empty());
  }
  {
    World world;
    world.store(stored);
    world.store(platform + "}");
    CHECK(found(world, tenant(R"("grants":["whatsapp"])")) == Found{"tenants[0].grants campaign c" + end,
                                                                    "tenants[0].grants reminder rule r" + end,
                                                                    "tenants[0].grants step s of campaign d" + end});
    // It waits already: a new secret is not refused for it.
    world.run("INSERT INTO platform_grants (tenant_id, service) SELECT id, 'whatsapp' FROM tenants WHERE slug = 'a'");
    CHECK(found(world, platform + "}").empty());
    CHECK(found(world, tenant(cloud)).empty());
  }
}
