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
  const auto json = read_json(text);
  if (!json) return std::unexpected(Problems{{"document", json.error()}});
  return document_of(*json, allow, known);
}

std::expected<Document, Problems> document_of(const Json& json, std::span<const http::AllowEntry> allow,
                                              const Known& known) {
  if (!json.is_object()) return std::unexpected(Problems{{"document", "must be an object {...}"}});
  Problems problems;
  Reading reading{.allow = allow, .problems = problems, .known = known};
  Document out;
  Fields fields(json, "", problems);
  read_list(fields, "plans", out.plans, &read_plan, reading);
  read_list(fields, "portals", out.portals, &read_portal, reading);
  read_platform(fields, out, reading);
  read_list(fields, "tenants", out.tenants, &read_tenant, reading);
  fields.finish();
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return out;
}

} // namespace milkrun::cli
