// libcurl's SMTP, watched. It tells neither which command a reply was to nor whether the last line of the mail has
// left: the first is read from the commands it reports, the second from how much of the body it has taken.
#include "http/mail_session.hpp"

#include "base/text.hpp"
#include "http/mail_reply.hpp"

#include <fmt/format.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#undef curl_easy_setopt // the type-checking macro does not see through the template below

namespace milkrun::http {
namespace {

template <class T> void set(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK)
    throw std::runtime_error(
        fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
}

List list_of(const std::string& line) {
  List out(curl_slist_append(nullptr, line.c_str()));
  if (!out) throw std::bad_alloc();
  return out;
}

template <class Work> bool quietly(Work&& work) noexcept {
  try {
    return work();
  } catch (...) {
    return false;
  }
}

struct Mailing {
  const Request& request;
  const Destination& destination;
  const Guard& guard;
  const MailStop& stop;
  Instant end_by;
  std::size_t offset = 0; // of the body: what libcurl has taken
  const char* phase = "connect";
  bool hung_up = false; // QUIT was said: what comes now is no reply to us
  MailReply reply = {};
  Veto veto = Veto::none;
  bool stranger = false; // the server let us go on without a sign-in
  int socket = -1;       // of a new connection

  // From here on the last line may have left.
  bool committed() const { return offset == request.body.size(); }
  bool refuse(Veto why) {
    veto = why;
    return false;
  }

  void command(std::string_view line) {
    if (line.starts_with("QUIT")) hung_up = true;
    if (hung_up) return;
    reply.forget();
    if (line.starts_with("AUTH")) phase = "sign-in";
    if (line.starts_with("MAIL")) phase = "sender";
    if (line.starts_with("RCPT")) phase = "recipient";
    if (line.starts_with("DATA")) phase = "message";
  }
  bool reply_line(std::string_view line) {
    if (hung_up) return true;
    if (!reply.add(line)) return refuse(Veto::headers);
    // libcurl would say QUIT to a server that will not have us, and wait for its answer.
    const bool outside = std::string_view(phase) == "connect" || std::string_view(phase) == "sign-in";
    if (outside && reply.complete() && reply.code() >= 400 && socket >= 0) shutdown(socket, SHUT_WR);
    return true;
  }
  // One that is used again was asked when it was new.
  bool signed_in() const { return socket < 0 || (std::string_view(phase) == "sign-in" && reply.code() == 235); }
  bool may_go_on(const char* remote) {
    stranger = !signed_in(); // libcurl would send the mail all the same
    if (stranger) return false;
    const auto address = Address::parse(remote);
    if (!address || !guard.permits(destination, *address, request.caller)) return refuse(Veto::address);
    return std::chrono::steady_clock::now() < end_by || refuse(Veto::deadline);
  }
};

Mailing& of(void* self) { return *static_cast<Mailing*>(self); }

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self) {
  Mailing& m = of(self);
  const std::size_t n = m.request.body.copy(out, size * count, m.offset);
  m.offset += n;
  if (m.committed()) m.reply.forget(); // the 354: the next one is about the mail
  return n;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t n = size * count;
  return quietly([&] { return of(self).reply_line({data, n}); }) ? n : 0;
}

std::size_t on_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  if (type == CURLINFO_HEADER_OUT) quietly([&] { return of(self).command({data, size}), true; });
  return 0;
}

int on_request(void* self, char* remote, char*, int, int) {
  return quietly([&] { return of(self).may_go_on(remote); }) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

// Asked at least once a second, also while libcurl waits for a reply.
int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Mailing& m = of(self);
  if (!m.stop.stopped() || (m.committed() && !m.stop.over())) return 0;
  m.refuse(Veto::stopped);
  return 1;
}

curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  Mailing& m = of(self);
  const bool allowed = purpose == CURLSOCKTYPE_IPCXN && quietly([&] {
                         const auto target = Address::from(address->addr);
                         return target && m.guard.permits(m.destination, *target, m.request.caller);
                       });
  if (!allowed) {
    m.refuse(Veto::address);
    return CURL_SOCKET_BAD;
  }
  return m.socket = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_constant_mail(CURL* easy, const TransferSettings& settings) {
  set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOPROXY, "*");
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr)); // as in set_constant()
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_MAXCONNECTS, 1L);
  set(easy, CURLOPT_UPLOAD, 1L);
  set(easy, CURLOPT_VERBOSE, 1L); // makes on_debug heard
  set(easy, CURLOPT_NOPROGRESS, 0L);
}

void set_callbacks(CURL* easy, Mailing& mailing) {
  set(easy, CURLOPT_READFUNCTION, &on_read);
  set(easy, CURLOPT_READDATA, &mailing);
  set(easy, CURLOPT_HEADERFUNCTION, &on_header);
  set(easy, CURLOPT_HEADERDATA, &mailing);
  set(easy, CURLOPT_WRITEFUNCTION, &on_body);
  set(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
  set(easy, CURLOPT_DEBUGDATA, &mailing);
  set(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(easy, CURLOPT_XFERINFODATA, &mailing);
  set(easy, CURLOPT_PREREQFUNCTION, &on_request);
  set(easy, CURLOPT_PREREQDATA, &mailing);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, &mailing);
}

void set_sign_in(CURL* easy, const Envelope& envelope) {
  std::string secret(envelope.secret.reveal());
  set(easy, CURLOPT_USERNAME, envelope.user.c_str());
  if (envelope.auth == Envelope::Auth::xoauth2) {
    set(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
    set(easy, CURLOPT_XOAUTH2_BEARER, secret.c_str());
  } else {
    set(easy, CURLOPT_LOGIN_OPTIONS, envelope.auth == Envelope::Auth::login ? "AUTH=LOGIN" : "AUTH=PLAIN");
    set(easy, CURLOPT_PASSWORD, secret.c_str());
  }
  explicit_bzero(secret.data(), secret.size());
}

void set_timeouts(CURL* easy, Instant connect_by, Instant end_by) {
  const Instant now = std::chrono::steady_clock::now();
  const auto left = [now](Instant until) {
    return static_cast<long>(
        std::clamp<std::int64_t>(std::chrono::ceil<Millis>(until - now).count(), 1, 24L * 3600 * 1000));
  };
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, left(connect_by));
  set(easy, CURLOPT_TIMEOUT_MS, left(end_by));
  set(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, left(end_by) / 1000 + 1);
}

std::string pin_of(const Destination& destination) {
  std::string pin = fmt::format("{}:{}:", destination.host, destination.port);
  for (const Address& a : destination.addresses) {
    if (!pin.ends_with(':')) pin += ',';
    pin += a.v4() ? a.text() : "[" + a.text() + "]";
  }
  return pin;
}

// Google says why it refuses a token in one more challenge, and refuses it only after a line that libcurl does not
// send.
Response refused_by_challenge(const Mailing& m) {
  const std::string said = m.reply.text();
  return {.status = 535, .headers = {{"smtp-phase", m.phase}}, .body = text::from_base64(said).value_or(said)};
}

Expected<Response> result_of(Mailing& m, CURLcode code, std::string message, bool connected) {
  if (code == CURLE_LOGIN_DENIED && m.reply.complete() && m.reply.code() == 334) return refused_by_challenge(m);
  const bool refused = m.reply.complete() && m.reply.code() >= 400; // says why itself
  if (m.stranger || (code == CURLE_LOGIN_DENIED && !refused))
    return fail(Fault::setting, "smtp.signin_refused",
                fmt::format("{} offers no sign-in of the kind that is set", text::one_line(m.destination.host, 100)));
  const bool answered = m.veto == Veto::none && m.reply.complete();
  const bool taken = answered && m.committed() && m.reply.code() >= 200 && m.reply.code() < 300;
  if (taken || (answered && m.reply.code() >= 400))
    return Response{.status = m.reply.code(), .headers = {{"smtp-phase", m.phase}}, .body = m.reply.text()};
  return std::unexpected(to_error({.code = code,
                                   .veto = m.veto,
                                   .sent = m.committed(),
                                   .connected = connected,
                                   .status = m.reply.code(),
                                   .message = std::move(message)},
                                  Effect::once, m.destination.host));
}

} // namespace

MailSession::MailSession(const TransferSettings& settings) : settings_(settings), easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
}

MailSession::~MailSession() {
  // It would say QUIT and wait for the answer: so it finds that it cannot.
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD)
    shutdown(socket, SHUT_RDWR);
}

Expected<Response> MailSession::send(const Request& request, const Destination& destination, const Guard& guard,
                                     Instant connect_by, Instant end_by, const MailStop& stop) {
  CURL* easy = easy_.get();
  const Envelope& envelope = *request.envelope;
  Mailing mailing{.request = request, .destination = destination, .guard = guard, .stop = stop, .end_by = end_by};
  std::array<char, CURL_ERROR_SIZE> message{};
  const std::string url = fmt::format("{}://{}:{}/{}", destination.url.starts_with("smtps:") ? "smtps" : "smtp",
                                      destination.host, destination.port, envelope.hello);
  const List pins = list_of(pin_of(destination)), recipients = list_of("<" + envelope.to + ">");
  curl_easy_reset(easy); // options only: the connection stays
  set_constant_mail(easy, settings_);
  set_callbacks(easy, mailing);
  set_sign_in(easy, envelope);
  set_timeouts(easy, connect_by, end_by);
  set(easy, CURLOPT_ERRORBUFFER, message.data());
  set(easy, CURLOPT_URL, url.c_str());
  if (!destination.literal) set(easy, CURLOPT_RESOLVE, pins.get());
  set(easy, CURLOPT_MAIL_FROM, ("<" + envelope.from + ">").c_str());
  set(easy, CURLOPT_MAIL_RCPT, recipients.get());
  set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  const CURLcode code = curl_easy_perform(easy);
  ++mails_;
  curl_off_t connected = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  auto result = result_of(mailing, code, message.data(), connected > 0);
  good_ = code == CURLE_OK;
  curl_easy_reset(easy); // nothing in it points to this call any more
  return result;
}

} // namespace milkrun::http
