// The settings of a whatsapp credential, read and checked.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"
#include "providers/whatsapp/json.hpp"
#include "providers/whatsapp/number.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::whatsapp {

enum class Service { cloud, waapi, bearer, gateway, generic, twilio };

// In which header the secret goes, and behind what; header "" = in none.
struct Auth {
  std::string header, prefix;
};

// When an answer of a generic gateway says that the message was taken.
struct Success {
  std::vector<int> statuses = {};          // empty = any 2xx
  std::optional<std::string> pointer = {}; // together with equals
  Json equals = {};
};

struct Settings {
  Service service = Service::cloud;
  std::string template_name = {}, template_language = {};
  std::string version = "v25.0", path = {}, app_id = {};
  std::optional<Auth> auth = {};
  std::optional<bool> link_preview = {};
  std::string sender = {}, instance_id = {}, session = {};
  NumberFormat number_format = NumberFormat::digits;
  bool ten_digits_kept = false;
  std::string from = {}, messaging_service = {}, api_key = {};
  // generic
  std::string method = "POST";
  bool form = false;
  std::vector<http::Header> headers = {};
  Json body = {}; // a JSON value whose strings hold placeholders; for forms one string
  bool secret_in_body = false;
  Success success = {};
  std::vector<std::string> id_pointers = {};
  std::string error_pointer = {};
  std::vector<int> retry_statuses = {};
};

// permanent "whatsapp.bad_settings"; the detail names the key, the value and the mend.
Expected<Settings> read_settings(std::string_view json);

// For settings.cpp. "" when the value of `key` is good (and now in settings), else what it must be; nullopt: the
// service has no such key. setters.cpp has those of one value, generic_setters.cpp those of a generic gateway.
using Mend = std::string;
std::optional<Mend> set_plain(Settings& settings, std::string_view key, const Json& value);
std::optional<Mend> set_generic(Settings& settings, std::string_view key, const Json& value);
// What is wrong between the keys of a generic gateway; "" when nothing is.
Mend check_generic(Settings& settings);

// 1 to `most` printable ASCII characters without blanks.
bool is_word(std::string_view s, std::size_t most);
// What Twilio calls things: two capitals that say what it is, and letters or digits ("AC5ef8...").
bool is_sid(std::string_view s, std::string_view kind);
// Begins with "/" and holds no query, fragment or placeholder.
bool is_path(std::string_view s);
// {"header", "prefix"} of a header that may carry a secret.
Mend set_auth(Settings& settings, const Json& value);

} // namespace milkrun::whatsapp
