// The portal plugin: tenant list, callbacks that count usage once per execution_id, and the brute-force lock.
// Config: {"token","api_key","tenants":[...],"allow_http":true,"mode":"ok"|"maintenance"|"no_plugin"}.
#include "rest.hpp"
#include "words.hpp"
#include "world.hpp"

#include <algorithm>
#include <map>

namespace milkrun::sandbox {

namespace {

constexpr int bad_limit = 10;
constexpr auto bad_memory = std::chrono::seconds(900);

struct Visit {
  World& world;
  const Ask& ask;
  const std::string& name;
  Json& config;
};

// The plugin believes a client-sent address.
std::string bad_key(const Visit& visit, const std::string& endpoint) {
  std::string from = visit.ask.header("client-ip");
  if (from.empty()) from = split(visit.ask.header("x-forwarded-for"), ',').front();
  return visit.name + " " + endpoint + " " + from;
}

bool locked_out(const Visit& visit, const std::string& endpoint) {
  BadTries& tries = visit.world.bad_tries[bad_key(visit, endpoint)];
  if (std::chrono::steady_clock::now() - tries.last > bad_memory) tries.count = 0;
  return tries.count >= bad_limit;
}

void count_bad(const Visit& visit, const std::string& endpoint, int by) {
  BadTries& tries = visit.world.bad_tries[bad_key(visit, endpoint)];
  tries.count += by;
  tries.last = std::chrono::steady_clock::now();
}

// An unset secret lets nobody in.
bool secret_fits(const Visit& visit, const char* setting, const char* header) {
  const std::string wanted = visit.config.value(setting, "");
  return !wanted.empty() && visit.ask.header(header) == wanted;
}

std::string this_month(const Visit& visit) {
  return visit.config.value("month", iso(std::time(nullptr)).substr(0, 8) + "01");
}

int plan_limit(const std::string& plan) {
  const std::map<std::string, int> limits = {{"basic", 30}, {"pro", 120}, {"studio", 300}};
  const auto at = limits.find(plan);
  return at == limits.end() ? 10 : at->second;
}

// Fills what a short fixture leaves out, rolls the month, and works out remaining and skip.
Json tenant_row(const Visit& visit, Json& tenant) {
  const std::string month = this_month(visit);
  if (tenant.value("posts_period_start", month) != month) tenant["posts_used_month"] = 0;
  tenant["posts_period_start"] = month;
  Json row{{"tenant_id", 0},  {"site_url", ""},   {"wp_username", ""}, {"wp_app_password", ""},
           {"rss_url", ""},   {"language", ""},   {"tone", ""},        {"publish_mode", ""},
           {"frequency", ""}, {"plan", "free"},   {"is_active", true}, {"posts_used_month", 0},
           {"skip", false},   {"skip_reason", ""}};
  row.update(tenant);
  const int limit = tenant.value("posts_limit_month", plan_limit(row.value("plan", "")));
  const int used = row.value("posts_used_month", 0);
  const int left = std::max(0, limit - used);
  const bool full = used >= limit;
  row["posts_limit_month"] = limit;
  row["posts_remaining"] = left;
  row["remaining"] = left;
  if (full) row["skip_reason"] = "monthly_limit_reached";
  row["skip"] = full || row.value("skip", false);
  return row;
}

Answer tenants(const Visit& visit) {
  if (visit.ask.method != "GET" && visit.ask.method != "HEAD") return no_route();
  if (locked_out(visit, "tenants")) return rest_error(429, "rate_limit", "Too many requests from this IP");
  const bool open_line = visit.ask.scheme() == "http" && !visit.config.value("allow_http", true);
  if (open_line || !secret_fits(visit, "token", "x-ltl-saas-token")) {
    count_bad(visit, "tenants", 2); // WordPress asks the permission a second time for its Allow header
    return rest_error(403, "forbidden", open_line ? "HTTPS required for secrets." : "Forbidden");
  }
  Json rows = Json::array();
  if (visit.config.contains("tenants"))
    for (Json& tenant : visit.config["tenants"])
      if (tenant.value("is_active", true)) rows.push_back(tenant_row(visit, tenant));
  return json_answer(200, trimmed(visit.ask, rows));
}

// Tags, %XX and line breaks are taken out before ids are compared, and case does not count.
std::string cleaned_id(const std::string& id) {
  std::string out;
  bool tag = false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    if (c == '<') tag = true;
    const bool percent = c == '%' && i + 2 < id.size() && std::isxdigit(static_cast<unsigned char>(id[i + 1])) != 0 &&
                         std::isxdigit(static_cast<unsigned char>(id[i + 2])) != 0;
    if (percent)
      i += 2;
    else if (!tag && c != '\r' && c != '\n')
      out += c;
    if (c == '>') tag = false;
  }
  return lower(trim(out));
}

long tenant_id_of(const Json& fields) {
  if (!fields.contains("tenant_id")) return 0;
  const Json& id = fields["tenant_id"];
  if (id.is_number_integer()) return id.get<long>();
  return id.is_string() ? std::strtol(id.get<std::string>().c_str(), nullptr, 10) : 0;
}

Json* find_tenant(const Visit& visit, long id) {
  if (!visit.config.contains("tenants")) return nullptr;
  for (Json& tenant : visit.config["tenants"])
    if (tenant.value("tenant_id", 0L) == id) return &tenant;
  return nullptr;
}

std::string text_of(const Json& fields, const char* name) {
  return fields.contains(name) && fields[name].is_string() ? fields[name].get<std::string>() : "";
}

Answer store(const Visit& visit, const Json& fields, Json& tenant) {
  auto& rows = visit.world.callbacks[visit.name];
  const std::string id = cleaned_id(text_of(fields, "execution_id"));
  const std::string status = text_of(fields, "status");
  if (!id.empty())
    for (Json& row : rows) {
      if (row["execution_id"] != id) continue;
      row["repeats"] = row["repeats"].get<int>() + 1;
      return json_answer(200, {{"ok", true}, {"id", std::to_string(row["id"].get<int>())}, {"idempotent", true}});
    }
  if (id.size() > 255 || status.size() > 32) return json_answer(500, {{"error", "DB insert failed"}});
  const bool counted = status == "success";
  if (counted) tenant["posts_used_month"] = tenant.value("posts_used_month", 0) + 1;
  const int row_id = static_cast<int>(rows.size()) + 1;
  rows.push_back({{"id", row_id},
                  {"tenant_id", tenant["tenant_id"]},
                  {"execution_id", id},
                  {"status", status},
                  {"counted", counted},
                  {"repeats", 0},
                  {"fields", fields}});
  return json_answer(200, {{"ok", true}, {"id", row_id}});
}

Answer callback(const Visit& visit) {
  if (visit.ask.method != "POST") return no_route();
  const auto body = body_params(visit.ask);
  if (!body) return invalid_json(); // even before the key is looked at
  if (locked_out(visit, "callback")) return json_answer(429, {{"error", "Too many requests from this IP"}});
  if (!secret_fits(visit, "api_key", "x-ltl-api-key")) {
    count_bad(visit, "callback", 1);
    return json_answer(401, {{"error", "Unauthorized"}});
  }
  const Json fields = has_json_body(visit.ask) ? *body : Json::object();
  const long id = tenant_id_of(fields);
  if (id == 0 || text_of(fields, "status").empty()) return json_answer(400, {{"error", "Missing tenant_id or status"}});
  Json* tenant = find_tenant(visit, id);
  if (tenant == nullptr) return json_answer(400, {{"ok", false}, {"error", "unknown_tenant"}});
  return store(visit, fields, *tenant);
}

} // namespace

Answer play_portal(World& world, const Ask& ask, const Target& target) {
  Json& portals = world.state["portals"];
  if (!portals.contains(target.who)) return no_route();
  const Visit visit{world, ask, target.who, portals[target.who]};
  const std::string mode = visit.config.value("mode", "ok");
  if (mode == "maintenance") return maintenance(ask);
  if (mode == "no_plugin") return no_route();
  if (target.action == "tenants") return tenants(visit);
  if (target.action == "callback") return callback(visit);
  if (target.action == "health")
    return json_answer(200,
                       {{"ok", true}, {"plugin_version", "0.1.0"}, {"timestamp", iso(std::time(nullptr)) + "+00:00"}});
  return no_route();
}

} // namespace milkrun::sandbox
