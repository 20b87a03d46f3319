// Codings: what is undone, what is left alone, what is refused, and at what cost.
#include "http/decoder.hpp"

#include "support/deflate.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <string>

using namespace milkrun::http;
using milkrun::test::deflate_as;
using milkrun::test::gzip;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;
constexpr Decoder::Limits roomy{.most = 64 * mib, .free = mib, .most_expansion = 200};

struct Decoded {
  Decoder::Result result = Decoder::Result::good;
  std::string text;
  std::size_t most_at_once = 0; // bytes that one call made
};

Decoded decode(Coding coding, const std::string& bytes, std::size_t step, Decoder::Limits limits = roomy) {
  Decoder decoder(coding, limits);
  Decoded out;
  const auto call = [&](std::string_view in) {
    const std::size_t before = out.text.size();
    out.result = decoder.decode(in, out.text);
    out.most_at_once = std::max(out.most_at_once, out.text.size() - before);
  };
  for (std::size_t at = 0; at < bytes.size() && out.result == Decoder::Result::good; at += step)
    call(std::string_view(bytes).substr(at, step));
  while (out.result == Decoder::Result::good && decoder.behind()) call({});
  return out;
}

std::string noise(std::size_t n) {
  std::string out(n, '\0');
  unsigned x = 1;
  for (char& c : out) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return out;
}

} // namespace

TEST_CASE("one coding at most; words that name none are no coding") {
  for (const auto* none : {"", "identity", "none", "UTF-8", "utf-8", "aws-chunked", "binary, text", ",", " "})
    CHECK(coding_of(none) == Coding::none);
  for (const auto* one : {"gzip", "GZIP", " x-gzip ", "gzip,", "aws-chunked,gzip", "identity, gzip", "gzip, UTF-8"})
    CHECK(coding_of(one) == Coding::gzip);
  for (const auto* foreign : {"br", "ZSTD", "compress"}) CHECK(coding_of(foreign) == Coding::foreign);
  CHECK(coding_of("Deflate") == Coding::deflate);
  for (const auto* bad : {"gzip, gzip", "gzip,deflate", "x-gzip,gzip", "br, zstd", "gzip, br"})
    CHECK(coding_of(bad) == Coding::bad);
  for (const auto* usual : {"chunked", "Chunked", "identity", "chunked, chunked", ""})
    CHECK(transfer_coding_of(usual) == Coding::none);
  for (const auto* bad : {"gzip", "gzip, chunked", "x-gzip", "deflate", "UTF-8"})
    CHECK(transfer_coding_of(bad) == Coding::bad);
}

TEST_CASE("a body that reads as text has no coding, whatever its header says") {
  for (const std::string text :
       {"<?xml version='1.0'?>", "{\"items\":[]}", "\xef\xbb\xbf<rss>..", "Gr\xc3\xbc\xc3\x9f dich\xc3"})
    for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::foreign}) CHECK_FALSE(begins_like(coding, text));
  for (const std::string& packed : {deflate_as("a text that is packed", -15), deflate_as("a text that is packed", 15),
                                    noise(64), std::string("{}"), std::string("\x1b\x03\0\xf8 text", 9)})
    for (const Coding coding : {Coding::deflate, Coding::foreign}) CHECK(begins_like(coding, packed));
  CHECK(begins_like(Coding::gzip, gzip("x")));
}

TEST_CASE("what was packed comes out whole, however it is cut") {
  const std::string plain = noise(70'000) + std::string(300'000, 'a') + "end";
  for (const std::size_t step : {1UL, 7UL, 16'384UL, 10'000'000UL}) {
    CAPTURE(step);
    CHECK(decode(Coding::gzip, gzip(plain), step).text == plain);
    CHECK(decode(Coding::deflate, deflate_as(plain, 15), step).text == plain);
    CHECK(decode(Coding::deflate, deflate_as(plain, -15), step).text == plain); // raw
  }
  CHECK(decode(Coding::gzip, gzip(""), 1).text.empty());
}

TEST_CASE("members of a gzip file follow each other; what else follows is passed over") {
  for (const std::size_t step : {1UL, 16'384UL}) {
    CHECK(decode(Coding::gzip, gzip("one ") + gzip("two ") + gzip("three"), step).text == "one two three");
    const auto trailed = decode(Coding::gzip, gzip("whole") + std::string(512, '\0'), step);
    CHECK(trailed.text == "whole");
    CHECK(trailed.result == Decoder::Result::good);
  }
}

TEST_CASE("what is not packed as it says is bad") {
  CHECK(decode(Coding::gzip, "plain text", 1).result == Decoder::Result::bad);
  CHECK(decode(Coding::deflate, "\xff\xff\xff\xff", 16'384).result == Decoder::Result::bad);
  std::string broken = gzip(noise(10'000));
  broken[broken.size() - 6] ^= 1; // its check sum
  CHECK(decode(Coding::gzip, broken, 16'384).result == Decoder::Result::bad);
}

TEST_CASE("size and proportion are held while decoding") {
  const std::string plain(3 * mib, 'x');
  CHECK(decode(Coding::gzip, gzip(plain), 16'384, {3 * mib, 4 * mib, 200}).result == Decoder::Result::good);
  CHECK(decode(Coding::gzip, gzip(plain), 16'384, {3 * mib - 1, 4 * mib, 200}).result == Decoder::Result::too_large);
  const auto bomb = decode(Coding::gzip, gzip(std::string(64 * mib, '\0')), 16'384, {1024 * mib, mib, 200});
  CHECK(bomb.result == Decoder::Result::too_large);
  CHECK(bomb.text.size() < 4 * mib);
}

TEST_CASE("one call makes no more than a piece, and what is left is not lost") {
  const std::string plain(8 * mib, 'x');
  for (const std::size_t step : {100UL, 16'384UL, 10'000'000UL}) {
    const auto packed = decode(Coding::gzip, gzip(plain), step, {64 * mib, 64 * mib, 200});
    CHECK(packed.result == Decoder::Result::good);
    CHECK(packed.text == plain);
    CHECK(packed.most_at_once < 330'000);
  }
}

TEST_CASE("shapes that cost more than their bytes decode in a moment") {
  std::string members; // a head and a check sum each, for nothing
  for (const std::string empty = gzip(""); members.size() < mib;) members += empty;
  std::string blocks = "\x78\x9c"; // empty stored blocks
  while (blocks.size() < mib) blocks += std::string("\0\0\0\xff\xff", 5);
  const std::clock_t begun = std::clock();
  CHECK(decode(Coding::gzip, members, 16'384).text.empty());
  CHECK(decode(Coding::deflate, blocks, 16'384).text.empty());
  CHECK(std::clock() - begun < 2 * CLOCKS_PER_SEC); // CPU; nested codings took minutes
}
