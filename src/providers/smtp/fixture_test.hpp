// For tests: a credential, a letter, and what a server's reply becomes.
#pragma once

#include "providers/smtp/smtp.hpp"
#include "tests/support/fakes.hpp"

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>

#include <doctest/doctest.h>

namespace milkrun::test {

using Json = nlohmann::json;

inline constexpr std::string_view canary = "canary-7f3a91-secret";

inline Json mail_settings(const Json& more = Json::object()) {
  Json out = {{"from", "post@asha.test"}, {"from_name", "Asha"}};
  out.update(more);
  return out;
}

inline Credential mail_credential(const Json& more = Json::object(), std::string secret = std::string(canary)) {
  Credential out;
  out.id = CredentialId{"c0"};
  out.service = "email";
  out.tenant = "asha";
  out.base_url = "smtp://mail.asha.test";
  out.host = http::server_of(out.base_url);
  out.account = "post@asha.test";
  out.secret = Secret(std::move(secret));
  out.settings = mail_settings(more).dump();
  return out;
}

inline smtp::Letter letter() {
  return {.id = "0123456789abcdef0123456789abcdef",
          .to = "kim@example.test",
          .to_name = "Kim",
          .subject = "Your invoice",
          .text = "Hello Kim,\n\nplease see https://pay.asha.test/i/1?a=1&b=2.\nThank you",
          .language = "en",
          .date = noon};
}

// The value of a header field of a mail, unfolded; "" when there is none.
inline std::string field(const std::string& mail, const std::string& name) {
  std::string head = "\r\n" + mail.substr(0, mail.find("\r\n\r\n") + 2);
  for (auto at = head.find("\r\n "); at != head.npos; at = head.find("\r\n ")) head.erase(at, 2);
  const auto at = head.find("\r\n" + name + ": ");
  if (at == head.npos) return "";
  const auto start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

} // namespace milkrun::test
