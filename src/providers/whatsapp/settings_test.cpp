// Settings: each key with a good and a bad value, and complaints that say key, value and mend.
#include "providers/whatsapp/settings.hpp"

#include "providers/whatsapp/fixture_test.hpp"
#include "providers/whatsapp/placeholder.hpp"

using namespace milkrun;
using test::Json;

namespace {

std::string complaint(const Json& settings) {
  const auto checked = whatsapp::check_settings(settings.dump());
  if (checked) return "";
  CHECK(checked.error().fault == Fault::permanent);
  CHECK(checked.error().reason.code() == "whatsapp.bad_settings");
  return checked.error().detail;
}

Json with(Json base, const char* key, Json value) {
  base[key] = std::move(value);
  return base;
}

const Json plain_body = {{"n", "{{number}}"}, {"m", "{{message}}"}};
const Json bases[] = {
    {{"adapter", "cloud"}},   {{"adapter", "waapi"}},
    {{"adapter", "bearer"}},  {{"adapter", "generic"}, {"body", plain_body}},
    {{"adapter", "gateway"}}, {{"adapter", "twilio"}, {"from", "+14155238886"}},
};

const Json& base_of(const std::string& adapter) {
  for (const Json& base : bases)
    if (base["adapter"] == adapter) return base;
  FAIL("no such adapter");
  return bases[0];
}

struct Row {
  const char* adapters; // that know the key
  const char* key;
  std::vector<Json> good, bad;
};

const std::vector<Row> rows = {
    {"cloud twilio",
     "template",
     {{{"name", "a"}, {"language", "pt_BR"}}, {{"name", "a"}}},
     {"a", Json::array(), {{"name", 1}}, {{"name", ""}}, {{"name", "a"}, {"language", "e"}}, {{"nam", "a"}}}},
    {"cloud", "version", {"v25.0", "v103.12"}, {"25.0", "v25", "v.0", "v25.", "v2/5.0", 25, "v250000.000"}},
    {"cloud generic",
     "path",
     {"/messages", "/message/sendText/shop-1"},
     {"messages", "", "/a?k=v", "/a#b", "/{{sender}}", "/a b", "/\\x", 7}},
    {"cloud", "app_id", {"123456"}, {123456, "", "12a", "123456789012345678901234567890123"}},
    {"cloud generic",
     "auth",
     {{{"header", "apikey"}}, {{"header", "Authorization"}, {"prefix", "Bearer "}}},
     {"apikey",
      {{"prefix", "x"}},
      {{"header", "Host"}},
      {{"header", "Content-Type"}},
      {{"header", "a b"}},
      {{"header", "a"}, {"prefix", "0123456789abcdef!"}},
      {{"header", "a"}, {"prefix", "x\n"}},
      {{"header", "a"}, {"key", "x"}}}},
    {"cloud waapi", "link_preview", {true, false}, {1, "true", nullptr}},
    {"bearer generic", "sender", {"shop"}, {"", "a b", 7}},
    {"bearer", "instance_id", {"42"}, {42, ""}},
    {"bearer", "number_format", {"digits", "plus", "chat_id", "whatsapp"}, {"e164", 1}},
    {"gateway", "session", {"shop-1"}, {"", "a\nb", nullptr}},
    {"gateway", "ten_digits_kept", {true, false}, {"yes", 1}},
    {"twilio", "from", {"+4917012345678"}, {"4917012345678", "whatsapp:+4917012345678", 49, ""}},
    {"twilio", "api_key", {"SK0123"}, {"AC0123", "SK", "SK 1"}},
    {"generic", "method", {"POST", "PUT"}, {"GET", "post", 1}},
    {"generic", "content_type", {"application/json"}, {"text/plain", "application/json; charset=utf-8", 1}},
    {"generic",
     "headers",
     {Json::object(), {{"X-Team", "a b"}}},
     {Json::array(),
      {{"Authorization", "x"}},
      {{"X-Api-Key", "x"}},
      {{"Cookie", "x"}},
      {{"X-Token", "x"}},
      {{"X-Auth", "x"}},
      {{"Session-Id", "x"}},
      {{"Host", "x"}},
      {{"content-length", "1"}},
      {{"Content-Type", "a"}},
      {{"a b", "x"}},
      {{"X-A", ""}},
      {{"X-A", "x\r\ny"}},
      {{"X-A", 1}}}},
    {"generic",
     "body",
     {plain_body, {{"n", {"{{chat_id}}"}}, {"m", "{{message}}"}}, R"({"n":"{{number_plus}}","m":"{{message}}"})"},
     {nullptr,
      "",
      7,
      Json::object(),
      {{"m", "{{message}}"}},
      {{"n", "{{number}}"}},
      {{"n", "{{number}}"}, {"m", "{{message"}},
      {{"n", "{{number}}"}, {"m", "{{message}}{{token}}"}},
      {{"n", "{{number}}"}, {"m", "{{message}}{{secret}}"}},
      {{"n", "{{number}}"}, {"m", "{{message}}"}, {"apikey", "0123456789abcdef"}},
      {{"n", "{{number}}"}, {"m", "{{message}}"}, {"auth", {{"pass", 123456}}}},
      R"({"n":{{number}},"m":"{{message}}"})",
      "{{number}}{{message}}",
      R"("{{number}}{{message}}")"}},
    {"generic", "secret_in_body", {false}, {true, 1, "true"}},
    {"generic",
     "success",
     {{{"status", {200, 299}}}, {{"pointer", "/a"}, {"equals", "x"}}, {{"pointer", ""}, {"equals", 1}}},
     {Json::object(),
      true,
      {{"status", Json::array()}},
      {{"status", {300}}},
      {{"status", {"200"}}},
      {{"pointer", "/a"}},
      {{"equals", 1}},
      {{"pointer", "a"}, {"equals", 1}},
      {{"pointer", "/~2"}, {"equals", 1}},
      {{"pointer", "/a"}, {"equals", nullptr}},
      {{"pointer", "/a"}, {"equals", Json::object()}},
      {{"pointer", 1}, {"equals", 1}},
      {{"statuses", {200}}}}},
    {"generic", "id_pointers", {{"/id"}, {"/key/id", "/data/0/id"}}, {Json::array(), "/id", {""}, {"id"}, {7}}},
    {"generic", "error_pointer", {"/message"}, {"", "message", 7, "/~"}},
    {"generic", "retry_status", {{429, 503}}, {Json::array(), 503, {200}, {600}, {"503"}}},
};

} // namespace

TEST_CASE("each adapter's settings may be the adapter alone, where nothing else is needed") {
  for (const Json& base : bases) {
    CAPTURE(base);
    CHECK(complaint(base) == "");
  }
}

TEST_CASE("each key has values that are taken and values that are refused by name") {
  for (const Row& row : rows) {
    for (const Json& base : bases) {
      const std::string adapter = base["adapter"];
      CAPTURE(adapter);
      CAPTURE(row.key);
      const bool known = (" " + std::string(row.adapters) + " ").find(" " + adapter + " ") != std::string::npos;
      if (!known) {
        const std::string said = complaint(with(base, row.key, row.good.front()));
        CHECK(said.starts_with("unknown key " + std::string(row.key) + ": " + adapter + " knows adapter"));
        continue;
      }
      for (const Json& value : row.good) {
        CAPTURE(value);
        CHECK(complaint(with(base, row.key, value)) == "");
      }
      for (const Json& value : row.bad) {
        CAPTURE(value);
        CHECK(complaint(with(base, row.key, value)).starts_with(row.key));
      }
    }
  }
}

TEST_CASE("a complaint names the key, the value and the mend") {
  CHECK(complaint(with(base_of("cloud"), "version", "latest")) == R"(version = "latest": must look like v25.0)");
  CHECK(complaint({{"adapter", "smtp"}}) ==
        R"(adapter = "smtp": must be cloud, waapi, bearer, gateway, generic or twilio)");
  CHECK(complaint(Json::object()).starts_with("adapter = null: must be cloud"));
  CHECK(complaint(with(base_of("gateway"), "apikey", "x")) ==
        "unknown key apikey: gateway knows adapter, session, ten_digits_kept");
  CHECK(complaint(Json::array()) == "not a JSON object");
  CHECK(complaint(with(base_of("generic"), "body", {{"n", "{{number}}"}, {"m", "{{message}} {{token}}"}})) ==
        "body: {{token}} is unknown: there are number, number_plus, chat_id, message, sender, job_id and secret");
  for (const char* text : {"", "{", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"})
    CHECK_FALSE(whatsapp::check_settings(text));
}

TEST_CASE("Twilio needs exactly one kind of sender") {
  const std::string mend = "from, messaging_service: exactly one of them is needed";
  CHECK(complaint({{"adapter", "twilio"}}) == mend);
  CHECK(complaint({{"adapter", "twilio"}, {"messaging_service", "MG1"}}) == "");
  CHECK(complaint({{"adapter", "twilio"}, {"messaging_service", "MG1"}, {"from", "+4917012345678"}}) == mend);
  CHECK(complaint({{"adapter", "twilio"}, {"messaging_service", "AC1"}}).starts_with("messaging_service = "));
}

TEST_CASE("a generic gateway needs a body that fits its content type and its secret") {
  CHECK(complaint({{"adapter", "generic"}}) == "body: is needed");
  Json settings = base_of("generic");
  settings["content_type"] = "application/x-www-form-urlencoded";
  CHECK(complaint(settings) == "body: a form needs a text such as to={{number}}");
  settings["body"] = "to={{number}}&text={{message}}";
  CHECK(complaint(settings) == "");
  settings["body"] = "to={{number}}&text={{message}}&key={{secret}}";
  CHECK(complaint(settings) == "body: {{secret}} needs secret_in_body = true");
  settings["secret_in_body"] = true;
  CHECK(complaint(settings) == "");
}

TEST_CASE("placeholders are filled in one pass") {
  const auto value_of = [](std::string_view name) {
    return name == "a" ? std::string("{{b}}{{") : "<" + std::string(name) + ">";
  };
  CHECK(whatsapp::fill(std::string_view("{{a}}-{{ b }}-{{a}"), value_of) == "{{b}}{{-<b>-{{a}");
  CHECK(whatsapp::fill(Json{{"{{a}}", {1, "{{b}}", nullptr, true}}}, value_of) ==
        Json{{"{{a}}", {1, "<b>", nullptr, true}}});
  CHECK_FALSE(whatsapp::placeholders(std::string_view("{{a}} {{b")));
  CHECK(whatsapp::placeholders(Json{{"x", {"{{a}}", {{"y", "{{b}}{{c}}"}}}}}) ==
        std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("JSON pointers find what they name and nothing else") {
  const Json value = Json::parse(R"({"a":{"b/c":[10,{"~":1}]},"":7})");
  const auto at = [&](const char* pointer) {
    const Json* found = whatsapp::at_pointer(value, pointer);
    return found == nullptr ? "-" : found->dump();
  };
  CHECK(at("") == value.dump());
  CHECK(at("/") == "7");
  CHECK(at("/a/b~1c/0") == "10");
  CHECK(at("/a/b~1c/1/~0") == "1");
  for (const char* none : {"/b", "/a/b~1c/2", "/a/b~1c/00", "/a/b~1c/-1", "/a/b~1c/x", "/a/b~1c/", "/a/b~1c/0/x",
                           "/a/b~1c/99999999999999999999"}) {
    CAPTURE(none);
    CHECK(at(none) == "-");
  }
}

TEST_CASE("a form's body is one line, and no secret is written out in it") {
  const Json form = with(with(base_of("generic"), "content_type", "application/x-www-form-urlencoded"), "body", "");
  CHECK(complaint(with(form, "body", "to={{number}}&text={{message}}&kind=sms")) == "");
  CHECK(
      complaint(with(form, "body", "apikey=abc123&to={{number}}&text={{message}}")).find("apikey must be {{secret}}") !=
      std::string::npos);
  CHECK(
      complaint(with(form, "body", "to={{number}}&text={{message}}\r\nGET /stolen HTTP/1.1\r\nX: ")).find("one line") !=
      std::string::npos);
}
