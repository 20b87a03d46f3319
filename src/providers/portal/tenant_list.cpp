// Reads the rows of GET make/tenants. Promise: every text is checked for length and control characters, every
// address for its form, and what is wrong with a row is said without repeating its password.
#include "providers/portal/tenant_list.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>

namespace milkrun::portal {
namespace {

using nlohmann::json;

constexpr std::size_t max_url = 2000;

struct PlanLimit {
  std::string_view plan;
  std::int64_t posts;
};
// Posts a calendar month; the portal gives unknown plans the limit of the free one.
constexpr PlanLimit plan_limits[] = {{"basic", 30}, {"starter", 30}, {"pro", 120}, {"studio", 300}, {"agency", 300}};
constexpr std::int64_t free_limit = 10;

const json* member(const json& row, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = row.find(name); found != row.end() && !found->is_null()) return &*found;
  return nullptr;
}

// A whole number, sent as a number or as digits.
std::optional<std::int64_t> integer(const json& row, std::initializer_list<const char*> names) {
  const json* value = member(row, names);
  if (!value) return std::nullopt;
  if (value->is_string()) return text::to_int(value->get_ref<const std::string&>());
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    return std::nullopt;
  return value->is_number_integer() ? std::optional(value->get<std::int64_t>()) : std::nullopt;
}

bool truth(const json& row, const char* name, bool otherwise) {
  const json* value = member(row, {name});
  if (value && value->is_boolean()) return value->get<bool>();
  const auto number = integer(row, {name});
  return number ? *number != 0 : otherwise;
}

bool has_control(std::string_view s) {
  return std::ranges::any_of(s, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Reads one row; the first thing that is wrong with it is kept.
class Fields {
public:
  explicit Fields(const json& row) : row_(row) {}
  std::optional<Problem> problem;

  std::string id() {
    const json* value = member(row_, {"tenant_id"});
    std::string id;
    if (const auto number = integer(row_, {"tenant_id"}))
      id = std::to_string(*number);
    else if (value && value->is_string())
      id = value->get_ref<const std::string&>();
    const bool plain = std::ranges::all_of(id, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '-';
    });
    if (id.empty() || id == "0" || id.size() > 64 || !plain) wrong("tenant_id", "missing or not an id");
    return id;
  }

  std::string word(const char* name, std::size_t max_bytes) {
    const json* value = member(row_, {name});
    if (!value) return "";
    if (!value->is_string()) return wrong(name, "not a text");
    std::string word = value->get<std::string>();
    if (word.size() > max_bytes) return wrong(name, "too long");
    if (has_control(word)) return wrong(name, "has control characters");
    return word;
  }

  std::string url(const char* name) {
    std::string url{text::trim(word(name, max_url))};
    if (!url.empty() && http::host_of(url).empty()) return wrong(name, "not an http(s) address");
    return url;
  }

  std::string user(const char* name) {
    std::string user = word(name, 250);
    if (user.find(':') != std::string::npos) return wrong(name, "has a colon");
    return user;
  }

private:
  std::string wrong(const char* field, const char* what) {
    if (!problem) problem = Problem{"", field, what};
    return "";
  }
  const json& row_;
};

std::int64_t limit_of(const json& row, const std::string& plan) {
  if (const auto limit = integer(row, {"posts_limit_month", "posts_limit"})) return std::max<std::int64_t>(0, *limit);
  const auto* known = std::ranges::find(plan_limits, text::lower(plan), &PlanLimit::plan);
  return known == std::end(plan_limits) ? free_limit : known->posts;
}

std::string date_of(std::string date) {
  const bool form = date.size() == 10 && date[4] == '-' && date[7] == '-' &&
                    std::ranges::count_if(date, [](char c) { return c >= '0' && c <= '9'; }) == 8;
  return form ? date : "";
}

Tenant read_row(const json& row, Fields& fields) {
  Tenant tenant{.tenant_id = fields.id(),
                .site_url = fields.url("site_url"),
                .wp_username = fields.user("wp_username"),
                .wp_app_password = Secret(fields.word("wp_app_password", 255)),
                .rss_url = fields.url("rss_url"),
                .language = fields.word("language", 40),
                .tone = fields.word("tone", 100),
                .publish_mode = fields.word("publish_mode", 40),
                .frequency = fields.word("frequency", 40),
                .plan = fields.word("plan", 64),
                .is_active = truth(row, "is_active", true),
                .skip = truth(row, "skip", false),
                .skip_reason = fields.word("skip_reason", 200),
                .period_start = date_of(fields.word("posts_period_start", 40))};
  tenant.posts_limit = limit_of(row, tenant.plan);
  const auto used = integer(row, {"posts_used_month", "posts_this_month", "posts_used"});
  tenant.posts_used = std::max<std::int64_t>(0, used.value_or(0));
  const auto remaining = integer(row, {"remaining", "posts_remaining"});
  tenant.remaining = std::max<std::int64_t>(0, remaining.value_or(tenant.posts_limit - tenant.posts_used));
  return tenant;
}

} // namespace

TenantList read_tenants(const json& list) {
  TenantList result;
  std::set<std::string, std::less<>> seen;
  for (const json& row : list) {
    if (!row.is_object()) {
      result.problems.push_back({"", "", "not an object"});
      continue;
    }
    Fields fields(row);
    Tenant tenant = read_row(row, fields);
    if (!fields.problem && !seen.insert(tenant.tenant_id).second)
      fields.problem = Problem{"", "tenant_id", "listed twice"};
    if (fields.problem) {
      fields.problem->tenant_id =
          fields.problem->field == "tenant_id" && !seen.contains(tenant.tenant_id) ? "" : tenant.tenant_id;
      result.problems.push_back(std::move(*fields.problem));
    } else {
      result.tenants.push_back(std::move(tenant));
    }
  }
  return result;
}

} // namespace milkrun::portal
