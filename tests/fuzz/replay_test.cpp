// Every target over its corpus, and over what a few seconds of simple changes make of it: the same changes each time.
// Longer, and led by coverage: ./run fuzz NAME.
#include "fuzz/fuzz.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>

using namespace milkrun;

namespace {

constexpr double seconds_each = 1.5; // of CPU

struct Target {
  const char* name;
  void (*run)(std::string_view);
};
const Target targets[] = {
#define MILKRUN_LIST(name) {#name, fuzz::name},
    MILKRUN_FUZZ_TARGETS(MILKRUN_LIST)
#undef MILKRUN_LIST
};

std::vector<std::string> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(MILKRUN_CORPUS) / name))
    files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<std::string> out{""};
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

// One of the ways in which bytes go wrong.
std::string changed(std::string text, const std::vector<std::string>& corpus, std::mt19937& dice) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : dice() % n; };
  static const std::string pieces[] = {"\xff",
                                       std::string(1, '\0'),
                                       "\"",
                                       "{",
                                       "[",
                                       "}",
                                       "\\u0000",
                                       "\\",
                                       "-1",
                                       "1e999",
                                       "99999999999999999999",
                                       "<",
                                       "&",
                                       "]]>",
                                       "<![CDATA[",
                                       "\r\n",
                                       "\n\n",
                                       ":",
                                       "%",
                                       "%00",
                                       "@",
                                       "\xed\xa0\x80",
                                       "null",
                                       "fuzz-secret-0123456789"};
  for (std::size_t n = 1 + below(4); n > 0; --n) {
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
    case 0: text = text.substr(0, at); break;
    case 1: text.erase(at, 1 + below(8)); break;
    case 2: text.insert(at, pieces[below(std::size(pieces))]); break;
    case 3:
      if (at < text.size()) text[at] = static_cast<char>(dice());
      break;
    case 4: text.insert(at, text.substr(below(text.size() + 1), 1 + below(64))); break;
    case 5: {
      const std::string piece = text.substr(at, 1 + below(16));
      for (std::size_t i = below(200); i > 0 && text.size() < 100'000; --i)
        text.insert(std::min(at, text.size()), piece);
      break;
    }
    default: {
      const std::string& other = corpus[below(corpus.size())];
      text = text.substr(0, at) + other.substr(below(other.size() + 1));
    }
    }
  }
  return text;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

} // namespace

TEST_CASE("every fuzz target takes its corpus and what is made of it") {
  for (const Target& target : targets) {
    const std::vector<std::string> corpus = corpus_of(target.name);
    CHECK_MESSAGE(corpus.size() > 2, std::string(target.name), " has no corpus");
    std::mt19937 dice(20261127); // NOLINT(cert-msc51-cpp): the same changes each time
    std::size_t runs = 0;
    const auto run = [&](const std::string& input) {
      ++runs;
      try {
        target.run(input);
      } catch (const std::exception& e) {
        FAIL_CHECK(std::string(target.name), ": ", std::string(e.what()), " with ", input.substr(0, 2'000));
      }
    };
    for (const std::string& input : corpus) run(input);
    for (const double end = cpu_seconds() + seconds_each; cpu_seconds() < end;)
      run(changed(corpus[dice() % corpus.size()], corpus, dice));
    MESSAGE(std::string(target.name), ": ", runs, " runs");
  }
}
