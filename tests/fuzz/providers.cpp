// Each provider's answers: whatever a service says, its client ends, and no text of it carries the secret back.
#include "fuzz/fuzz.hpp"

#include "base/text.hpp"
#include "providers/ai/ai.hpp"
#include "providers/feed/feed.hpp"
#include "providers/feed/picture.hpp"
#include "providers/meta/meta.hpp"
#include "providers/portal/portal.hpp"
#include "providers/smtp/token.hpp"
#include "providers/whatsapp/whatsapp.hpp"
#include "providers/wordpress/wordpress.hpp"

namespace milkrun::fuzz {
namespace {

constexpr std::string_view secret = "fuzz-secret-0123456789";
constexpr Millis timeout{1'000};

Credential credential(const char* service, const std::string& settings = "{}",
                      const char* base = "https://host.example/") {
  return {.id = {"c1"},
          .service = service,
          .owner = Owner::tenant,
          .granted_to = {"t1"},
          .tenant = "asha",
          .base_url = base,
          .host = http::host_of(base),
          .account = "178",
          .secret = Secret(std::string(secret)),
          .settings = settings};
}

void is_clean(const std::string& text) {
  must(text.find(secret) == std::string::npos, "a secret came back");
  must(text::is_utf8(text), "a text that is no UTF-8");
}

template <class T> void is_clean(const Expected<T>& answer) {
  if (!answer) is_clean(answer.error().detail);
}

} // namespace

void feed(std::string_view bytes) {
  const auto parsed = feed::parse(bytes, "", "https://feeds.example/f");
  if (!parsed) return;
  must(parsed->items.size() <= 1'000, "too many items");
  for (const feed::Item& item : parsed->items) {
    must(!item.identity.empty() && item.identity.size() <= 600, "an identity of any length");
    must(text::is_utf8(item.title) && text::is_utf8(item.content) && text::is_utf8(item.summary), "no UTF-8");
    must(item.url.empty() || !http::host_of(item.url).empty(), "a link that is none");
  }
}

void graph(std::string_view bytes) {
  for (const char* service : {"facebook", "instagram"}) {
    Canned server(bytes);
    const Credential c = credential(service);
    meta::Client client(server, c, timeout);
    const auto comments = client.comments("17895695668004550", from_ms(1'790'000'000'000));
    is_clean(comments.value);
    is_clean(comments.trace_id + comments.served_version);
    if (comments.value)
      for (const meta::Comment& one : comments.value->items) {
        must(one.text.size() <= 40 * 1024, "a comment of any length");
        must(!one.id.empty(), "a comment without an id");
      }
  }
  Canned server(bytes);
  const Credential c = credential("instagram");
  meta::Client client(server, c, timeout);
  is_clean(client.followers().value);
  is_clean(client.counters("").value);
  is_clean(client.counters("178").value);
  is_clean(client.follows("178").value);
}

void wordpress(std::string_view bytes) {
  Canned server(bytes);
  const Credential c = credential("wordpress");
  wordpress::Client client(server, c, timeout);
  const auto site = client.connect();
  is_clean(site);
  const wordpress::Site known = site ? *site
                                     : wordpress::Site{.api = "https://host.example/wp-json/",
                                                       .may_publish = true,
                                                       .may_create = true,
                                                       .may_manage_categories = true};
  const auto terms = client.terms(known, {"one", "R&D"}, {"News"});
  is_clean(terms);
  const auto created = client.create(known, {.title = "t", .content = "c", .slug = "s", .status = "publish"},
                                     terms ? *terms : wordpress::Terms{});
  is_clean(created);
  if (created) {
    is_clean(created->link + created->status);
    must(created->id > 0 && created->link.size() <= 2'100, "a post of any kind");
  }
  const auto found = client.find(known, "s");
  is_clean(found);
  if (found) is_clean(found->detail);
  Canned media(bytes);
  wordpress::Client uploader(media, c, timeout);
  const auto picture = uploader.upload(
      known, {.bytes = "\x89PNG", .type = "image/png", .extension = "png", .slug = "s", .description = "d"});
  is_clean(picture);
  if (picture) {
    is_clean(picture->link + picture->status + picture->slug);
    must(picture->id > 0 && picture->link.size() <= 2'100, "a picture of any kind");
  }
  const auto seen = uploader.find_picture(known, "s");
  is_clean(seen);
  if (seen) is_clean(seen->detail);
}

void picture(std::string_view bytes) {
  const auto known = [](const feed::Picture& picture, std::string_view from) {
    must(picture.type.empty() == picture.extension.empty(), "a picture of half a kind");
    must(picture.type.empty() || (picture.type.starts_with("image/") && picture.bytes == from), "another picture");
    must(picture.type.empty() || from.find_first_not_of(" \t\r\n") == std::string_view::npos ||
             from[from.find_first_not_of(" \t\r\n")] != '<',
         "a page for a picture");
  };
  known(feed::picture_of(std::string(bytes)), bytes);
  Canned server(bytes);
  const auto fetched = feed::fetch_picture(server, "https://pictures.example/p", {"asha", "feed"}, "agent", timeout);
  must(fetched || text::is_utf8(fetched.error().detail), "a text that is no UTF-8");
  if (fetched) {
    must(!fetched->type.empty() && fetched->bytes.size() <= 3UL * 1024 * 1024, "no picture");
    known(*fetched, fetched->bytes);
  }
}

void ai(std::string_view bytes) {
  for (const char* adapter : {"openai", "anthropic", "gemini", "ollama"}) {
    Canned server(bytes);
    const Credential c = credential("ai", std::string(R"({"adapter":")") + adapter + R"(","model":"m"})");
    const ai::Answer answer =
        ai::write(server, c, {.language = "de", .tone = "", .title = "t", .text = "x", .url = "", .site = ""}, timeout);
    is_clean(answer.draft);
    is_clean(answer.model);
    must(answer.usage.tokens_in >= 0 && answer.usage.tokens_in <= 10'000'000 && answer.usage.calls <= 4,
         "a use of any amount");
    if (answer.draft) must(answer.draft->title.size() <= 800 && answer.draft->tags.size() <= 8, "a draft of any size");
  }
}

void portal(std::string_view bytes) {
  Canned server(bytes);
  const Credential c = credential("portal");
  portal::Client client(server, c, timeout);
  const auto list = client.tenants();
  is_clean(list);
  if (list)
    for (const portal::Tenant& t : list->tenants) {
      must(!t.tenant_id.empty() && t.tenant_id.size() <= 64 && t.remaining >= 0, "a tenant of any kind");
      must(t.site_url.empty() || !http::host_of(t.site_url).empty(), "an address that is none");
    }
  is_clean(client.report({.tenant_id = "6", .status = "success", .execution_id = "x"}));
}

void whatsapp(std::string_view bytes) {
  for (
      const char* settings :
      {R"({"adapter":"cloud"})", R"({"adapter":"waapi"})", R"({"adapter":"bearer"})", R"({"adapter":"gateway"})",
       R"({"adapter":"twilio","from":"+14155238886"})",
       R"({"adapter":"generic","body":{"to":"{{number}}","m":"{{message}}"},"id_pointers":["/id","/a/0/id"],"error_pointer":"/error/message"})"}) {
    Canned server(bytes);
    const Credential c = credential("whatsapp", settings);
    const whatsapp::Answer answer = whatsapp::send(
        server, c, {.key = "k", .to = "+491701234567", .text = "hello", .tmpl = {}, .window_open = true}, timeout);
    is_clean(answer.receipt);
    if (answer.receipt) {
      is_clean(answer.receipt->id + answer.receipt->status + answer.receipt->recipient);
      must(answer.receipt->id.size() <= 300, "an id of any length");
    }
  }
}

void token(std::string_view bytes) {
  Canned server(bytes);
  Credential c = credential(
      "email",
      R"({"from":"a@host.example","auth":"xoauth2","token_url":"https://host.example/token","client_id":"id"})",
      "smtps://host.example");
  c.host = http::server_of(c.base_url);
  const auto settings = smtp::read_settings(c.settings);
  if (!settings) return;
  const auto got = smtp::access_token(server, c, *settings, from_ms(1'790'000'000'000), timeout);
  is_clean(got);
  if (got)
    must(!got->access.empty() && got->access.reveal().find('\n') == std::string_view::npos, "a token of any kind");
}

} // namespace milkrun::fuzz
