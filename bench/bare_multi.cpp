// The ceiling: a bare libcurl multi that sends N callback-like POSTs, C at a time over kept connections, and records
// nothing. It has the two settings without which libcurl is 20 times slower (no CAPATH, a cache as large as needed),
// so what milkrun is compared with is libcurl at its best.
//
//   bare_multi ITEMS IN_FLIGHT CA_FILE URL...     (the items go round the URLs)
#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Load {
  long items = 0, in_flight = 0;
  std::string ca_file;
  std::vector<std::string> urls;
  long started = 0, good = 0, bad = 0;
};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

void prepare(CURL* easy, const Load& load, curl_slist* headers) {
  curl_easy_setopt(easy, CURLOPT_CAINFO, load.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
}

void start(CURLM* multi, CURL* easy, Load& load) {
  const long i = load.started++;
  const std::string body = fmt::format(
      R"({{"attempts":1,"error_message":"bench","execution_id":"pf:{0}:{1:032x}:fail:1","finished_at":)"
      R"("2026-11-21T12:00:01Z","last_http_status":0,"posts_created":0,"retry_backoff_ms":0,"rss_item_url":)"
      R"("https://example.org/{1}","started_at":"2026-11-21T12:00:00Z","status":"failed","tenant_id":{0}}})",
      i % 100 + 1, i);
  curl_easy_setopt(easy, CURLOPT_URL, load.urls[static_cast<std::size_t>(i) % load.urls.size()].c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
  curl_multi_add_handle(multi, easy);
}

// Takes finished transfers out and puts the next item on each freed handle.
void turn_over(CURLM* multi, Load& load) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    ++(message->data.result == CURLE_OK && status == 200 ? load.good : load.bad);
    curl_multi_remove_handle(multi, easy);
    if (load.started < load.items) start(multi, easy, load);
  }
}

void run(Load& load) {
  Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
  headers.reset(curl_slist_append(headers.release(), "X-LTL-API-Key: bench-key"));
  const Multi multi(curl_multi_init(), &curl_multi_cleanup);
  std::vector<Easy> handles;
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, load.in_flight + static_cast<long>(load.urls.size()));
  for (long i = 0; i < load.in_flight && i < load.items; ++i) {
    handles.emplace_back(curl_easy_init(), &curl_easy_cleanup);
    prepare(handles.back().get(), load, headers.get());
    start(multi.get(), handles.back().get(), load);
  }
  for (int running = 1; running > 0 || load.good + load.bad < load.items;) {
    curl_multi_perform(multi.get(), &running);
    turn_over(multi.get(), load);
    if (load.good + load.bad < load.items) curl_multi_poll(multi.get(), nullptr, 0, 100, nullptr);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: bare_multi ITEMS IN_FLIGHT CA_FILE URL...\n");
    return 64;
  }
  Load load{.items = std::atol(argv[1]),
            .in_flight = std::atol(argv[2]),
            .ca_file = argv[3],
            .urls = {argv + 4, argv + argc}};
  curl_global_init(CURL_GLOBAL_DEFAULT);
  run(load);
  curl_global_cleanup();
  fmt::print("{} good, {} bad\n", load.good, load.bad);
  return load.bad == 0 ? 0 : 1;
}
