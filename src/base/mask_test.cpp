// No form of a secret comes back out of a stranger's words.
#include "base/mask.hpp"

#include "base/text.hpp"

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
