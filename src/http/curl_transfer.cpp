// The callbacks of a transfer: they count, cap and judge. None of them throws (they are called from C).
#include "http/curl_transfer.hpp"

#include "base/instant.hpp"
#include "base/text.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace milkrun::http {
namespace {

constexpr std::size_t most_header_bytes = 64 * 1024;
constexpr int most_headers = 100;
constexpr int most_status_lines = 16; // interim answers (1xx) included
constexpr std::size_t free_expansion = 1024 * 1024;
constexpr std::size_t most_expansion = 200;
constexpr std::size_t coding_overhead = 64 * 1024; // what does not shrink grows a little
constexpr std::size_t free_framing = 256 * 1024;
constexpr std::size_t most_framing = 8; // bytes for each of the body: chunks of a byte have six

template <class Work> bool quietly(Work&& work) noexcept {
  try {
    return work();
  } catch (...) {
    return false;
  }
}

Transfer& of(void* self) { return *static_cast<Transfer*>(self); }

long info_long(CURL* easy, CURLINFO what) {
  long value = 0;
  curl_easy_getinfo(easy, what, &value);
  return value;
}

curl_off_t info_count(CURL* easy, CURLINFO what) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, what, &value);
  return value;
}

int status_of(std::string_view line) {
  const auto blank = line.find(' ');
  int status = 0;
  if (blank != std::string_view::npos) std::from_chars(line.data() + blank + 1, line.data() + line.size(), status);
  return status;
}

} // namespace

Transfer::Transfer(Easy easy, const Request& request, const Destination& destination, const Guard& guard,
                   bool with_secrets, std::shared_ptr<Room> room, bool& somebody_waits)
    : easy_(std::move(easy)), request_(request), destination_(destination), guard_(guard), with_secrets_(with_secrets),
      held_(std::make_shared<Held>(std::move(room), request.caller.tenant)), somebody_waits_(somebody_waits) {}

bool Transfer::refuse(Veto veto) {
  veto_ = veto;
  return false;
}

// Until libcurl has begun, its figure is that of the handle's last transfer.
bool Transfer::sent() const { return asked_ && info_long(easy_.get(), CURLINFO_REQUEST_SIZE) > 0; }

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t n = size * count;
  Taken taken = Taken::no;
  quietly([&] {
    taken = of(self).accept_body({data, n});
    return true;
  });
  return taken == Taken::yes ? n : taken == Taken::later ? std::size_t{CURL_WRITEFUNC_PAUSE} : 0;
}

// Whether the answer may have so many bytes more; else it waits, and libcurl gives the same piece again. What tells
// whether a `once` call did its work is never held up, but it is counted: the others wait for it.
bool Transfer::has_room(std::size_t more) {
  if (held_->grow_to(response_.body.size() + more, request_.effect == Effect::once)) return true;
  if (!paused_) paused_ = std::chrono::steady_clock::now();
  return !(somebody_waits_ = true);
}

void Transfer::go_on() {
  const Instant since = *paused_;
  paused_.reset();
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  if (paused_) paused_ = since; // no: the piece that was held back came, and had to wait again
}

Transfer::Taken Transfer::accept_body(std::string_view data) {
  const auto no = [this](Veto veto) {
    refuse(veto);
    return Taken::no;
  };
  const std::size_t whole = body_bytes_ + data.size();
  if (body_bytes_ == 0 && !data.empty() && !begin_body(data)) return Taken::no;
  if (decoder_) {
    if (whole > request_.max_body + coding_overhead) return no(Veto::too_large);
    if (!has_room(data.size() + Decoder::most_at_once)) return Taken::later;
    body_bytes_ = whole;
    return decode(data) ? Taken::yes : Taken::no;
  }
  if (whole > request_.max_body) {
    if (!request_.may_be_cut) return no(Veto::too_large);
    response_.body.append(data.substr(0, request_.max_body - response_.body.size()));
    cut_ = true;
    return Taken::no;
  }
  if (!has_room(data.size())) return Taken::later;
  body_bytes_ = whole;
  response_.body.append(data);
  return Taken::yes;
}

bool Transfer::decode(std::string_view data) {
  switch (decoder_->decode(data, response_.body)) {
  case Decoder::Result::good: return true;
  case Decoder::Result::too_large:
    if (!request_.may_be_cut) return refuse(Veto::too_large);
    response_.body.resize(std::min(response_.body.size(), request_.max_body));
    cut_ = true;
    return false;
  case Decoder::Result::bad: break;
  }
  return refuse(Veto::coding);
}

bool Transfer::unpack_some() {
  if (!has_room(Decoder::most_at_once)) return false;
  paused_.reset();
  decode({});
  return true;
}

// At the end of the headers, before the first byte of the body: several codings are never begun.
bool Transfer::accept_coding() {
  std::string content, transfer;
  for (const Header& h : response_.headers) {
    if (text::iequals(h.name, "content-encoding")) content += h.value + ",";
    if (text::iequals(h.name, "transfer-encoding")) transfer += h.value + ",";
  }
  if (!transfer.empty()) watch_wire(true);
  coding_ = coding_of(content);
  decoder_.reset();
  return (coding_ != Coding::bad && transfer_coding_of(transfer) != Coding::bad) || refuse(Veto::coding);
}

// The first bytes say whether the header is right. A file that was packed beforehand often has none that says so.
bool Transfer::begin_body(std::string_view data) {
  if (coding_ == Coding::none && data.starts_with("\x1f\x8b\x08")) coding_ = Coding::gzip;
  if (coding_ == Coding::none || !begins_like(coding_, data)) return true;
  if (coding_ == Coding::foreign) return refuse(Veto::coding);
  decoder_.emplace(
      coding_, Decoder::Limits{.most = request_.max_body, .free = free_expansion, .most_expansion = most_expansion});
  return true;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t n = size * count;
  return quietly([&] { return of(self).accept_header({data, n}); }) ? n : 0;
}

bool Transfer::accept_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > most_header_bytes) return refuse(Veto::headers);
  if (line.starts_with("HTTP/")) {
    if (++status_lines_ > most_status_lines) return refuse(Veto::headers);
    in_headers_ = true;
    header_count_ = 0;
    response_.headers.clear();
    response_.status = status_of(line);
    return true;
  }
  const std::string_view trimmed = text::trim(line);
  if (trimmed.empty()) return !std::exchange(in_headers_, false) || response_.status < 200 || accept_coding();
  if (++header_count_ > most_headers) return refuse(Veto::headers);
  if (in_headers_) keep_header(trimmed);
  return true;
}

void Transfer::keep_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers.push_back(
      {std::string(text::trim(line.substr(0, colon))), std::string(text::trim(line.substr(colon + 1)))});
}

// All that comes behind the headers of an answer in chunks: libcurl swallows what stands behind a chunk's size, which
// may have no end, and the thread of all calls would read it until the time is over.
int Transfer::on_wire(CURL*, curl_infotype kind, char*, std::size_t size, void* self) {
  if (kind == CURLINFO_DATA_IN) of(self).wire_bytes_ += size; // of other kinds some come when the transfer is gone
  return 0;
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Transfer& t = of(self);
  if (t.wire_bytes_ <= free_framing + (1 + most_framing) * t.body_bytes_) return 0;
  t.refuse(Veto::too_large);
  return 1;
}

// Called before each request on a connection, new or reused: the last moment to say no.
int Transfer::on_request(void* self, char* remote, char*, int, int) {
  return quietly([&] { return of(self).may_send(remote); }) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool Transfer::may_send(const char* remote) {
  const auto address = Address::parse(remote);
  if (!address || !guard_.permits(destination_, *address, request_.caller)) return refuse(Veto::address);
  if (std::chrono::steady_clock::now() >= end_by_) return refuse(Veto::deadline);
  // Here a second time after bytes were sent: the reused connection died and libcurl would send all again.
  if (request_.effect != Effect::read && sent()) return refuse(Veto::resend);
  return asked_ = true;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  Transfer& t = of(self);
  const bool allowed = purpose == CURLSOCKTYPE_IPCXN && quietly([&] {
                         const auto target = Address::from(address->addr);
                         return target && t.guard_.permits(t.destination_, *target, t.request_.caller);
                       });
  if (!allowed) {
    t.refuse(Veto::address);
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool Transfer::in_flight_first_seen() {
  if (seen_in_flight_ || !sent()) return false;
  const auto body = info_count(easy_.get(), CURLINFO_SIZE_UPLOAD_T);
  if (static_cast<std::size_t>(body) < request_.body.size()) return false;
  return seen_in_flight_ = true;
}

Ending Transfer::ending(CURLcode code) const {
  return {.code = code,
          .veto = veto_,
          .sent = sent(),
          .connected = info_count(easy_.get(), CURLINFO_PRETRANSFER_TIME_T) > 0,
          .status = response_.status >= 200 ? response_.status : 0,
          .message =
              text::replace_all(message_.data(), alias_.empty() ? destination_.host : alias_, destination_.host)};
}

// A date is read beside the answer's own; many an error page has none, and then it is now. Written down as seconds, so
// that whoever reads it later, or again, reads the same.
void Transfer::date_retry_after() {
  const auto asked =
      std::ranges::find_if(response_.headers, [](const Header& h) { return text::iequals(h.name, "retry-after"); });
  if (asked == response_.headers.end() || !response_.header("date").empty()) return;
  const auto until = parse_http_date(text::trim(asked->value));
  const Time now = SystemClock().now();
  if (!until || *until < now) return;
  asked->value = std::to_string(std::chrono::ceil<std::chrono::seconds>(*until - now).count());
}

Expected<Response> Transfer::end(CURLcode code, Veto veto) {
  if (veto != Veto::none) veto_ = veto;
  if (cut_ && veto_ == Veto::none && code == CURLE_WRITE_ERROR) code = CURLE_OK;
  if (response_.body.capacity() > response_.body.size() + Held::free) response_.body.shrink_to_fit();
  if (code == CURLE_OK && veto_ == Veto::none &&
      !held_->settle(response_.body.size() + header_bytes_, request_.effect == Effect::once))
    veto_ = Veto::no_room;
  if (code != CURLE_OK || veto_ != Veto::none)
    return std::unexpected(to_error(ending(code), request_.effect, destination_.host));
  date_retry_after();
  response_.room = std::move(held_);
  response_.url = destination_.url;
  return std::move(response_);
}

} // namespace milkrun::http
