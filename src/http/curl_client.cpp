// send(): check the request, vet the destination, hand one transfer to the network thread, follow redirects by
// hand. Everything that can be prepared is prepared on the caller's thread; the network thread is the bottleneck.
#include "http/curl_client.hpp"

#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "http/curl_loop.hpp"
#include "http/parsed_url.hpp"
#include "http/request_check.hpp"

#include <algorithm>
#include <optional>
#include <stop_token>

namespace milkrun::http {
namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t most_spare_handles = 256;

void init_libcurl_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool follows(const Request& request) {
  return request.max_redirects > 0 && request.method == "GET" && request.effect != Effect::once;
}

// Where an answer sends us: "" = nowhere, it is the answer.
Expected<std::string> next_hop(const Request& request, const Response& response, bool tls) {
  if (!follows(request) || !is_redirect(response.status) || response.header("location").empty()) return std::string();
  if (response.hops.size() >= static_cast<std::size_t>(request.max_redirects)) {
    return fail(Fault::outage, "network.too_many_redirects", text::one_line(host_of(response.url), 100));
  }
  const auto next = parse_url(resolve_url(response.url, response.header("location")));
  if (!next) return fail(Fault::outage, "network.bad_redirect", text::one_line(response.header("location"), 100));
  if (tls && !next->tls) return fail(Fault::outage, "network.redirect_to_plain_http", text::one_line(next->host, 100));
  return next->url;
}

} // namespace

struct CurlClient::Impl {
  TransferSettings settings;
  std::size_t max_connections;
  Guard guard;
  std::stop_source stop;
  std::mutex lock; // guards the next two
  std::unique_ptr<Loop> loop;
  std::vector<Easy> spare;

  Loop& running_loop() {
    const std::lock_guard hold(lock);
    if (!loop) {
      init_libcurl_once();
      loop = std::make_unique<Loop>(max_connections, stop.get_token());
    }
    return *loop;
  }
  Easy take_handle() {
    {
      const std::lock_guard hold(lock);
      if (!spare.empty()) {
        Easy easy = std::move(spare.back());
        spare.pop_back();
        return easy;
      }
    }
    Easy easy(curl_easy_init());
    if (!easy) throw std::bad_alloc();
    return easy;
  }
  void give_back(Easy easy) {
    const std::lock_guard hold(lock);
    if (spare.size() < most_spare_handles) spare.push_back(std::move(easy));
  }
  Expected<Response> exchange(const Request& request, const std::string& url, bool with_secrets, Instant end_by,
                              bool& tls);
};

Expected<Response> CurlClient::Impl::exchange(const Request& request, const std::string& url, bool with_secrets,
                                              Instant end_by, bool& tls) {
  const Instant begun = std::chrono::steady_clock::now();
  if (stop.stop_requested()) return fail(Fault::aborted, "network.stopped");
  if (begun >= end_by) return fail(Fault::outage, "network.no_time_left", text::one_line(host_of(url), 100));
  const Instant connect_by = std::min(begun + request.connect_timeout, end_by);
  const Patience patience{.at_most = std::chrono::ceil<Millis>(connect_by - begun), .stop = stop.get_token()};
  const Destination destination = TRY(guard.vet(url, request.caller, patience));
  tls = destination.tls;

  Loop& network = running_loop();
  const auto transfer = std::make_shared<Transfer>(take_handle(), request, destination, guard, with_secrets);
  transfer->connect_by = connect_by;
  transfer->end_by = end_by;
  transfer->prepare(settings);
  kill_point("http.before_send");
  network.run(transfer);
  kill_point("http.after_answer");
  auto result = transfer->result();
  give_back(transfer->take_easy());
  return result;
}

CurlClient::CurlClient(CurlOptions options, Guard guard)
    : impl_(new Impl{.settings = {.ca_file = options.ca_file.empty() ? system_bundle : std::move(options.ca_file),
                                  .user_agent = std::move(options.user_agent)},
                     .max_connections = std::max<std::size_t>(options.max_connections, 512),
                     .guard = std::move(guard),
                     .stop = {},
                     .lock = {},
                     .loop = {},
                     .spare = {}}) {}

CurlClient::~CurlClient() { abort(); }

Expected<Response> CurlClient::send(const Request& request) {
  const Instant by_timeout = std::chrono::steady_clock::now() + request.timeout;
  const Instant end_by = std::min(by_timeout, request.end_by.value_or(by_timeout));
  TRY(check_request(request));
  std::string url = request.url;
  std::vector<Hop> hops;
  bool with_secrets = true, first_tls = false, tls = false;
  while (true) {
    auto answer = impl_->exchange(request, url, with_secrets, end_by, tls);
    // Where a redirect leads is the word of the destination, and nothing that its tenant has set.
    if (!answer && !hops.empty() && answer.error().fault == Fault::setting) answer.error().fault = Fault::outage;
    Response response = TRY(std::move(answer));
    response.hops = std::move(hops);
    if (response.hops.empty()) first_tls = tls;
    std::string next = TRY(next_hop(request, response, tls));
    if (next.empty()) return response;
    // Once another host or scheme was on the way, the secrets stay at home for good.
    with_secrets = with_secrets && host_of(next) == host_of(request.url) && next.starts_with("https:") == first_tls;
    response.hops.push_back({.status = response.status, .from = std::move(response.url), .to = next});
    hops = std::move(response.hops);
    url = std::move(next);
  }
}

void CurlClient::abort() {
  impl_->stop.request_stop();
  const std::lock_guard hold(impl_->lock);
  if (impl_->loop) impl_->loop->wake();
}

} // namespace milkrun::http
