// Text helpers: white space, encodings, numbers; ids and the digest.
#include "base/text.hpp"

#include "base/id.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <limits>
#include <set>

using namespace milkrun;
using namespace std::string_literals;

TEST_CASE("trim takes ASCII white space off both ends only") {
  CHECK(text::trim(" \t\r\n\v\fa b \n") == "a b");
  CHECK(text::trim(" \n ").empty());
  CHECK(text::trim("").empty());
  CHECK(text::trim("\u00A0a") == "\u00A0a");
}

TEST_CASE("case is ASCII's alone") {
  CHECK(text::lower("AbZ[Ä") == "abz[Ä");
  CHECK(text::iequals("Content-TYPE", "content-type"));
  CHECK_FALSE(text::iequals("a", "ab"));
  CHECK_FALSE(text::iequals("[", "{")); // 32 apart like a letter and its capital
  CHECK_FALSE(text::iequals("Ä", "ä"));
}

TEST_CASE("split keeps empty parts") {
  using Parts = std::vector<std::string_view>;
  CHECK(text::split("", ',') == Parts{""});
  CHECK(text::split("a", ',') == Parts{"a"});
  CHECK(text::split(",a,,b,", ',') == Parts{"", "a", "", "b", ""});
}

TEST_CASE("collapse_space joins every kind of white space into one blank") {
  CHECK(text::collapse_space(" a\u00A0\n\tb  c\u3000\u2028d ") == "a b c d");
  CHECK(text::collapse_space("ein\u200Bwort") == "ein\u200Bwort"); // zero width, not white space
  CHECK(text::collapse_space("\u00A0 ").empty());
  CHECK(text::collapse_space("a\xC2 b") == "a\xC2 b"); // half a NBSP is not one
}

TEST_CASE("replace_all goes over the text once") {
  CHECK(text::replace_all("aaa", "a", "aa") == "aaaaaa");
  CHECK(text::replace_all("aaa", "aa", "b") == "ba");
  CHECK(text::replace_all("abc", "", "x") == "abc");
  CHECK(text::replace_all("abc", "c", "") == "ab");
}

TEST_CASE("hex and percent encoding") {
  CHECK(text::hex("\x00\x7F\xFFz"s) == "007fff7a");
  CHECK(text::percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(text::percent_encode("a b/c?ü%\n") == "a%20b%2Fc%3F%C3%BC%25%0A");
  CHECK(text::percent_encode("\0"s) == "%00");
}

TEST_CASE("base64 gives back every byte it took") {
  CHECK(text::base64("").empty());
  CHECK(text::base64("f") == "Zg==");
  CHECK(text::base64("foobar") == "Zm9vYmFy");
  CHECK(text::base64("\xFB\xFF\xBE") == "+/++");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    CAPTURE(byte);
    CHECK(text::from_base64(text::base64(all)) == all);
  }
}

TEST_CASE("what is not padded standard base64 is refused") {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zg==x", "Zm9v\n", " Zm9v", "Zm-_", "Zh==", "====", "Zm9v!", "ü"}) {
    CAPTURE(bad);
    CHECK(text::from_base64(bad) == std::nullopt);
  }
  CHECK(text::from_base64("Zg\0="s) == std::nullopt);
  CHECK(text::from_base64("") == "");
}

TEST_CASE("sha256_hex agrees with FIPS 180-4's examples") {
  CHECK(text::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(text::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("to_int takes the whole text and nothing that overflows") {
  CHECK(text::to_int("0") == 0);
  CHECK(text::to_int("-42") == -42);
  CHECK(text::to_int("007") == 7);
  CHECK(text::to_int("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(text::to_int("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* bad : {"", " 1", "1 ", "+1", "--1", "-", "1.0", "0x10", "1e3", "9223372036854775808", "١"}) {
    CAPTURE(bad);
    CHECK(text::to_int(bad) == std::nullopt);
  }
}

TEST_CASE("to_millis knows five units and takes bare numbers as seconds") {
  struct Row {
    const char* word;
    std::optional<std::int64_t> millis;
  };
  const Row rows[] = {{"90", 90'000},
                      {"0", 0},
                      {"1500ms", 1500},
                      {"30s", 30'000},
                      {"10m", 600'000},
                      {"2h", 7'200'000},
                      {"1d", 86'400'000},
                      {"9223372036854775807ms", std::numeric_limits<std::int64_t>::max()},
                      {"9223372036854775807", std::nullopt},
                      {"106751991168d", std::nullopt},
                      {"", std::nullopt},
                      {"s", std::nullopt},
                      {"ms", std::nullopt},
                      {"-1s", std::nullopt},
                      {"1.5h", std::nullopt},
                      {"1 h", std::nullopt},
                      {"1H", std::nullopt},
                      {"1w", std::nullopt},
                      {"1hm", std::nullopt},
                      {"1h30m", std::nullopt}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(text::to_millis(row.word) == row.millis);
  }
}

TEST_CASE("ids are 32 lower-case hex digits and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_id();
    CHECK(id.size() == 32);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("ids made together lie together: the time comes first") {
  const std::string first = new_id(), second = new_id();
  CHECK(first.substr(0, 5) == second.substr(0, 5));
  CHECK(first.substr(12) != second.substr(12));
}

TEST_CASE("a telephone number is + and 8 to 15 digits, the first not 0") {
  for (const char* good : {"+49170123", "+491701234567", "+123456789012345"}) CHECK(text::is_e164(good));
  for (const char* bad : {"", "+", "491701234567", "+0491701234567", "+4917012", "+1234567890123456", "+49 170 1234567",
                          "+49170123456x", "\u202a+491701234567"}) {
    CAPTURE(bad);
    CHECK_FALSE(text::is_e164(bad));
  }
}

TEST_CASE("what is called like a secret is known, whatever stands around the word") {
  for (const char* name :
       {"Authorization", "X-Auth-Token",  "X-Auth",       "x_api_key",     "apikey",        "API-KEY",    "Cookie",
        "passwd",        "user_password", "access_token", "client_secret", "Helicone-Auth", "session_id", "pwd",
        "X-Signature",   "apiKey",        "APIKey",       "x[api_key]",    "API%4bEY",      "authCode",   "accessCode",
        "X-Access",      "Api-Access",    "X-Sig",        "otp",           "key2",          "oauth"})
    CHECK_MESSAGE(text::names_secret(name), name);
  for (const char* name : {"X-Title",
                           "HTTP-Referer",
                           "OpenAI-Organization",
                           "anthropic-beta",
                           "keyboard",
                           "X-Author",
                           "monkey",
                           "passage",
                           "number",
                           "message",
                           "",
                           "api_id",
                           "language_code",
                           "access_level",
                           "Keyboard",
                           "design",
                           "spin",
                           "author",
                           "country.code",
                           "100%",
                           "templateName",
                           "isGroup",
                           "chatId"})
    CHECK_MESSAGE(!text::names_secret(name), name);
}
