// One draft, in at most four calls: the first, the same with the cap under its other name, one with a doubled cap, one
// repair. Tokens of every answer are
// counted, whether or not it could be used.
#include "providers/ai/adapter.hpp"
#include "providers/ai/errors.hpp"
#include "providers/ai/prompt.hpp"
#include "providers/ai/schema.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace milkrun::ai {
namespace {

constexpr int highest_cap = 64'000;
constexpr int most_calls = 4;
constexpr std::int64_t most_tokens = 2'000'000; // of one call; no model takes more, and a service may say anything

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
    if (is_blank(second.text)) return fail(Fault::outage, "ai.empty_answer", drafted.error());
    const bool says_nothing = !outermost_object(first.text) && !outermost_object(second.text);
    return waits_alone(says_nothing ? ReasonCode("ai.unusable_answer") : "ai.answer_misfit", drafted.error());
  }

  // An answer that was neither refused nor cut off.
  Expected<Reply> whole_reply() {
    Reply reply = TRY(ask());
    if (is_cut(reply) && !is_empty(reply) && !doubled_ && cap_ < highest_cap) {
      doubled_ = true;
      cap_ = std::min(2 * cap_, highest_cap);
      auto again = ask();
      // The doubled cap may be more than the model takes.
      if (!again && again.error().http_status == 400) return cut_off(reply, "and refused a higher token cap");
      reply = TRY(std::move(again));
    }
    if (reply.stop == Stop::refused) return fail(Fault::permanent, "ai.refused", redact(reply.why, credential_.secret));
    if (reply.stop == Stop::declined) return waits_alone("ai.request_refused", redact(reply.why, credential_.secret));
    // Nothing was said about the item: a filter would have said so, a full cap too.
    if (is_empty(reply)) return fail(Fault::outage, "ai.empty_answer");
    if (is_cut(reply)) return cut_off(reply, "at " + std::to_string(cap_) + " tokens");
    // A stop reason we do not know is good when the answer is whole; else the service broke off.
    if (reply.stop == Stop::unknown && !read_draft(reply.text))
      return waits_alone("ai.unusable_answer", "it ends without a known reason, and is not whole");
    return reply;
  }

  // The cap is a setting of the credential: raised, it lets this very article through. A model that has used up all of
  // it before its first word would do so with the next item, too; one that was writing may be brief about the others.
  static std::unexpected<Error> cut_off(const Reply& reply, const std::string& how) {
    if (has_no_words(reply.text))
      return fail(Fault::setting, "ai.parameter_refused", "no text was left by the token cap: cut off " + how);
    return waits_alone("ai.answer_cut_off", how);
  }

  // "The service is temporarily unavailable", twice: whoever says so does not write this time, and whoever writes what
  // nobody asked for may not tomorrow. Perhaps of this text alone, so that it waits alone.
  static std::unexpected<Error> waits_alone(ReasonCode reason, const std::string& why) {
    Error error{.fault = Fault::outage, .reason = reason, .detail = why};
    error.parks.push_back({.scope = ParkScope::page, .id = {}, .rest = Millis(0), .reason = error.reason});
    return std::unexpected(std::move(error));
  }

  // An object of which nothing was asked, or with nothing in its fields, says as little as no text.
  static bool is_blank(std::string_view text) {
    const auto object = outermost_object(text);
    return object &&
           std::ranges::none_of(std::array{"title", "excerpt", "body_markdown", "tags"}, [&](const char* name) {
             const auto found = object->find(name);
             if (found == object->end()) return false;
             return found->is_string() ? !has_no_words(found->get_ref<const std::string&>()) : !found->empty();
           });
  }

  static bool is_empty(const Reply& reply) {
    return has_no_words(reply.text) && (reply.stop == Stop::end || reply.stop == Stop::unknown);
  }

  // By the service's own word for a full cap.
  static bool is_cut(const Reply& reply) { return reply.stop == Stop::cut; }

  Expected<Reply> ask() {
    auto reply = ask_once();
    if (reply) renamed_ = true; // this name is taken: what is refused later is the figure
    if (reply || !reply.error().reason.is("ai.parameter_refused") || renamed_ || !is_about_cap(reply.error()))
      return reply;
    renamed_ = true;
    settings_.max_tokens_param = other_cap_name(settings_, credential_);
    auto again = ask_once();
    return !again && again.error().reason.is("ai.parameter_refused") ? reply : again;
  }

  // By its name, and not by its figure.
  bool is_about_cap(const Error& error) const {
    return settings_.vendor == Vendor::openai && error.detail.find("max_") != std::string::npos &&
           error.detail.find("context length") == std::string::npos;
  }

  Expected<Reply> ask_once() {
    ++answer_.usage.calls;
    const http::Request request = request_for(settings_, credential_, talk_, cap_, timeout_);
    const std::size_t asked = request.body.size();
    const http::Response response = TRY(client_.send(request));
    note_request_id(response.header("x-request-id"));
    note_request_id(response.header("request-id"));
    const auto body = parse_answer(response.body);
    const bool good = response.status >= 200 && response.status < 300;
    if (!good || (body && holds_error(*body))) {
      return std::unexpected(error_of(problem_of(response, body), credential_.secret));
    }
    auto reply = body ? adapter_of(settings_.vendor).read(*body) : std::nullopt;
    if (!reply) return unusable(response);
    answer_.usage.tokens_in += believable(reply->usage.tokens_in, asked);
    answer_.usage.tokens_out += believable(reply->usage.tokens_out, reply->text.size());
    if (!reply->model.empty()) answer_.model = text::clip(redact(reply->model, credential_.secret), 100);
    if (response.header("x-request-id").empty() && response.header("request-id").empty()) note_request_id(reply->id);
    return *std::move(reply);
  }

  // A service that does not say what it took, or says less than nothing, is not free: its bytes are counted.
  static std::int64_t believable(std::int64_t said, std::size_t bytes) {
    constexpr std::int64_t bytes_a_token = 3;
    if (said <= 0) said = static_cast<std::int64_t>(bytes) / bytes_a_token;
    return std::min(said, most_tokens);
  }

  // A page, or nothing, is of somebody in front of the service. All else the service may have written, and charged for.
  Expected<Reply> unusable(const http::Response& response) const {
    std::string said = text::clip(redact(response.body, credential_.secret), 200);
    const std::string_view body = text::trim(response.body);
    auto error = body.empty() || body.starts_with('<') ? fail(Fault::outage, "ai.unusable_answer", std::move(said))
                                                       : waits_alone("ai.unusable_answer", said);
    error.error().http_status = response.status;
    return error;
  }

  void note_request_id(std::string_view id) {
    if (!id.empty()) answer_.request_id = text::clip(redact(id, credential_.secret), 100);
  }

  http::Client& client_;
  const Credential& credential_;
  Settings settings_;
  Millis timeout_;
  Talk talk_;
  int cap_;
  bool doubled_ = false, renamed_ = false;
  Answer answer_{.draft = Draft{}};
};

} // namespace

Most most_cost(std::string_view settings_json, std::size_t text_bytes) {
  const auto settings = read_settings(settings_json);
  if (!settings) return {};
  constexpr std::int64_t rules = 2'000, said_before = 32'000, bytes_a_token = 2; // a script may need a token a letter
  const std::int64_t cap = settings->max_tokens,
                     doubled = std::max<std::int64_t>(cap, std::min<std::int64_t>(2 * cap, highest_cap));
  const std::int64_t in =
      rules + static_cast<std::int64_t>(std::min<std::size_t>(text_bytes, most_item_bytes)) / bytes_a_token;
  return {.calls = most_calls, .tokens = most_calls * in + said_before + cap + 2 * doubled};
}

Answer write(http::Client& client, const Credential& credential, const Brief& brief, Millis timeout) {
  const auto settings = read_settings(credential.settings);
  if (!settings) {
    // Every item under this credential would meet the same settings.
    return {.draft = fail(Fault::setting, settings.error().reason, settings.error().detail)};
  }
  if (adapter_of(settings->vendor).key_needed && credential.secret.empty()) {
    return {.draft = fail(Fault::setting, "ai.no_key"), .model = settings->model};
  }
  return Session(client, credential, *settings, brief, timeout).run();
}

} // namespace milkrun::ai
