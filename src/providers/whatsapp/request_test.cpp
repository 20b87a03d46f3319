// What each service is sent, byte for byte.
#include "providers/whatsapp/fixture_test.hpp"

#include "base/text.hpp"

using namespace milkrun;
using test::Json;

namespace {

// The request as it would look on the wire, secret headers with the host they are bound to.
std::string wire(const Credential& credential, const whatsapp::Message& message = test::text_message()) {
  test::FakeHttp http;
  http.answer(500, "");
  const auto answer = test::send_with(http, credential, message);
  if (http.sent.empty()) return "not sent: " + answer.receipt.error().reason.text();
  const http::Request& sent = http.sent.front();
  std::string out = sent.method + " " + sent.url + "\n";
  for (const auto& [name, value] : sent.headers) out += name + ": " + value + "\n";
  for (const auto& secret : sent.secret_headers)
    out += secret.name + "@" + secret.host + ": " + std::string(secret.value.reveal()) + "\n";
  return out + sent.body;
}

const std::string json = "Content-Type: application/json\nAccept: application/json\n";
const std::string form = "Content-Type: application/x-www-form-urlencoded\nAccept: application/json\n";
const std::string key{test::canary};

} // namespace

TEST_CASE("every request is one POST of the tenant that must not happen twice, without redirects") {
  for (const Credential& credential :
       {test::cloud(), test::waapi(), test::bearer(), test::gateway(), test::twilio(), test::generic()}) {
    CAPTURE(credential.settings);
    test::FakeHttp http;
    http.answer(500, "");
    test::send_with(http, credential);
    REQUIRE(http.sent.size() == 1);
    const http::Request& sent = http.sent.front();
    CHECK(sent.method == "POST");
    CHECK(sent.effect == http::Effect::once);
    CHECK(sent.max_redirects == 0);
    CHECK(sent.max_body == 128 * 1024);
    CHECK(sent.timeout == std::chrono::seconds(30));
    CHECK(sent.caller.tenant == "asha");
    CHECK(sent.caller.service == "whatsapp");
    REQUIRE(sent.secret_headers.size() == 1);
    CHECK(sent.secret_headers[0].host == http::host_of(sent.url));
    CHECK(sent.url.find(key) == std::string::npos);
    CHECK(sent.body.find(key) == std::string::npos);
    for (const auto& header : sent.headers) CHECK(header.value.find(key) == std::string::npos);
  }
}

TEST_CASE("the Cloud API is sent a template with positional parameters") {
  CHECK(
      wire(test::cloud(), test::template_message()) ==
      "POST https://graph.facebook.com/v25.0/106540352242922/messages\n" + json +
          "Authorization@graph.facebook.com: Bearer " + key + "\n" +
          R"({"biz_opaque_callback_data":"completion:7","messaging_product":"whatsapp","recipient_type":"individual",)"
          R"("template":{"components":[{"parameters":[{"text":"Ana","type":"text"},{"text":"5","type":"text"}],)"
          R"("type":"body"}],"language":{"code":"en_US","policy":"deterministic"},"name":"task_verified"},)"
          R"("to":"+491701234567","type":"template"})");
  whatsapp::Message bare = test::template_message({});
  bare.key = "";
  CHECK(wire(test::cloud({{"version", "v26.0"}}), bare) ==
        "POST https://graph.facebook.com/v26.0/106540352242922/messages\n" + json +
            "Authorization@graph.facebook.com: Bearer " + key + "\n" +
            R"({"messaging_product":"whatsapp","recipient_type":"individual","template":{"language":{"code":"en_US",)"
            R"("policy":"deterministic"},"name":"task_verified"},"to":"+491701234567","type":"template"})");
}

TEST_CASE("the settings' template fills what the message's leaves empty") {
  whatsapp::Message message = test::template_message({});
  message.tmpl = whatsapp::Template{};
  const Json standard = {{"template", {{"name", "standard"}, {"language", "de"}}}};
  CHECK(wire(test::cloud(standard), message)
            .find(R"("language":{"code":"de","policy":"deterministic"},"name":"standard")") != std::string::npos);
  CHECK(wire(test::cloud(), message) == "not sent: whatsapp: template has no name");
  message.tmpl->name = "x";
  CHECK(wire(test::cloud(), message) == "not sent: whatsapp: template has no language");
}

TEST_CASE("the Cloud API is sent text only while the window is open, and a template where there is one") {
  CHECK(
      wire(test::cloud()) ==
      "POST https://graph.facebook.com/v25.0/106540352242922/messages\n" + json +
          "Authorization@graph.facebook.com: Bearer " + key + "\n" +
          R"({"biz_opaque_callback_data":"completion:7","messaging_product":"whatsapp","recipient_type":"individual",)"
          R"("text":{"body":"Hallo 🥛\n\"Ana\"","preview_url":false},"to":"+491701234567","type":"text"})");
  CHECK(wire(test::cloud({{"link_preview", true}})).find(R"("preview_url":true)") != std::string::npos);
  whatsapp::Message closed = test::text_message();
  closed.window_open = false;
  for (const Credential& credential : {test::cloud(), test::twilio()})
    CHECK(wire(credential, closed) == "not sent: whatsapp: needs a template");
  whatsapp::Message both = test::template_message();
  both.text = "Hallo";
  both.window_open = true;
  CHECK(wire(test::cloud(), both).find(R"("type":"template")") != std::string::npos);
}

TEST_CASE("a service with the Cloud API's bodies has its own path and header") {
  Credential credential = test::whatsapp_credential("cloud", "https://waba-v2.360dialog.io/", "",
                                                    {{"path", "/messages"}, {"auth", {{"header", "D360-API-KEY"}}}});
  const std::string sent = wire(credential);
  CHECK(sent.starts_with("POST https://waba-v2.360dialog.io/messages\n" + json +
                         "D360-API-KEY@waba-v2.360dialog.io: " + key + "\n{"));
}

TEST_CASE("waapi.app is sent a chat id and the text") {
  const std::string head = json + "Authorization@waapi.app: Bearer " + key + "\n";
  const std::string url = "POST https://waapi.app/api/v1/instances/15863/client/action/send-message\n";
  CHECK(wire(test::waapi()) == url + head + R"({"chatId":"491701234567@c.us","message":"Hallo 🥛\n\"Ana\""})");
  Credential based = test::waapi({{"link_preview", false}});
  based.base_url = "https://waapi.app/api/v1/";
  CHECK(wire(based) ==
        url + head + R"({"chatId":"491701234567@c.us","message":"Hallo 🥛\n\"Ana\"","previewLink":false})");
}

TEST_CASE("a bearer gateway is sent number, message and sender, or the platform's instance") {
  const std::string head = "POST https://wa.example/send\n" + json + "Authorization@wa.example: Bearer " + key + "\n";
  const std::string message = R"("message":"Hallo 🥛\n\"Ana\"","number":)";
  CHECK(wire(test::bearer()) == head + "{" + message + R"("491701234567","sender":"asha-shop"})");
  CHECK(wire(test::bearer({{"sender", "s2"}})) == head + "{" + message + R"("491701234567","sender":"s2"})");
  CHECK(wire(test::bearer({{"instance_id", "42"}})) ==
        head + R"({"instanceId":"42",)" + message + R"("491701234567"})");
  Credential nameless = test::bearer();
  nameless.account = "";
  CHECK(wire(nameless) == head + "{" + message + R"("491701234567","sender":"default"})");
  for (const auto& [format, number] : {std::pair{"digits", "491701234567"},
                                       {"plus", "+491701234567"},
                                       {"chat_id", "491701234567@c.us"},
                                       {"whatsapp", "whatsapp:+491701234567"}}) {
    CAPTURE(format);
    CHECK(Json::parse(wire(test::bearer({{"number_format", format}})).substr(head.size()))["number"] == number);
  }
}

TEST_CASE("the session gateway is sent its key and session in headers") {
  const std::string head = "POST https://gw.example/messages/send\n" + json;
  const std::string body =
      "X-API-Key@gw.example: " + key + "\n" + R"({"message":"Hallo 🥛\n\"Ana\"","to":"491701234567"})";
  CHECK(wire(test::gateway()) == head + "X-Session-Id: asha\n" + body);
  CHECK(wire(test::gateway({{"session", "s2"}})) == head + "X-Session-Id: s2\n" + body);
  Credential nameless = test::gateway();
  nameless.account = "";
  CHECK(wire(nameless) == head + "X-Session-Id: default\n" + body);
}

TEST_CASE("the session gateway is not given a number that it would take for a domestic one") {
  whatsapp::Message message = test::text_message();
  message.to = "+4512345678"; // ten digits: it would become +1 4512345678
  CHECK(wire(test::gateway(), message) == "not sent: whatsapp: gateway would change the number");
  CHECK(wire(test::gateway({{"ten_digits_kept", true}}), message).find(R"("to":"4512345678")") != std::string::npos);
  message.to = "+1451234567";
  CHECK(wire(test::gateway(), message).find(R"("to":"1451234567")") != std::string::npos);
}

TEST_CASE("Twilio is sent a form with Basic authorization") {
  const std::string url =
      "POST https://api.twilio.com/2010-04-01/Accounts/" + test::twilio_account + "/Messages.json\n";
  const auto basic = [](const std::string& user) {
    return "Authorization@api.twilio.com: Basic " + text::base64(user + ":" + key) + "\n";
  };
  CHECK(wire(test::twilio()) == url + form + basic(test::twilio_account) +
                                    "From=whatsapp%3A%2B14155238886&To=whatsapp%3A%2B491701234567"
                                    "&Body=Hallo%20%F0%9F%A5%9B%0A%22Ana%22");
  whatsapp::Message message = test::template_message({"Ana & Bo", "5"});
  message.tmpl->name = "HX00112233445566778899aabbccddeeff";
  Credential service = test::whatsapp_credential("twilio", "https://api.twilio.com", test::twilio_account,
                                                 {{"messaging_service", "MG01"}, {"api_key", "SK01"}});
  CHECK(wire(service, message) == url + form + basic("SK01") +
                                      "MessagingServiceSid=MG01&To=whatsapp%3A%2B491701234567"
                                      "&ContentSid=HX00112233445566778899aabbccddeeff"
                                      "&ContentVariables=%7B%221%22%3A%22Ana%20%26%20Bo%22%2C%222%22%3A%225%22%7D");
  message.tmpl->parameters.clear();
  CHECK(wire(service, message).ends_with("&ContentSid=HX00112233445566778899aabbccddeeff"));
  message.tmpl->name = "task_verified";
  CHECK(wire(service, message) == "not sent: whatsapp: template has no name");
}

TEST_CASE("a generic gateway is sent what its settings say, with values as data") {
  const Credential all = test::generic(
      {{"path", "/v1/messages"},
       {"headers", {{"X-Team", "a b"}}},
       {"sender", "shop"},
       {"method", "PUT"},
       {"auth", {{"header", "Authorization"}, {"prefix", "Token "}}},
       {"body",
        R"({"a": ["{{number}}", "{{ number_plus }}", "{{chat_id}}"], "m": "<{{message}}>", "n": 1, "s": "{{sender}}/{{job_id}}"})"}});
  CHECK(wire(all, test::text_message("x\",\"n\":2,\"{{secret}}\\ \x01")) ==
        "PUT https://any.example/send/v1/messages\n" + json + "X-Team: a b\nAuthorization@any.example: Token " + key +
            "\n" +
            R"({"a":["491701234567","+491701234567","491701234567@c.us"],"m":"<x\",\"n\":2,\"{{secret}}\\ \u0001>",)"
            R"("n":1,"s":"shop/completion:7"})");
  const Credential open = test::whatsapp_credential("generic", "http://127.0.0.1:9/x", "me",
                                                    {{"body", "to={{number_plus}}&text={{message}}&from={{sender}}"},
                                                     {"content_type", "application/x-www-form-urlencoded"}});
  CHECK(wire(open, test::text_message("a&to=1 {{number}}")) ==
        "POST http://127.0.0.1:9/x\n" + form + "to=%2B491701234567&text=a%26to%3D1%20%7B%7Bnumber%7D%7D&from=me");
}

TEST_CASE("gateways that want their key in the body get it there, at their own host only") {
  Credential mpwa = test::whatsapp_credential(
      "generic", "https://mpwa.example/send-message", "4917000",
      {{"secret_in_body", true},
       {"body",
        {{"api_key", "{{secret}}"}, {"sender", "{{sender}}"}, {"number", "{{number}}"}, {"message", "{{message}}"}}}});
  CHECK(wire(mpwa, test::text_message("{{secret}}")) ==
        "POST https://mpwa.example/send-message\n" + json + R"({"api_key":")" + key +
            R"(","message":"{{secret}}","number":"491701234567","sender":"4917000"})");
  mpwa.base_url = "https://elsewhere.example/send-message";
  CHECK(wire(mpwa) == "not sent: whatsapp: credential is for another host");
  mpwa.secret = Secret();
  CHECK(wire(mpwa) == "not sent: whatsapp: no key");
}

TEST_CASE("what is known to be wrong costs no call") {
  const auto number = [](const char* to) {
    whatsapp::Message message = test::text_message();
    message.to = to;
    return wire(test::waapi(), message);
  };
  for (const char* bad : {"", "491701234567", "+0491701234", "+1234567", "+1234567890123456", "+49 170 1234567",
                          "0049170123456", "+4917012345a7", "+", "US.13491208655302741918"}) {
    CAPTURE(bad);
    CHECK(number(bad) == "not sent: whatsapp: bad number");
  }
  CHECK(number("+12345678").starts_with("POST"));
  whatsapp::Message message = test::text_message();
  message.key.assign(257, 'k');
  CHECK(wire(test::cloud(), message) == "not sent: whatsapp: key too long");
  message.key.assign(256, 'k');
  CHECK(wire(test::cloud(), message).starts_with("POST"));
  for (const char* empty : {"", " \n\t", "\u00a0"})
    CHECK(wire(test::bearer(), test::text_message(empty)) == "not sent: whatsapp: empty text");
  std::string milk;
  for (int i = 0; i < 4096; ++i) milk += "ü";
  CHECK(wire(test::gateway(), test::text_message(milk)).starts_with("POST"));
  CHECK(wire(test::gateway(), test::text_message(milk + "x")) == "not sent: whatsapp: text too long");
  CHECK(wire(test::cloud(), test::text_message(milk + "x")) == "not sent: whatsapp: text too long");
  CHECK(wire(test::waapi(), test::text_message(milk + "x")).starts_with("POST"));
  CHECK(wire(test::bearer(), test::text_message("a\xff z")).find("a\ufffd z") != std::string::npos);
}

TEST_CASE("an account or key that cannot work rests the credential, not the message") {
  const auto failed = [](Credential credential, const char* account, bool with_key) {
    credential.account = account;
    if (!with_key) credential.secret = Secret();
    test::FakeHttp http;
    const auto answer = test::send_with(http, credential);
    CHECK(http.sent.empty());
    return test::told(answer);
  };
  for (const char* account : {"", "12a", "1/../2", "+491701234567"}) {
    CAPTURE(account);
    CHECK(failed(test::cloud(), account, true) == "setting | whatsapp: bad account");
    CHECK(failed(test::waapi(), account, true) == "setting | whatsapp: bad account");
    CHECK(failed(test::twilio(), account, true) == "setting | whatsapp: bad account");
  }
  CHECK(failed(test::gateway(), "a b", true) == "setting | whatsapp: bad account");
  for (const Credential& credential : {test::cloud(), test::waapi(), test::bearer(), test::gateway(), test::twilio()})
    CHECK(failed(credential, credential.account.c_str(), false) == "setting | whatsapp: no key");
  Credential broken = test::cloud();
  broken.settings = "{";
  CHECK(failed(broken, "1", true) == "setting | whatsapp: bad settings");
}

TEST_CASE("the network's own errors pass as they are") {
  test::FakeHttp http;
  http.answers.push_back(fail(Fault::uncertain, "network.answer_cut_short"));
  http.answers.push_back(fail(Fault::outage, "network.cannot_connect"));
  CHECK(test::told(test::send_with(http, test::cloud())) == "uncertain | network: answer cut short");
  CHECK(test::told(test::send_with(http, test::twilio())) == "outage | network: cannot connect");
}
