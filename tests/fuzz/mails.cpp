// What mail servers say of a letter at once, and what strangers' mails say of it later.
#include "fuzz/fuzz.hpp"

#include "base/text.hpp"
#include "http/mail_reply.hpp"
#include "providers/smtp/report.hpp"
#include "providers/smtp/smtp.hpp"

#include <algorithm>

namespace milkrun::fuzz {
namespace {

constexpr std::string_view secret = "fuzz-secret-0123456789";

void is_clean(const std::string& text) {
  must(text.find(secret) == std::string::npos, "a secret came back");
  must(text::is_utf8(text), "a text that is no UTF-8");
}

Credential account(const char* auth) {
  Credential out{.id = {"c1"},
                 .service = "email",
                 .owner = Owner::tenant,
                 .granted_to = {"t1"},
                 .tenant = "asha",
                 .base_url = "smtps://host.example",
                 .host = {},
                 .account = "178",
                 .secret = Secret(std::string(secret)),
                 .settings = std::string(R"({"from":"a@host.example","auth":")") + auth + R"("})"};
  out.host = http::server_of(out.base_url);
  return out;
}

// The answers that the bytes are, as if a session had read them line by line.
class Server final : public http::Client {
public:
  explicit Server(std::string_view bytes) : canned_(bytes) {}
  Expected<http::Response> send(const http::Request& request) override {
    auto answer = canned_.send(request);
    if (!answer) return answer;
    http::MailReply reply;
    for (const std::string_view line : text::split(answer->body, '\n'))
      if (!reply.add(line)) return fail(Fault::outage, "network.too_many_headers");
    if (reply.code() >= 200 && reply.code() <= 599) answer->status = reply.code();
    answer->body = reply.text();
    must(answer->body.size() <= 32UL * 1024, "a reply of any length");
    return answer;
  }

private:
  Canned canned_;
};

} // namespace

void mail(std::string_view bytes) {
  for (const char* auth : {"plain", "login"}) {
    Server server(bytes);
    const Credential c = account(auth);
    const smtp::Answer answer =
        smtp::send(server, c, {.id = "m1", .to = "b@host.example", .text = "hello", .date = from_ms(1'790'000'000'000)},
                   Millis(1'000));
    must(!answer.secret, "a secret that nobody asked for");
    if (answer.receipt) {
      is_clean(answer.receipt->id + answer.receipt->status);
      must(answer.receipt->status.size() <= 200, "a status of any length");
      must(answer.receipt->status.find_first_of("\n\r\x1b") == std::string::npos, "a status of many lines");
    } else {
      is_clean(answer.receipt.error().detail);
    }
  }
}

void report(std::string_view bytes) {
  if (const auto found = smtp::read_report(bytes)) {
    constexpr std::string_view actions[] = {"failed", "delayed", "delivered", "relayed", "expanded"};
    must(std::ranges::find(actions, found->action) != std::end(actions), "an action of its own");
    must(found->status.size() <= 16 && found->status.find_first_not_of("0123456789.") == std::string::npos,
         "a status of its own");
    static_cast<void>(smtp::also_of_status(found->status));
  }
  if (const auto found = smtp::read_complaint(bytes)) {
    must(!found->type.empty() && found->names.size() <= 16, "a complaint of any size");
    for (const std::string& name : found->names)
      must(!name.empty() && name.size() <= 256UL * 1024 && !name.contains('\n'), "a name of many lines");
  }
  static_cast<void>(smtp::also_of_status(bytes.substr(0, 100)));
}

} // namespace milkrun::fuzz
