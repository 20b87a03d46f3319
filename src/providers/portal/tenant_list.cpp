// Reads the rows of GET make/tenants. Promise: every text is checked for length and control characters, every
// address for its form, and what is wrong with a row is said without repeating its password.
#include "providers/portal/tenant_list.hpp"

#include "base/json.hpp"
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
constexpr std::size_t max_rows = 50'000;
constexpr std::size_t max_fields = 64;    // of a row; the rest is ignored, as unknown ones are
constexpr std::size_t max_string = 8'192; // longer than any field may be
constexpr int max_levels = 16;
// Counted in one pass before a parser sees the list.
constexpr JsonLimits limits{
    .levels = max_levels, .values = max_rows * (max_fields + 1), .string = std::size_t{1} << 20};

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
    if (id.empty() || id == "0" || id.size() > 64 || !plain) wrong("tenant_id", "portal.field_no_id");
    return id;
  }

  std::string word(const char* name, std::size_t max_bytes) {
    const json* value = member(row_, {name});
    if (!value) return "";
    if (!value->is_string()) return wrong(name, "portal.field_no_text");
    std::string word = value->get<std::string>();
    if (word.size() > max_bytes) return wrong(name, "portal.field_too_long");
    if (has_control(word)) return wrong(name, "portal.field_control");
    return word;
  }

  std::string url(const char* name) {
    std::string url{text::trim(word(name, max_url))};
    if (!url.empty() && http::host_of(url).empty()) return wrong(name, "portal.field_no_url");
    return url;
  }

  std::string user(const char* name) {
    std::string user = word(name, 250);
    if (user.find(':') != std::string::npos) return wrong(name, "portal.field_colon");
    return user;
  }

private:
  std::string wrong(const char* field, ReasonCode what) {
    if (!problem) problem = Problem{"", field, Reason(what, {field})};
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

// The list as events. What lies deeper than a row's own fields is passed over.
class Rows final : public nlohmann::json_sax<json> {
public:
  TenantList list;
  bool too_long = false;

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& value) override {
    if (value.size() > max_string) value.resize(max_string + 1);
    return scalar(std::move(value));
  }
  bool key(string_t& value) override {
    if (level_ == in_row) key_ = std::move(value);
    return true;
  }
  bool start_array(std::size_t) override { return level_ == 0 ? enter() : scalar(json::array()) && enter(); }
  bool end_array() override { return leave(); }
  bool start_object(std::size_t) override {
    if (level_ == 0) return false; // not a list
    if (level_ == in_list) row_ = json::object();
    return (level_ == in_list || scalar(json::object())) && enter();
  }
  bool end_object() override {
    if (level_ == in_row) end_row();
    return leave() && count();
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

private:
  static constexpr int in_list = 1, in_row = 2;

  bool enter() { return ++level_ <= max_levels; }
  bool leave() {
    --level_;
    return true;
  }
  bool scalar(json value) {
    if (level_ == 0) return false;
    if (level_ == in_list) list.problems.push_back({"", "", "portal.row_no_object"});
    if (level_ == in_row && row_ && (row_->size() < max_fields || row_->contains(key_)))
      (*row_)[key_] = std::move(value);
    return count();
  }
  bool count() {
    too_long = list.tenants.size() + list.problems.size() > max_rows;
    return !too_long;
  }
  void end_row() {
    if (!row_) return; // an array among the rows, and an object in it
    Fields fields(*row_);
    Tenant tenant = read_row(*row_, fields);
    row_.reset();
    if (!fields.problem && !seen_.insert(tenant.tenant_id).second)
      fields.problem = Problem{"", "tenant_id", Reason("portal.field_twice", {"tenant_id"})};
    if (fields.problem) {
      fields.problem->tenant_id =
          fields.problem->field == "tenant_id" && !seen_.contains(tenant.tenant_id) ? "" : tenant.tenant_id;
      list.problems.push_back(std::move(*fields.problem));
    } else {
      list.tenants.push_back(std::move(tenant));
    }
  }

  int level_ = 0;
  std::optional<json> row_;
  std::string key_;
  std::set<std::string, std::less<>> seen_;
};

} // namespace

Expected<TenantList> read_tenants(std::string_view body) {
  for (const bool searched : {false, true}) {
    const auto span = searched ? find_json(body, limits) : JsonSpan{.text = without_blanks(body)};
    if (!span) break;
    if (!json_within(span->text, limits)) continue;
    Rows rows;
    const bool whole = json::sax_parse(span->text, &rows);
    if (rows.too_long) return fail(Fault::outage, "portal.list_too_long", "more than 50000 rows");
    rows.list.noise = searched;
    if (whole) return std::move(rows.list);
  }
  return fail(Fault::outage, "portal.answer_not_list");
}

} // namespace milkrun::portal
