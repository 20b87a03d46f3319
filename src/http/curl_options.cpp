// What libcurl is told before a transfer. Everything it would do by itself is switched off: proxies, netrc,
// cookies, redirects, other protocols, a second try.
#include "base/text.hpp"
#include "http/curl_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#undef curl_easy_setopt // the type-checking macro does not see through the template below

namespace milkrun::http {
namespace {

constexpr long most_idle_s = 118; // libcurl's own

template <class T> void set(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK)
    throw std::runtime_error(
        fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
}

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

// libcurl's spelling: "Name: value", or "Name;" for an empty value.
std::string line_of(std::string_view name, std::string_view value) {
  return value.empty() ? std::string(name) + ";" : std::string(name) + ": " + std::string(value);
}

} // namespace

void set_constant(CURL* easy, const TransferSettings& settings) {
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOPROXY, "*");
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
  // With a CA directory, Debian's libcurl parses the whole bundle again for every connection.
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L); // ours: decoder.hpp
  set(easy, CURLOPT_DEBUGFUNCTION, &Transfer::on_wire);
  set(easy, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  // Of each TLS call; libcurl's own 64 KiB come from and go back to the system each time.
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);
}

// From here on libcurl tells on_wire() what comes in. It would spell out every step for it, which costs a third of a
// call: so only where something can come in that is not told otherwise.
void Transfer::watch_wire(bool on) {
  set(easy_.get(), CURLOPT_VERBOSE, on ? 1L : 0L);
  set(easy_.get(), CURLOPT_NOPROGRESS, on ? 0L : 1L);
}

void ListDelete::operator()(curl_slist* list) const {
  for (curl_slist* i = list; i != nullptr; i = i->next) explicit_bzero(i->data, std::strlen(i->data));
  curl_slist_free_all(list);
}

void Transfer::prepare(const TransferSettings& settings) {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_ERRORBUFFER, message_.data());
  set(easy, CURLOPT_URL, destination_.url.c_str());
  watch_wire(false);
  set_method();
  set_headers(with_secrets_);
  set_pool();
  set_guarded_connect();
  set_answer_sinks();
  // A connection that idled longer is likelier to be dead, and a dead one makes a `once` call uncertain.
  set(easy, CURLOPT_MAXAGE_CONN, request_.effect == Effect::once ? settings.once_idle_s : most_idle_s);
  set(easy, CURLOPT_LOW_SPEED_LIMIT, request_.stall_guard ? 100L : 0L);
  set(easy, CURLOPT_LOW_SPEED_TIME, request_.stall_guard ? 30L : 0L);
}

// The body is given in one piece, which libcurl could send a second time: on_request() refuses that.
void Transfer::set_method() {
  CURL* easy = easy_.get();
  const std::string& method = request_.method;
  const bool has_body = !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  const bool plain = method == "GET" || method == "HEAD" || method == "POST";
  set(easy, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L); // first: of the last call's settings it alone would stay
  set(easy, CURLOPT_CUSTOMREQUEST, plain ? nullptr : method.c_str());
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(easy, CURLOPT_POSTFIELDS, has_body ? request_.body.data() : nullptr); // makes it a POST
  if (!has_body) set(easy, method == "HEAD" ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1L);
}

void Transfer::set_headers(bool with_secrets) {
  append(headers_, "Accept-Encoding: gzip");
  append(headers_, "Expect:"); // waiting for "100 Continue" would cost a second per large body
  const bool typed =
      std::ranges::any_of(request_.headers, [](const Header& h) { return text::iequals(h.name, "content-type"); });
  if (!typed) append(headers_, "Content-Type:"); // libcurl would say it is a form
  for (const Header& h : request_.headers) append(headers_, line_of(h.name, h.value));
  if (with_secrets) {
    for (const SecretHeader& h : request_.secret_headers) {
      std::string line = line_of(h.name, h.value.reveal());
      append(headers_, line);
      explicit_bzero(line.data(), line.size());
    }
  }
  set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

// A tenant's connections are its own: on a host that tenants share, what one of them makes the server do to a
// connection must not meet another one's request. libcurl keeps connections apart by the name it connects to, so each
// (tenant, host) has one; certificate, SNI and Host header stay those of the URL.
void Transfer::set_pool() {
  set(easy_.get(), CURLOPT_CONNECT_TO, static_cast<curl_slist*>(nullptr));
  if (request_.shared_host) return;
  alias_ = "t" + text::sha256_hex(fmt::format("{}\n{}", request_.caller.tenant, destination_.host)).substr(0, 31);
  append(pool_, fmt::format("::{}:{}", alias_, destination_.port));
  set(easy_.get(), CURLOPT_CONNECT_TO, pool_.get());
}

void Transfer::set_guarded_connect() {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_RESOLVE, static_cast<curl_slist*>(nullptr));
  if (!destination_.literal || !alias_.empty()) {
    std::string pin = fmt::format("{}:{}:", alias_.empty() ? destination_.host : alias_, destination_.port);
    for (const Address& a : destination_.addresses) {
      if (!pin.ends_with(':')) pin += ',';
      pin += a.v4() ? a.text() : "[" + a.text() + "]";
    }
    append(addresses_, pin);
    set(easy, CURLOPT_RESOLVE, addresses_.get());
  }
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_request);
  set(easy, CURLOPT_PREREQDATA, this);
}

void Transfer::set_answer_sinks() {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_DEBUGDATA, this);
  set(easy, CURLOPT_XFERINFODATA, this);
}

void Transfer::limit_time(Instant now, Instant connect_by, Instant end_by) {
  end_by_ = end_by;
  const auto left = [now](Instant until) {
    const auto ms = std::chrono::ceil<Millis>(until - now).count();
    return static_cast<long>(std::clamp<std::int64_t>(ms, 1, 24L * 3600 * 1000)); // 0 would mean "for ever"
  };
  set(easy_.get(), CURLOPT_CONNECTTIMEOUT_MS, left(connect_by));
  set(easy_.get(), CURLOPT_TIMEOUT_MS, left(end_by));
}

} // namespace milkrun::http
