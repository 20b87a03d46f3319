// One draft, in at most three calls: the first, one with a doubled cap, one repair. Tokens of every answer are
// counted, whether or not it could be used.
#include "providers/ai/adapter.hpp"
#include "providers/ai/errors.hpp"
#include "providers/ai/prompt.hpp"
#include "providers/ai/schema.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::ai {
namespace {

constexpr int highest_cap = 64'000;

class Session {
public:
  Session(http::Client& client, const Credential& credential, const Settings& settings, const Brief& brief,
          Millis timeout)
      : client_(client), credential_(credential), settings_(settings), timeout_(timeout), talk_(first_talk(brief)),
        cap_(settings.max_tokens) {
    answer_.model = settings.model;
  }

  Answer run() && {
    answer_.draft = draft();
    return std::move(answer_);
  }

private:
  Expected<Draft> draft() {
    const Reply first = TRY(whole_reply());
    auto drafted = read_draft(first.text);
    if (drafted) return *std::move(drafted);
    ask_again(talk_, first.text, drafted.error());
    const Reply second = TRY(whole_reply());
    drafted = read_draft(second.text);
    if (drafted) return *std::move(drafted);
    return fail(Fault::permanent, "ai: answer does not fit the schema", drafted.error());
  }

  // An answer that was neither refused nor cut off.
  Expected<Reply> whole_reply() {
    Reply reply = TRY(ask());
    if (is_cut(reply) && !doubled_ && cap_ < highest_cap) {
      doubled_ = true;
      cap_ = std::min(2 * cap_, highest_cap);
      auto again = ask();
      // The doubled cap may be more than the model takes.
      if (!again && again.error().fault == Fault::permanent) return cut_off("and refused a higher token cap");
      reply = TRY(std::move(again));
    }
    if (reply.stop == Stop::refused)
      return fail(Fault::permanent, "ai: refused", redact(reply.why, credential_.secret));
    if (is_cut(reply)) return cut_off("at " + std::to_string(cap_) + " tokens");
    return reply;
  }

  static std::unexpected<Error> cut_off(const std::string& how) {
    return fail(Fault::permanent, "ai: answer cut off", how);
  }

  // A stop reason we do not know is good when the answer is whole.
  static bool is_cut(const Reply& reply) {
    return reply.stop == Stop::cut || (reply.stop == Stop::unknown && !read_draft(reply.text));
  }

  Expected<Reply> ask() {
    ++answer_.usage.calls;
    const http::Response response = TRY(client_.send(request_for(settings_, credential_, talk_, cap_, timeout_)));
    note_request_id(response.header("x-request-id"));
    note_request_id(response.header("request-id"));
    const auto body = parse_json(response.body);
    const bool good = response.status >= 200 && response.status < 300;
    if (!good || (body && holds_error(*body))) {
      return std::unexpected(error_of(problem_of(response, body), credential_.secret));
    }
    auto reply = body ? adapter_of(settings_.vendor).read(*body) : std::nullopt;
    if (!reply) return unusable(response);
    answer_.usage.tokens_in += reply->usage.tokens_in;
    answer_.usage.tokens_out += reply->usage.tokens_out;
    if (!reply->model.empty()) answer_.model = text::one_line(reply->model, 100);
    if (response.header("x-request-id").empty() && response.header("request-id").empty()) note_request_id(reply->id);
    return *std::move(reply);
  }

  Expected<Reply> unusable(const http::Response& response) const {
    auto error =
        fail(Fault::transient, "ai: unusable answer", redact(response.body.substr(0, 200), credential_.secret));
    error.error().http_status = response.status;
    return error;
  }

  void note_request_id(std::string_view id) {
    if (!id.empty()) answer_.request_id = text::one_line(id, 100);
  }

  http::Client& client_;
  const Credential& credential_;
  const Settings& settings_;
  Millis timeout_;
  Talk talk_;
  int cap_;
  bool doubled_ = false;
  Answer answer_{.draft = Draft{}};
};

} // namespace

Answer write(http::Client& client, const Credential& credential, const Brief& brief, Millis timeout) {
  const auto settings = read_settings(credential.settings);
  if (!settings) {
    // Every item under this credential would meet the same settings.
    return {.draft = fail(Fault::credential, settings.error().reason, settings.error().detail)};
  }
  if (adapter_of(settings->vendor).key_needed && credential.secret.empty()) {
    return {.draft = fail(Fault::credential, "ai: no key"), .model = settings->model};
  }
  return Session(client, credential, *settings, brief, timeout).run();
}

} // namespace milkrun::ai
