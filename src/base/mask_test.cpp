// No form of a secret comes back out of a stranger's words.
#include "base/mask.hpp"

#include "base/text.hpp"
#include "base/unescape.hpp"
#include "support/cpu.hpp"

#include <fmt/format.h>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("a secret is hidden in every form a server may echo it in") {
  const std::string secret = "pä55 w/rd+?>>~X";
  const auto echoed = [&](const std::string& said) { return hide(said, {Secret(std::string(secret))}); };
  CHECK(echoed("key " + secret + ".") == "key ***.");
  CHECK(echoed("key " + text::percent_encode(secret) + ".") == "key ***.");
  CHECK(echoed("key " + text::lower(text::percent_encode(secret)) + ".").find("%c3") == std::string::npos);
  CHECK(echoed("0x" + text::hex(secret)) == "0x***");
  std::string upper = text::hex(secret);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
  CHECK(echoed(upper) == "***");
  for (const std::string before : {"", "u", "us", "user", "user:"}) {
    CAPTURE(before);
    for (const std::string after : {"", "x", "yz", "\n"}) {
      std::string told = text::base64(before + secret + after);
      CHECK(echoed(told).find(told.substr(8, 10)) == std::string::npos);
      for (char& c : told) c = c == '+' ? '-' : c == '/' ? '_' : c;
      CHECK(echoed(told).find("***") != std::string::npos);
    }
  }
}

TEST_CASE("whichever letters of a secret are escaped, and in whatever way, it is hidden") {
  const std::string secret = "Pä55w/rd <&>'\"x9";
  const auto hidden = [&](const std::string& told) { return hide("a " + told + " z", {Secret(std::string(secret))}); };
  std::string percent, decimal, hexed, json, bytes, some;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const auto byte = static_cast<unsigned char>(secret[i]);
    percent += fmt::format("%{:02x}", byte);
    bytes += fmt::format("\\x{:02X}", byte);
    some += i % 3 == 0 ? fmt::format("%{:02X}", byte) : std::string(1, secret[i]);
    if (byte == 0xc3) continue; // of the one letter of two bytes
    const unsigned letter = byte == 0xa4 ? 0xe4 : byte;
    decimal += fmt::format("&#{};", letter);
    hexed += fmt::format("&#x{:X};", letter);
    json += fmt::format("\\u{:04x}", letter);
  }
  for (const std::string& told :
       {percent, decimal, hexed, json, bytes, some, text::percent_encode(text::base64(secret)),
        std::string("Pä55w/rd &lt;&amp;&gt;&#39;&quot;x9"), "Pä55w\\/rd <&>'\\\"x9" + std::string()}) {
    CAPTURE(told);
    CHECK(hidden(told) == "a *** z");
  }
  // What stands around it stays as it was written.
  CHECK(hide("%41 Pass%77ord9 &lt;b&gt; 100 % \\n &", {Secret(std::string("Password9"))}) ==
        "%41 *** &lt;b&gt; 100 % \\n &");
  CHECK(hide("%4", {Secret(std::string("Password9"))}) == "%4");
}

TEST_CASE("what sites make of a secret in use is hidden: other letters, groups of four, escapes within escapes") {
  const auto hidden = [](const std::string& told, const std::string& secret) {
    return hide("a " + told + " z", {Secret(std::string(secret))});
  };
  CHECK(hidden("zqwpa1kdb2", "ZqWpA1kDb2") == "a *** z");
  CHECK(hidden("ZQWPA1KDB2", "ZqWpA1kDb2") == "a *** z");
  CHECK(hidden("abcd EFgh 1234 XyzW", "abcdEFgh1234XyzW") == "a *** z");
  CHECK(hidden("abcd EFgh 1234 XyzW", "ab cdEF gh1234Xy zW") == "a *** z");
  CHECK(hidden("abcd efgh 1234 xyzw", "abcdEFgh1234XyzW") == "a *** z");
  CHECK(hidden("abcdEFgh1234XyzW", "abcd EFgh 1234 XyzW") == "a *** z");
  const std::string secret = "ZqWa\"b\\c/d+e<f>&g=h";
  const std::string once = text::percent_encode(secret);
  CHECK(hidden(text::percent_encode(once), secret) == "a *** z");
  CHECK(hidden("ZqWa\\\\\\\"b\\\\\\\\c/d+e<f>&g=h", secret) == "a *** z"); // JSON in JSON
  CHECK(hidden("%2541 b", "Password9") == "a %2541 b z");
}

TEST_CASE("escapes are undone with the place of every byte, and what is none stays") {
  const auto plain = text::without_escapes("a%62&#99;\\u00e4&amp;%zz&x;\\q%");
  REQUIRE(plain);
  CHECK(plain->text == "abcä&%zz&x;\\q%");
  CHECK(plain->from == std::vector<std::size_t>{0, 1, 4, 9, 9, 15, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29});
  for (const char* none : {"", "abc", "100 %", "&nothing;", "\\", "%", "&", "&#;", "&#x;", "%g1", "\\u12"}) {
    CAPTURE(none);
    CHECK_FALSE(text::without_escapes(none));
  }
}

TEST_CASE("every line of a secret is one, and what is too short is none") {
  CHECK(hide("a TOKEN1 b APPKEY c", {Secret(std::string("TOKEN1\nAPPKEY"))}) == "a *** b *** c");
  CHECK(hide("a bc d", {Secret(std::string("bc"))}) == "a bc d");
  CHECK(hide("said nothing", {Secret(std::string()), Secret(std::string("secret"))}) == "said nothing");
}

TEST_CASE("a secret that holds another is hidden whole, whichever is named first") {
  const std::string inner = "app password 1234", pair = text::base64("account:" + inner);
  std::vector<Secret> secrets;
  secrets.emplace_back(std::string(inner));
  secrets.emplace_back(std::string(pair));
  CHECK(hide("got Basic " + pair + ".", secrets) == "got Basic ***.");
}

TEST_CASE("a long secret is found wherever it stands, and what is almost one is not") {
  const std::string secret(5'000, 'a');
  Mask mask;
  mask.add(Secret(std::string(secret)));
  for (const std::size_t before : {0UL, 1UL, 32'767UL, 32'768UL, 40'000UL, 200'000UL}) {
    const std::string blanks(before, '.');
    CHECK(mask.masked(blanks + secret + ".") == blanks + "***.");
    CHECK(mask.masked(blanks + secret) == blanks + "***");
    const std::string less = blanks + secret.substr(1) + "b";
    CHECK(mask.masked(less) == less);
  }
  CHECK(mask.masked(secret + secret + "aaab" + secret) == "******aaab***");
}

TEST_CASE("what a mask costs does not grow with the secret, though it almost stands at each place") {
  const auto costs = [](std::size_t length) {
    const std::string almost = std::string(length - 1, 'a') + "b";
    std::string text;
    while (text.size() < 400'000) text += almost;
    Mask mask;
    mask.add(Secret(std::string(length, 'a')));
    const double before = milkrun::test::cpu_seconds();
    CHECK(mask.masked(text) == text);
    return milkrun::test::cpu_seconds() - before;
  };
  const double of_short = costs(64), of_long = costs(16'000);
  CAPTURE(of_short);
  CAPTURE(of_long);
  CHECK(of_long < 8 * of_short); // a comparison byte by byte takes a hundred times as long
  CHECK(of_long < milkrun::test::cpu_limit(0.2));
}

TEST_CASE("a secret that was cut is hidden where its half can be told from a word") {
  const auto hidden = [](const std::string& told, const std::string& secret) {
    return hide("a " + told + ", z", {Secret(std::string(secret))});
  };
  const std::string secret = "Zq7Xw9Lk2Mn4Pv6R";
  for (std::size_t size = 8; size < secret.size(); ++size) {
    CAPTURE(size);
    CHECK(hidden(secret.substr(0, size), secret) == "a ***, z");
    CHECK(hidden(text::lower(secret.substr(0, size)), secret) == "a ***, z");
    CHECK(hidden(secret.substr(secret.size() - size), secret) == "a ***, z");
    CHECK(hidden("?l=" + secret.substr(0, size) + "&x=1", secret) == "a ?l=***&x=1, z");
    CHECK(hidden(text::replace_all(secret.substr(0, size), "7", "%37"), secret) == "a ***, z");
  }
  CHECK(hidden(secret + secret.substr(0, 9), secret) == "a ******, z");
  CHECK(hidden(secret.substr(0, 7), secret) == "a Zq7Xw9L, z"); // seven are too few
  CHECK(hidden("Zq7Xw9La", secret) == "a Zq7Xw9La, z");
  // Words, names and years stay, whatever secret begins with them.
  CHECK(hidden("WordPress, password, January, 2026", "WordPress-password-of-January-2026") ==
        "a WordPress, password, January, 2026, z");
  CHECK(hidden("Password", "Password1234567890") == "a Password, z");
  CHECK(hidden("12345678", "1234567890123456") == "a 12345678, z");
  CHECK(hidden("Zq7Xw9Lk", "Zq7Xw9Lk2M") == "a Zq7Xw9Lk, z"); // of a short one
  // Ids of the same hour begin as the secret does, and rows are found by them.
  CHECK(hidden("019ac5f07e117", "019ac5f07e1274ae9b3c5d6e7f801234") == "a 019ac5f07e117, z");
  CHECK(hidden("019ac5f0-7e11-7", "019ac5f0-7e12-74ae-9b3c-5d6e7f801234") == "a 019ac5f0-7e11-7, z");
}
