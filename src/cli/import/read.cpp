// The import document as a whole: every mistake that shows without the database is found, not only the first.
#include "cli/import/read.hpp"

#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/fields.hpp"
#include "cli/import/json_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

using Json = nlohmann::json;

// Of a larger text the tenants are not held: an entry takes many times what it took to say it.
constexpr std::size_t held_bytes = std::size_t{256} * 1024;

void read_platform(Fields& document, Document& out, Reading& reading) {
  const Json* platform = document.object("platform");
  if (!platform) return;
  Fields fields(*platform, "platform", reading.problems);
  out.platform = read_credentials(fields, Holder::platform, reading);
  out.test_mode = read_given(test_mode_entity(), fields, reading);
  fields.finish();
}

template <class Entry>
void read_list(Fields& document, std::string_view name, std::vector<Entry>& out,
               Entry (*read)(const Json&, const std::string&, Reading&), Reading& reading) {
  Once slugs(reading);
  document.objects(name, [&](const Json& json, const std::string& at) {
    out.push_back(read(json, at, reading));
    slugs.add(out.back().slug, at + ".slug");
  });
}

// All of it but the tenants that were handed on while it was read.
void read_parts(const Json& json, Document& out, Reading& reading) {
  if (!json.is_object()) return reading.note("document", "must be an object {...}");
  Fields fields(json, "", reading.problems);
  read_list(fields, "plans", out.plans, &read_plan, reading);
  read_list(fields, "portals", out.portals, &read_portal, reading);
  read_platform(fields, out, reading);
  read_list(fields, "tenants", out.tenants, &read_tenant, reading);
  fields.finish();
}

std::string tenant_at(std::size_t i) { return fmt::format("tenants[{}]", i); }

std::size_t people_of(const TenantEntry& t) {
  return t.contacts.size() + t.completions.size() + t.invoices.size() + t.enrollments.size();
}

// Once more through a text in which no mistake was found.
void read_again(std::string_view text, std::span<const http::AllowEntry> allow, const Known& known,
                const EachTenant& each) {
  Problems none;
  Reading reading{.allow = allow, .problems = none, .known = known};
  std::size_t i = 0;
  static_cast<void>(read_json(text, [&](const Json& json) {
    each(read_tenant(json, tenant_at(i++), reading));
    return true;
  }));
}

} // namespace

std::expected<Document, Problems> read_document(std::string_view text, std::span<const http::AllowEntry> allow,
                                                const Known& known) {
  if (text.size() > largest_document)
    return std::unexpected(
        Problems{{"document", fmt::format("is larger than {} MiB; split it", largest_document >> 20)}});
  // To the reader of JSON a zero byte is the end.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    return std::unexpected(Problems{{"document", fmt::format("has a zero byte in line {}; no text holds one",
                                                             1 + std::ranges::count(text.substr(0, at), '\n'))}});
  Problems problems;
  Reading reading{.allow = allow, .problems = problems, .known = known};
  Document out;
  const bool held = text.size() <= held_bytes;
  Once slugs(reading);
  std::size_t i = 0;
  const auto json = read_json(text, [&](const Json& one) {
    const std::string at = tenant_at(i++);
    if (one.is_object()) {
      TenantEntry tenant = read_tenant(one, at, reading);
      slugs.add(tenant.slug, at + ".slug");
      out.people += people_of(tenant);
      if (held) out.tenants.push_back(std::move(tenant));
    } else {
      reading.note(at, "must be an object {...}");
    }
    return !problems.full();
  });
  if (!json) return std::unexpected(Problems{{"document", json.error()}});
  if (!problems.full()) read_parts(*json, out, reading);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  if (!held) out.read_tenants = [=](const EachTenant& each) { read_again(text, allow, known, each); };
  return out;
}

std::expected<Document, Problems> document_of(const Json& json, std::span<const http::AllowEntry> allow,
                                              const Known& known) {
  Problems problems;
  Reading reading{.allow = allow, .problems = problems, .known = known};
  Document out;
  read_parts(json, out, reading);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  for (const TenantEntry& tenant : out.tenants) out.people += people_of(tenant);
  return out;
}

} // namespace milkrun::cli
