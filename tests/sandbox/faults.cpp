// Reads faults from the control API strictly (a typo must not make a test pass), and hands each out as often as asked.
#include "faults.hpp"

#include <algorithm>
#include <set>

namespace milkrun::sandbox {

namespace {

const std::set<std::string> kinds = {
    "status", "delay_before", "delay_after", "close_before", "close_after", "reset_before", "reset_after", "truncate",
    "cut",    "stall",        "huge",        "slow",         "wrong_type",  "body",         "redirect",    "garbage"};
// The effect does not take place unless the fault says so.
const std::set<std::string> unprocessed = {"status", "close_before", "reset_before", "redirect"};
const std::set<std::string> fields = {"route", "kind",  "contains", "times",    "skip",    "status",
                                      "ms",    "bytes", "body",     "location", "headers", "process"};

bool matches(const Fault& fault, const std::string& key, const Ask& ask) {
  if (fault.times == 0) return false;
  if (key != fault.route && !key.starts_with(fault.route + ":")) return false;
  return fault.contains.empty() || ask.body.find(fault.contains) != std::string::npos ||
         ask.path.find(fault.contains) != std::string::npos;
}

// Throws Json::exception on a member of the wrong type.
Fault read(const Json& asked) {
  Fault fault;
  fault.route = asked.at("route").get<std::string>();
  fault.kind = asked.at("kind").get<std::string>();
  fault.contains = asked.value("contains", "");
  fault.times = asked.value("times", 1);
  fault.skip = asked.value("skip", 0);
  fault.status = asked.value("status", 0);
  fault.ms = asked.value("ms", 0);
  fault.bytes = asked.value("bytes", std::size_t{0});
  fault.body = asked.value("body", "");
  fault.location = asked.value("location", "");
  fault.headers = asked.value("headers", Json::object());
  fault.process = asked.value("process", !unprocessed.contains(fault.kind));
  fault.asked = asked;
  return fault;
}

std::string complaint(const Json& asked) {
  if (!asked.is_object()) return "a fault is an object";
  for (const auto& [name, value] : asked.items())
    if (!fields.contains(name)) return "unknown field " + name;
  if (!asked.contains("route") || !asked.contains("kind")) return "route and kind are needed";
  if (asked["kind"].is_string() && kinds.contains(asked["kind"].get<std::string>())) return "";
  return "unknown kind " + dump(asked["kind"]);
}

} // namespace

std::string Faults::add(const Json& asked) {
  const Json list = asked.is_array() ? asked : Json::array({asked});
  std::list<Fault> read_faults;
  for (const Json& one : list) {
    if (auto what = complaint(one); !what.empty()) return what;
    try {
      read_faults.push_back(read(one));
    } catch (const Json::exception& e) {
      return e.what();
    }
  }
  std::lock_guard hold(lock_);
  faults_.splice(faults_.end(), read_faults);
  return "";
}

std::optional<Fault> Faults::take(const std::string& key, const Ask& ask) {
  std::lock_guard hold(lock_);
  const auto at = std::ranges::find_if(faults_, [&](const Fault& fault) { return matches(fault, key, ask); });
  if (at == faults_.end()) return std::nullopt;
  if (at->skip > 0) {
    --at->skip;
    return std::nullopt;
  }
  Fault taken = *at;
  if (at->times > 0) --at->times;
  if (at->times == 0) faults_.erase(at);
  return taken;
}

Json Faults::all() const {
  std::lock_guard hold(lock_);
  Json out = Json::array();
  for (const Fault& fault : faults_) {
    Json one = fault.asked;
    one["times"] = fault.times;
    one["skip"] = fault.skip;
    out.push_back(one);
  }
  return out;
}

void Faults::clear() {
  std::lock_guard hold(lock_);
  faults_.clear();
}

void bend(const Fault& fault, Answer& answer) {
  if (fault.kind == "status") answer = {.status = 500, .type = "text/html", .body = "sandbox fault\n", .headers = {}};
  if (fault.kind == "redirect") {
    answer = {.status = 302, .type = "text/html", .body = "", .headers = {{"Location", fault.location}}};
  }
  if (fault.kind == "body") answer.body = fault.body;
  if (fault.kind == "wrong_type") answer.type = "text/html; charset=UTF-8";
  if (fault.status != 0) answer.status = fault.status;
  if (!fault.body.empty()) answer.body = fault.body;
  if (fault.kind == "status" && answer.body.starts_with('{')) answer.type = "application/json; charset=UTF-8";
  for (const auto& [name, value] : fault.headers.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    if (name == "Content-Type" || name == "content-type")
      answer.type = text;
    else
      answer.headers.emplace_back(name, text);
  }
}

} // namespace milkrun::sandbox
