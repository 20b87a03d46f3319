// What all WhatsApp senders have in common: acceptance, credentials, doubles, and faults around the moment of storing.
#include "whatsapp_fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;

TEST_CASE("every sender accepts its well-formed message once, with an id of its own, under the account's name") {
  const auto& sandbox = whatsapp_sandbox();
  std::size_t n = 0;
  for (const Letter& letter : letters()) {
    CAPTURE(letter.kind);
    const auto answer = send(sandbox, letter);
    REQUIRE(answer);
    CHECK(answer->status == letter.status);
    CHECK(json_of(answer).at(letter.id).get<std::string>().size() >= 16);
    const Json stored = messages(sandbox);
    REQUIRE(stored.size() == ++n);
    CHECK(stored.back()["account"] == letter.kind);
    CHECK(stored.back()["kind"] == letter.kind);
    CHECK(stored.back()["to"] == "4915112345678");
    CHECK(stored.back()["text"] == "Hello");
    const Json entry = control(sandbox, "GET", "journal").back();
    CHECK(entry["route"] == "whatsapp:" + letter.kind + ":send");
    CHECK(entry["who"] == letter.kind);
  }
  CHECK(messages(sandbox)[0]["key"] == "message:7");
  CHECK(messages(sandbox)[0]["sender"] == "106");
  CHECK(messages(sandbox)[1]["sender"] == "15863");
  CHECK(messages(sandbox)[3]["sender"] == "asha");
  CHECK(control(sandbox, "GET", "effects")["doubles"].empty());
}

TEST_CASE("a credential that is nobody's is refused in the sender's own words, and nothing is stored") {
  const auto& sandbox = whatsapp_sandbox();
  for (Letter letter : letters()) {
    CAPTURE(letter.kind);
    letter.headers.clear();
    if (letter.kind == "generic") letter.body = "number=1&message=Hello";
    const auto answer = send(sandbox, letter);
    REQUIRE(answer);
    CHECK(answer->status == (letter.kind == "cloud" ? 400 : 401));
    CHECK(control(sandbox, "GET", "journal").back()["who"] == "nobody");
  }
  CHECK(messages(sandbox).empty());
}

TEST_CASE("another account's token is that account's in the journal, and cannot send from this place") {
  const auto& sandbox = whatsapp_sandbox();
  const Json others{{"cloud2", {{"token", "cloud2-token"}, {"phone_id", "107"}}},
                    {"waapi2", {{"kind", "waapi"}, {"token", "waapi2-token"}, {"instance", "2"}}},
                    {"bearer2", {{"kind", "bearer"}, {"token", "bearer2-token"}, {"path", "/new/send"}}}};
  control(sandbox, "PATCH", "state", {{"whatsapp", others}});
  for (const auto& [kind, status] : {std::pair{"cloud", 400}, {"waapi", 404}, {"bearer", 404}}) {
    CAPTURE(kind);
    Letter letter = letter_to(kind);
    letter.headers = {{"Authorization", "Bearer " + std::string(kind) + "2-token"}};
    CHECK(send(sandbox, letter)->status == status);
    CHECK(control(sandbox, "GET", "journal").back()["who"] == std::string(kind) + "2");
  }
  Letter letter = letter_to("gateway");
  letter.headers = {{"X-API-Key", "gateway-key"}};
  CHECK(send(sandbox, letter)->status == 503);
  CHECK(messages(sandbox).empty());
}

TEST_CASE("doubles are counted for each recipient and key, and by content where there is no key") {
  const auto& sandbox = whatsapp_sandbox();
  Letter letter = letter_to("cloud");
  send(sandbox, letter);
  Json body = Json::parse(letter.body);
  body["biz_opaque_callback_data"] = "message:8";
  letter.body = body.dump();
  send(sandbox, letter);
  CHECK(control(sandbox, "GET", "effects")["doubles"].empty());
  body["to"] = "004915112345678";
  letter.body = body.dump();
  send(sandbox, letter);
  send(sandbox, letter_to("waapi"));
  send(sandbox, letter_to("gateway"));
  send(sandbox, letter_to("gateway"));
  const Json doubles = control(sandbox, "GET", "effects")["doubles"];
  REQUIRE(doubles.size() == 2);
  CHECK(doubles[0] == Json{{"to", "4915112345678"}, {"key", ""}, {"text", "Hello"}, {"times", 2}});
  CHECK(doubles[1]["key"] == "message:8");
  CHECK(doubles[1]["times"] == 2);
}

TEST_CASE("an answer lost after the message was accepted leaves it stored, one lost before does not") {
  const auto& sandbox = whatsapp_sandbox();
  std::size_t expected = 0;
  for (const Letter& letter : letters())
    for (const auto& [kind, stores] : {std::pair{"close_before", false},
                                       {"reset_before", false},
                                       {"close_after", true},
                                       {"reset_after", true},
                                       {"garbage", true},
                                       {"truncate", true},
                                       {"cut", true}}) {
      CAPTURE(letter.kind);
      CAPTURE(kind);
      control(sandbox, "POST", "faults", {{"route", "whatsapp:" + letter.kind}, {"kind", kind}, {"bytes", 20}});
      CHECK_FALSE(send(sandbox, letter));
      expected += stores ? 1 : 0;
      CHECK(messages(sandbox).size() == expected);
    }
}

TEST_CASE("answers are late, limited, huge, slow, or errors under 200, and the message is stored as the fault says") {
  const auto& sandbox = whatsapp_sandbox();
  const Letter letter = letter_to("cloud");
  const auto with = [&](Json fault) {
    fault["route"] = "whatsapp:cloud:send";
    control(sandbox, "POST", "faults", fault);
    return send(sandbox, letter);
  };
  CHECK(with({{"kind", "status"}, {"status", 429}, {"headers", {{"Retry-After", 7}}}})->status == 429);
  CHECK(messages(sandbox).empty());
  CHECK(with({{"kind", "status"}, {"status", 502}, {"process", true}})->status == 502);
  CHECK(messages(sandbox).size() == 1);
  const auto inside = with({{"kind", "body"}, {"body", R"({"error":{"code":131000}})"}});
  CHECK(inside->status == 200);
  CHECK(json_of(inside)["error"]["code"] == 131000);
  CHECK(messages(sandbox).size() == 2);
  CHECK(with({{"kind", "huge"}, {"bytes", 100'000}})->body.size() == 100'000);
  CHECK(with({{"kind", "slow"}, {"ms", 1}, {"bytes", 40}})->status == 200);
  CHECK(with({{"kind", "delay_after"}, {"ms", 1}})->status == 200);
  CHECK(with({{"kind", "delay_before"}, {"ms", 1}})->status == 200);
  CHECK(messages(sandbox).size() == 6);
  CHECK_FALSE(with({{"kind", "delay_after"}, {"ms", 60'000}}));
  CHECK(messages(sandbox).size() == 7);
}

TEST_CASE("planned errors refuse a message of their choice once, in the sender's own shape") {
  const auto& sandbox = whatsapp_sandbox();
  for (const Letter& letter : letters()) {
    CAPTURE(letter.kind);
    const Json other{{"status", 500}, {"contains", "a text that is not sent"}};
    const Json planned{{"code", 63018}, {"status", 429}, {"message", "too many"}};
    set_sender(sandbox, letter.kind, {{"errors", {other, planned}}});
    const auto refused = send(sandbox, letter);
    CHECK(refused->status == 429);
    CHECK(refused->body.find("too many") != std::string::npos);
    CHECK(messages(sandbox).empty());
  }
  CHECK(send(sandbox, letter_to("twilio"))->status == 201);
}
