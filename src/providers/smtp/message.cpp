// One letter becomes one mail. Whatever a name, a subject or a text holds, the mail has the fields written here and no
// other, and its parts end where they should.
#include "base/text.hpp"
#include "providers/smtp/body.hpp"
#include "providers/smtp/header.hpp"
#include "providers/smtp/settings.hpp"
#include "providers/smtp/smtp.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace milkrun::smtp {
namespace {

constexpr std::size_t longest_text = 200'000, longest_field = 2'000;
constexpr std::size_t mac_bytes = 10; // what no one can guess in the lifetime of a mail

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 &&
         std::ranges::all_of(id, [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_token(std::string_view token) {
  return !token.empty() && token.size() <= 200 && text::percent_encode(token) == token;
}

bool is_language(std::string_view tag) {
  return tag.size() <= 35 &&
         std::ranges::all_of(tag, [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// An address that may stand between angle brackets.
bool is_link(std::string_view url) {
  return url.starts_with("https://") && !http::host_of(url).empty() && url.size() <= 900 &&
         std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>'; });
}

std::string mac_of(std::string_view id, const Secret& key) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_state state;
  const std::string_view bytes = key.reveal();
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(id.data()), id.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return text::hex({reinterpret_cast<const char*>(mac.data()), mac_bytes});
}

Expected<void> check(const Letter& letter) {
  if (!is_id(letter.id)) return fail(Fault::permanent, "smtp.bad_id", text::one_line(letter.id, 60));
  for (const std::string* field : {&letter.to_name, &letter.subject})
    if (field->size() > longest_field || !is_header_text(*field))
      return fail(Fault::permanent, "smtp.bad_header", text::one_line(*field, 80));
  if (text::trim(letter.text).empty()) return fail(Fault::permanent, "smtp.empty_text");
  if (letter.text.size() > longest_text)
    return fail(Fault::permanent, "smtp.text_too_long", fmt::format("{} bytes", letter.text.size()));
  if (letter.unsubscribe &&
      (!is_token(letter.unsubscribe->token) || !(letter.unsubscribe->url.empty() || is_link(letter.unsubscribe->url))))
    return fail(Fault::permanent, "smtp.bad_unsubscribe", text::one_line(letter.unsubscribe->url, 80));
  return {};
}

std::string unsubscribe_fields(const Unsubscribe& unsubscribe, const Settings& settings) {
  const std::string& to = !settings.unsubscribe.empty() ? settings.unsubscribe
                          : !settings.reply_to.empty()  ? settings.reply_to
                                                        : settings.from;
  const std::string by_mail =
      fmt::format("<mailto:{}?subject=unsubscribe%20{}>", text::replace_all(to, "%", "%25"), unsubscribe.token);
  if (unsubscribe.url.empty()) return plain_field("List-Unsubscribe", by_mail);
  return plain_field("List-Unsubscribe", fmt::format("<{}>, {}", unsubscribe.url, by_mail)) +
         plain_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

std::string part(std::string_view boundary, std::string_view type, std::string_view lines) {
  return fmt::format("--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
                     boundary, type, quoted_printable(lines));
}

} // namespace

std::string message_id(std::string_view id, std::string_view from) {
  const auto address = parse_address(from);
  return address ? fmt::format("<{}@{}>", id, address->substr(address->find('@') + 1)) : "";
}

std::string bounce_address(std::string_view id, std::string_view domain, const Secret& key) {
  return fmt::format("bounce+{}.{}@{}", id, mac_of(id, key), domain);
}

std::string unsubscribe_token(std::string_view id, const Secret& key) {
  return fmt::format("{}.{}", id, mac_of(fmt::format("unsubscribe {}", id), key));
}

std::optional<std::string> unsubscribed_id(std::string_view token, const Secret& key) {
  const std::size_t dot = token.rfind('.');
  if (key.empty() || dot == token.npos || !is_id(token.substr(0, dot))) return std::nullopt;
  const std::string id(token.substr(0, dot)), good = unsubscribe_token(id, key);
  if (token.size() != good.size() || sodium_memcmp(token.data(), good.data(), good.size()) != 0) return std::nullopt;
  return id;
}

std::optional<std::string> bounced_id(std::string_view address, const Secret& key) {
  constexpr std::string_view start = "bounce+";
  const std::size_t at = address.rfind('@');
  if (key.empty() || at == address.npos || !text::iequals(address.substr(0, start.size()), start)) return std::nullopt;
  const std::string_view local = address.substr(start.size(), at - std::min(at, start.size()));
  const std::size_t dot = local.rfind('.');
  if (dot == local.npos || !is_id(local.substr(0, dot))) return std::nullopt;
  const std::string_view id = local.substr(0, dot);
  const std::string mac = mac_of(id, key), given = text::lower(local.substr(dot + 1));
  if (given.size() != mac.size() || sodium_memcmp(given.data(), mac.data(), mac.size()) != 0) return std::nullopt;
  return std::string(id);
}

std::string html_of(std::string_view text, std::string_view language) {
  return to_html(text, is_language(language) ? language : "");
}

Expected<std::string> compose(const Letter& letter, std::string_view settings_json) {
  const auto settings = read_settings(settings_json);
  if (!settings) return fail(Fault::setting, settings.error().reason, settings.error().detail);
  TRY(check(letter));
  const std::string to = TRY(parse_address(letter.to));
  const std::string lines = to_lines(letter.text);
  const std::string language = is_language(letter.language) ? letter.language : "";
  // Not in any text: who writes one knows neither id nor digest.
  const std::string boundary = "=_" + text::sha256_hex(letter.id + lines).substr(0, 32);
  std::string out = plain_field("Date", mail_date(letter.date));
  out += mailbox_field("From", settings->from_name, settings->from);
  if (!settings->reply_to.empty()) out += plain_field("Reply-To", settings->reply_to);
  out += mailbox_field("To", letter.to_name, to);
  out += text_field("Subject", letter.subject);
  out += plain_field("Message-ID", message_id(letter.id, settings->from));
  out += plain_field("Auto-Submitted", "auto-generated");
  if (letter.unsubscribe) out += unsubscribe_fields(*letter.unsubscribe, *settings);
  if (!language.empty()) out += plain_field("Content-Language", language);
  out += "MIME-Version: 1.0\r\n";
  out += fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
  out += part(boundary, "text/plain", lines);
  out += part(boundary, "text/html", to_html(letter.text, language));
  return out + fmt::format("--{}--\r\n", boundary);
}

} // namespace milkrun::smtp
