// What the network door costs beside bare_multi: the same POSTs, C at a time, through CurlNet, recorded nowhere.
//
//   net_calls ITEMS IN_FLIGHT CA_FILE URL...     (the items go round the URLs)
#include "http/curl_net.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace milkrun;

namespace {

struct Load {
  long items = 0, in_flight = 0;
  std::vector<std::string> urls;
  long started = 0, good = 0, bad = 0;
};

http::Request next_call(Load& load) {
  const long i = load.started++;
  http::Request out;
  out.method = "POST";
  out.url = load.urls[static_cast<std::size_t>(i) % load.urls.size()];
  out.headers = {{"Content-Type", "application/json"}, {"X-LTL-API-Key", "bench-key"}};
  out.effect = http::Effect::once;
  out.timeout = Millis(120'000);
  out.connect_timeout = Millis(60'000);
  out.body = fmt::format(
      R"({{"attempts":1,"error_message":"bench","execution_id":"pf:{0}:{1:032x}:fail:1","finished_at":)"
      R"("2026-11-21T12:00:01Z","last_http_status":0,"posts_created":0,"retry_backoff_ms":0,"rss_item_url":)"
      R"("https://example.org/{1}","started_at":"2026-11-21T12:00:00Z","status":"failed","tenant_id":{0}}})",
      i % 100 + 1, i);
  return out;
}

void run(Load& load, const std::string& ca_file) {
  const auto open = http::parse_allow("127.0.0.0/8", "*", "*").value();
  http::CurlNet net({.ca_file = ca_file, .in_flight = static_cast<std::size_t>(load.in_flight)}, http::Guard({open}));
  while (load.started < load.items && load.started < load.in_flight) net.submit(0, next_call(load));
  while (load.good + load.bad < load.items) {
    net.wait(Millis(1000));
    for (const auto& answer : net.collect()) {
      ++(answer.response && answer.response->status == 200 ? load.good : load.bad);
      if (load.started < load.items) net.submit(0, next_call(load));
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: net_calls ITEMS IN_FLIGHT CA_FILE URL...\n");
    return 64;
  }
  Load load{.items = std::atol(argv[1]), .in_flight = std::atol(argv[2]), .urls = {argv + 4, argv + argc}};
  run(load, argv[3]);
  fmt::print("{} good, {} bad\n", load.good, load.bad);
  return load.bad == 0 ? 0 : 1;
}
