// What differs between the services: the request, and how its answer is read.
#pragma once

#include "providers/whatsapp/verdict.hpp"

#include <string>
#include <string_view>

namespace milkrun::whatsapp {

// What goes out, already checked: `text` is UTF-8 and not empty unless `tmpl` is there.
struct Letter {
  std::string_view key, to, text;
  std::optional<Template> tmpl = {};
};

// The part of a request that an adapter makes; send.cpp adds the rest.
struct Draft {
  std::string url, body = {};
  bool form = false;
  std::string method = "POST";
  std::vector<http::Header> headers = {};
  std::vector<http::SecretHeader> secret_headers = {};
};

struct Adapter {
  // An error: nothing can be sent with this account or to this number.
  Expected<Draft> (*draft)(const Settings&, const Credential&, const Letter&);
  // Reads every answer that came with a status line, whatever the status.
  Answer (*read)(const Exchange&);
  bool templates;              // takes templates, and text only inside the service window
  bool key_needed;             // no call without a secret
  std::size_t most_characters; // of a text
};

extern const Adapter cloud_adapter, waapi_adapter, bearer_adapter, gateway_adapter, generic_adapter, twilio_adapter;

// {"Authorization": "Bearer SECRET"} for the credential's host, or by another header and prefix.
http::SecretHeader secret_header(const Credential& credential, std::string_view name = "Authorization",
                                 std::string_view prefix = "Bearer ");
// The base URL without slashes at its end.
std::string base_of(const Credential& credential);
// credential "whatsapp.bad_account".
std::unexpected<Error> bad_account(const std::string& mend);
// `preferred`, or the credential's account, or "default".
std::string name_of(const std::string& preferred, const Credential& credential);

} // namespace milkrun::whatsapp
