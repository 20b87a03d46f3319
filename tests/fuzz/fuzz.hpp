// What the fuzz targets share. A target is a function of some bytes that must come back whatever they are: without a
// crash, an exception, undefined behaviour, a leak, much memory or much time, and with its promises kept.
//
// The same functions run in two ways: as libFuzzer programs of their own (`./run fuzz NAME`), and all together over
// their corpora in the test suite (replay_test.cpp).
#pragma once

#include "http/client.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::fuzz {

#define MILKRUN_FUZZ_TARGETS(each)                                                                                     \
  each(feed) each(graph) each(wordpress) each(ai) each(portal) each(whatsapp) each(token) each(url) each(text)         \
      each(config) each(import_json) each(import_csv) each(stored) each(packed) each(mail) each(report) each(picture)

#define MILKRUN_DECLARE(name) void name(std::string_view bytes);
MILKRUN_FUZZ_TARGETS(MILKRUN_DECLARE)
#undef MILKRUN_DECLARE

// A promise that was broken.
inline void must(bool kept, const char* what) {
  if (!kept) throw std::logic_error(what);
}

// A server whose answers the bytes are, one after another, and the last one again and again. They are parted by a line
// of "---"; an answer may begin with "STATUS\n" and header lines up to an empty one, else it is a body with 200.
class Canned final : public http::Client {
public:
  explicit Canned(std::string_view bytes);
  Expected<http::Response> send(const http::Request& request) override;

private:
  std::vector<http::Response> answers_;
  std::size_t next_ = 0;
};

} // namespace milkrun::fuzz
