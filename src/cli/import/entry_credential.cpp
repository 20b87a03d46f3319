// The credentials of an import document, and the grants that share the platform's: a service, its settings and what it
// needs to be of use.
#include "base/shown.hpp"
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/typed_tables.hpp"
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

constexpr std::string_view of_platform[] = {"ai", "facebook", "instagram", "whatsapp"};
constexpr std::string_view of_tenant[] = {"wordpress", "ai", "facebook", "instagram", "whatsapp", "email"};
constexpr std::string_view of_campaign[] = {"facebook", "instagram", "whatsapp", "email"};
constexpr std::string_view of_task[] = {"facebook", "instagram"}; // a message is its campaign's

bool is_meta(std::string_view service) { return service == "facebook" || service == "instagram"; }

void check_wordpress(const CredentialEntry& entry, Fields& fields) {
  if (entry.account.empty()) fields.wrong("account", "is missing; give the WordPress user name");
  if (entry.settings != "{}") fields.wrong("settings", "must be left out: the service wordpress has none");
}

bool has_setting(const std::string& settings, const char* key, std::string_view word) {
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  return json.is_object() && json.value(key, nlohmann::json()) == word;
}

bool is_generic(const std::string& settings) { return has_setting(settings, "adapter", "generic"); }

bool is_xoauth2(const CredentialEntry& entry) {
  return entry.service == "email" && has_setting(entry.settings, "auth", "xoauth2");
}

Expected<void> check_settings(const CredentialEntry& entry) {
  if (entry.service == "ai") return ai::check_settings(entry.settings);
  if (entry.service == "email") {
    TRY(smtp::check_settings(entry.settings));
    return smtp::check_token_host(entry.settings, entry.base_url);
  }
  return is_meta(entry.service) ? meta::check_settings(entry.settings) : whatsapp::check_settings(entry.settings);
}

// The refresh token goes there: plain http only where the operator has opened it, as for any address of a tenant.
void check_token_url(const CredentialEntry& entry, const Fields& fields, Reading& reading) {
  const auto settings = nlohmann::json::parse(entry.settings, nullptr, false);
  const std::string wrong =
      check_url(settings.value("token_url", std::string()), reading.tenant, entry.service, reading.allow);
  reading.note(fields.where("settings"), wrong.empty() ? "" : "token_url " + wrong);
}

void check_service(const CredentialEntry& entry, Fields& fields, Reading& reading) {
  if (!is_meta(entry.service) && fields.given("app_secret"))
    fields.wrong("app_secret", "must be left out: only facebook and instagram have one");
  if (!is_xoauth2(entry) && fields.given("client_secret"))
    fields.wrong("client_secret", "must be left out: only email with auth = xoauth2 has one");
  if (entry.service == "wordpress") return check_wordpress(entry, fields);
  if (const auto good = check_settings(entry); !good)
    return fields.wrong("settings", text::one_line(good.error().detail, 300));
  if (is_xoauth2(entry)) check_token_url(entry, fields, reading);
  if (entry.service == "email" && entry.account.empty())
    fields.wrong("account", "is missing; give the user name at the mail server");
}

// What to say of a credential without a secret; "" where the service may do without one.
std::string secret_missing(const CredentialEntry& entry) {
  if (entry.service == "wordpress") return "is missing; give an application password of that user";
  if (entry.service == "email") return "is missing; give the password, or with auth = xoauth2 the refresh token";
  if (is_meta(entry.service)) return "is missing; give an access token";
  if (entry.service == "whatsapp" && !is_generic(entry.settings))
    return "is missing; give the token or API key of the service";
  return {};
}

// What the service's URL must be; "" when it is.
std::string check_place(const CredentialEntry& entry, std::string_view tenant, const Reading& reading) {
  if (const std::string secret = check_no_secret(entry.base_url, "secret"); !secret.empty()) return secret;
  if (entry.service != "email") return check_url(entry.base_url, tenant, entry.service, reading.allow);
  const auto good = smtp::check_base_url(entry.base_url);
  return good ? "" : text::one_line(good.error().detail, 300);
}

CredentialEntry read_credential(const nlohmann::json& json, const std::string& where, Holder holder, Reading& reading) {
  Fields fields(json, where, reading.problems);
  CredentialEntry entry{};
  entry.where = where;
  read_typed(credential_table(), entry, fields, reading);
  const auto service = fields.word("service", services_of(holder));
  entry.service = service.value_or("");
  fields.finish();
  if (!fields.given("service"))
    fields.wrong("service", fmt::format("is missing; it must be one of {}", fmt::join(services_of(holder), ", ")));
  if (!fields.given("base_url")) fields.wrong("base_url", "is missing; give the URL where the service lives");
  if (!service) return entry;
  // A platform credential is used in the name of every tenant that has a grant.
  if (!entry.base_url.empty()) reading.note(fields.where("base_url"), check_place(entry, reading.tenant, reading));
  check_service(entry, fields, reading);
  const std::string missing = secret_missing(entry);
  entry.keep_secret = !fields.given("secret") && !fields.given("app_secret") && !fields.given("client_secret");
  if (entry.keep_secret)
    entry.secret_missing = missing;
  else if (!missing.empty() && (fields.empty("secret") || !fields.given("secret"))) // a wrong one is noted already
    fields.wrong("secret", missing);
  return entry;
}

} // namespace

std::span<const std::string_view> services_of(Holder holder) {
  switch (holder) {
  case Holder::platform: return of_platform;
  case Holder::campaign: return of_campaign;
  case Holder::task: return of_task;
  case Holder::tenant: break;
  }
  return of_tenant;
}

const TypedEntity<CredentialEntry>& credential_table() {
  using namespace typed;
  using E = CredentialEntry;
  static const TypedEntity<E> table{
      .name = "credentials",
      .table = "",
      .fields = {
          other<E>("service", fmt::format("one of {}", fmt::join(of_tenant, ", ")),
                   fmt::format("what it opens; of the platform only {}; of a campaign only {}; of a task only {}",
                               fmt::join(of_platform, ", "), fmt::join(of_campaign, ", "), fmt::join(of_task, ", ")),
                   [](E&, Fields& f, std::string_view field, Reading&) { f.any(field); })
              .or_else("needed"),
          line("base_url", &E::base_url,
               "where the service lives; of email smtp://HOST:587, which is STARTTLS, or smtps://HOST:465", 2048)
              .or_else("needed"),
          line("account", &E::account,
               "the user at wordpress and email (needed there), the page, the number's id, the sender")
              .or_else("empty"),
          other<E>(
              "secret", "a secret: text in one line",
              "password, key or token; needed but with whatsapp's generic adapter; left out: the one that is "
              "stored for the same host stays, and so does one that its service renewed since this one was imported",
              [](E& e, Fields& f, std::string_view field, Reading&) {
                const char* second = f.given("client_secret") ? "client_secret" : "app_secret";
                e.secret = f.secret_lines(field, second).value_or(Secret());
                for (const char* other : {"app_secret", "client_secret"}) f.any(other);
              })
              .or_else("needed"),
          other<E>("app_secret", "a secret: text in one line",
                   "facebook and instagram only: their calls are then signed",
                   [](E&, Fields&, std::string_view, Reading&) {})
              .or_else("none"),
          other<E>("client_secret", "a secret: text in one line",
                   "email with auth = xoauth2 only: of the app, where the token service wants one; given with secret, "
                   "the refresh token",
                   [](E&, Fields&, std::string_view, Reading&) {})
              .or_else("none"),
          other<E>("settings", "an object", "by service; see Settings of credentials",
                   [](E& e, Fields& f, std::string_view field, Reading&) {
                     e.settings = f.object_text(field).value_or("{}");
                   })
              .or_else("{}")}};
  return table;
}

std::vector<CredentialEntry> read_credentials(Fields& owner, Holder holder, Reading& reading) {
  std::vector<CredentialEntry> out;
  Once services(reading);
  owner.objects("credentials", [&](const nlohmann::json& json, const std::string& at) {
    out.push_back(read_credential(json, at, holder, reading));
    services.add(out.back().service, at + ".service");
  });
  return out;
}

std::optional<std::vector<std::string>> read_grants(Fields& owner) {
  auto grants = owner.texts("grants");
  for (const std::string& service : grants.value_or(std::vector<std::string>()))
    if (std::ranges::find(of_platform, service) == std::end(of_platform))
      owner.wrong("grants", fmt::format("names \"{}\"; the platform can share {}", shown::word(service),
                                        fmt::join(of_platform, ", ")));
  return grants;
}

} // namespace milkrun::cli
