// The credentials of an import document, and the grants that share the platform's: a service, its settings and what it
// needs to be of use.
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/entries.hpp"
#include "cli/import/fields.hpp"
#include "providers/ai/ai.hpp"
#include "providers/meta/meta.hpp"
#include "providers/smtp/smtp.hpp"
#include "providers/whatsapp/whatsapp.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

using Services = std::initializer_list<std::string_view>;

const Services of_platform = {"ai", "facebook", "instagram", "whatsapp"};
const Services of_tenant = {"wordpress", "ai", "facebook", "instagram", "whatsapp", "email"};
const Services of_campaign = {"facebook", "instagram", "whatsapp", "email"};
const Services of_task = {"facebook", "instagram"}; // a message is its campaign's

const Services& services_of(Holder holder) {
  switch (holder) {
  case Holder::platform: return of_platform;
  case Holder::campaign: return of_campaign;
  case Holder::task: return of_task;
  case Holder::tenant: break;
  }
  return of_tenant;
}

bool is_meta(std::string_view service) { return service == "facebook" || service == "instagram"; }

void check_wordpress(const CredentialEntry& entry, bool without_secret, Fields& fields) {
  if (entry.account.empty()) fields.wrong("account", "is missing; give the WordPress user name");
  if (without_secret) fields.wrong("secret", "is missing; give an application password of that user");
  if (entry.settings != "{}") fields.wrong("settings", "must be left out: the service wordpress has none");
}

bool is_generic(const std::string& settings) {
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  return json.is_object() && json.value("adapter", nlohmann::json()) == "generic";
}

Expected<void> check_settings(const CredentialEntry& entry) {
  if (entry.service == "ai") return ai::check_settings(entry.settings);
  if (entry.service == "email") return smtp::check_settings(entry.settings);
  return is_meta(entry.service) ? meta::check_settings(entry.settings) : whatsapp::check_settings(entry.settings);
}

void check_service(const CredentialEntry& entry, bool without_secret, Fields& fields) {
  if (!is_meta(entry.service) && fields.given("app_secret"))
    fields.wrong("app_secret", "must be left out: only facebook and instagram have one");
  if (entry.service == "wordpress") return check_wordpress(entry, without_secret, fields);
  if (const auto good = check_settings(entry); !good)
    return fields.wrong("settings", text::one_line(good.error().detail, 300));
  if (entry.service == "email" && entry.account.empty())
    fields.wrong("account", "is missing; give the user name at the mail server");
  if (!without_secret) return;
  if (entry.service == "email")
    fields.wrong("secret", "is missing; give the password, or with auth = xoauth2 the refresh token");
  if (is_meta(entry.service)) fields.wrong("secret", "is missing; give an access token");
  if (entry.service == "whatsapp" && !is_generic(entry.settings))
    fields.wrong("secret", "is missing; give the token or API key of the service");
}

// The parameter of a URL that is called like a secret; "" = none. A URL is stored in the clear, and shown.
std::string secret_in(std::string_view url) {
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return {};
  for (const std::string_view pair : text::split(url.substr(query + 1), '&'))
    if (const auto name = pair.substr(0, pair.find('=')); text::names_secret(name)) return text::one_line(name, 60);
  return {};
}

// What the service's URL must be; "" when it is.
std::string check_place(const CredentialEntry& entry, std::string_view tenant, const Reading& reading) {
  if (const std::string name = secret_in(entry.base_url); !name.empty())
    return fmt::format(
        "has the parameter {}, which looks like a secret: addresses are not sealed; give it as \"secret\"", name);
  if (entry.service != "email") return check_url(entry.base_url, tenant, entry.service, reading.allow);
  const auto good = smtp::check_base_url(entry.base_url);
  return good ? "" : text::one_line(good.error().detail, 300);
}

CredentialEntry read_credential(const nlohmann::json& json, const std::string& where, Holder holder,
                                std::string_view tenant, Reading& reading) {
  Fields fields(json, where, reading.problems);
  const auto service = fields.word("service", services_of(holder));
  const auto secret = fields.secret_lines("secret", "app_secret");
  CredentialEntry entry{.where = where,
                        .service = service.value_or(""),
                        .base_url = fields.text("base_url", 2048).value_or(""),
                        .account = fields.text("account").value_or(""),
                        .settings = fields.object_text("settings").value_or("{}"),
                        .secret = secret.value_or(Secret())};
  fields.finish();
  if (!fields.given("service"))
    fields.wrong("service", fmt::format("is missing; it must be one of {}", fmt::join(services_of(holder), ", ")));
  if (!fields.given("base_url")) fields.wrong("base_url", "is missing; give the URL where the service lives");
  if (!service) return entry;
  // A platform credential is used in the name of every tenant that has a grant.
  if (!entry.base_url.empty()) reading.note(fields.where("base_url"), check_place(entry, tenant, reading));
  // A wrong one is noted already.
  check_service(entry, secret ? secret->empty() : !fields.given("secret"), fields);
  return entry;
}

} // namespace

std::vector<CredentialEntry> read_credentials(Fields& owner, Holder holder, std::string_view tenant, Reading& reading) {
  std::vector<CredentialEntry> out;
  Once services(reading);
  owner.objects("credentials", [&](const nlohmann::json& json, const std::string& at) {
    out.push_back(read_credential(json, at, holder, tenant, reading));
    services.add(out.back().service, at + ".service");
  });
  return out;
}

std::optional<std::vector<std::string>> read_grants(Fields& owner) {
  auto grants = owner.texts("grants");
  for (const std::string& service : grants.value_or(std::vector<std::string>()))
    if (std::ranges::find(of_platform, service) == of_platform.end())
      owner.wrong("grants", fmt::format("names \"{}\"; the platform can share {}", text::one_line(service, 80),
                                        fmt::join(of_platform, ", ")));
  return grants;
}

} // namespace milkrun::cli
