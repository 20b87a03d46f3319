// The rules for template messages, each checked before anything is sent.
#include "providers/whatsapp/template.hpp"

#include "providers/whatsapp/fixture_test.hpp"

using namespace milkrun;

namespace {

// "" when the template may be sent; the call is counted.
std::string problem(const whatsapp::Message& message, const Credential& credential = test::cloud()) {
  test::FakeHttp http;
  http.answer(200, R"({"messages":[{"id":"wamid.1"}]})");
  const auto answer = test::send_with(http, credential, message);
  CHECK(http.sent.size() == (answer.receipt ? 1 : 0));
  if (answer.receipt) return "";
  // The message's own fault, or its campaign's; never the account's.
  const Error& error = answer.receipt.error();
  CHECK((error.fault == Fault::permanent || (error.fault == Fault::setting && error.item_only)));
  return answer.receipt.error().reason.text() + " | " + answer.receipt.error().detail;
}

std::string parameters(std::vector<std::string> values) { return problem(test::template_message(std::move(values))); }

std::string repeated(std::string_view s, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += s;
  return out;
}

} // namespace

TEST_CASE("a parameter that Meta would refuse is named by its number") {
  const auto refusal = [](const std::string& what) {
    return "whatsapp: template parameter is not allowed | parameter 2: " + what;
  };
  struct {
    std::string parameter, what;
  } const table[] = {
      {"", "is empty"},
      {"   ", "is empty"},
      {"\u00a0", "is empty"},
      {"a\nb", "has a line break"},
      {"a\r", "has a line break"},
      {"a\vb", "has a line break"},
      {"a\u2028b", "has a line break"},
      {"a\u0085b", "has a line break"},
      {"a\tb", "has a tab"},
      {"a     b", "has more than four blanks in a row"},
      {"a\x1b[31m", "has a control character"},
      {"a\x7f", "has a control character"},
      {"a\xff", "is not UTF-8"},
      {repeated("ü", 1025), "is longer than 1024 characters"},
  };
  for (const auto& row : table) {
    CAPTURE(row.parameter.substr(0, 20));
    CHECK(parameters({"Ana", row.parameter}) == refusal(row.what));
  }
}

TEST_CASE("parameters that Meta takes are sent") {
  CHECK(parameters({}) == "");
  CHECK(parameters({"Ana", "a    b", " x ", "\"ü\" \\ 🥛 {{1}}"}) == "");
  CHECK(parameters({repeated("ü", 1024)}) == "");
  CHECK(parameters({repeated("ü", 1000), repeated("x", 25)}) ==
        "whatsapp: template is too long | 2 parameters of 1025 characters");
  CHECK(parameters(std::vector<std::string>(101, "x")) ==
        "whatsapp: template is too long | 101 parameters of 101 characters");
}

TEST_CASE("name and language must be such") {
  for (const char* name : {"", "Task", "task-verified", "task verified", "../x"}) {
    CAPTURE(name);
    whatsapp::Message message = test::template_message();
    message.tmpl->name = name;
    CHECK(problem(message).starts_with("whatsapp: template has no name"));
  }
  for (const char* language : {"", "e", "en-US", "en US", "_en", "en_US_something_long"}) {
    CAPTURE(language);
    whatsapp::Message message = test::template_message();
    message.tmpl->language = language;
    CHECK(problem(message).starts_with("whatsapp: template has no language"));
  }
  for (const char* language : {"en", "en_US", "zh_Hant_HK", "fil"}) CHECK(whatsapp::is_language(language));
}

TEST_CASE("adapters without templates send the text and do not look at a template") {
  whatsapp::Message message = test::template_message({""});
  message.text = "Hallo";
  test::FakeHttp http;
  http.answer(200, "{}");
  CHECK(test::send_with(http, test::bearer(), message).receipt);
  CHECK(http.sent.at(0).body == R"({"message":"Hallo","number":"491701234567","sender":"asha-shop"})");
}
