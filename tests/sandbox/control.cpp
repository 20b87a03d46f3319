// The control API under /_sandbox/: state, journal, effects, faults. JSON in and out; 400 names what is wrong.
#include "server.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

const Answer wrong_verb{.status = 405, .type = "text/plain", .body = "no such verb here\n", .headers = {}};

Answer complaint(const std::string& what) { return json_answer(400, {{"error", what}}); }

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// "" or what is wrong with it. Details are found out by the services when they need them.
std::string check_state(const Json& state) {
  if (!state.is_object()) return "the state is not a JSON object";
  for (const auto& [name, value] : state.items()) {
    if (std::ranges::find(state_parts, name) == state_parts.end()) return "unknown part of the state: " + name;
    if (!value.is_object()) return name + " is not an object of names";
    for (const auto& [who, what] : value.items())
      if (!what.is_object()) return fmt::format("{}.{} is not an object", name, who);
  }
  return "";
}

} // namespace

std::string Server::with_addresses(std::string text) const {
  replace_all(text, "{{http}}", http());
  replace_all(text, "{{https}}", https());
  return text;
}

std::string Server::set_state(const std::string& text) {
  Json state = Json::parse(with_addresses(text), nullptr, false);
  if (auto what = check_state(state); !what.empty()) return what;
  std::lock_guard hold(world_.lock);
  world_.reset(std::move(state));
  first_ = journal_.next();
  faults_.clear();
  return "";
}

Answer Server::control(const Ask& ask) {
  const std::string what = ask.path.substr(10);
  const bool get = ask.method == "GET";
  const bool erase = ask.method == "DELETE";
  if (what == "state") return control_state(ask);
  if (what == "faults") return control_faults(ask);
  if (what == "journal" && get) return json_answer(200, journal_.all());
  if (what == "journal" && erase) {
    journal_.clear();
    return json_answer(200, Json::object());
  }
  if (what == "effects" && get) {
    std::lock_guard hold(world_.lock);
    return json_answer(200, world_.effects());
  }
  if (what == "limits" && erase) {
    std::lock_guard hold(world_.lock);
    world_.bad_tries.clear();
    return json_answer(200, Json::object());
  }
  return {.status = 404, .type = "text/plain", .body = "see README.md for the control API\n", .headers = {}};
}

Answer Server::control_state(const Ask& ask) {
  if (ask.method == "PUT") {
    if (auto what = set_state(ask.body); !what.empty()) return complaint(what);
  } else if (ask.method == "PATCH") {
    const Json patch = Json::parse(with_addresses(ask.body), nullptr, false);
    if (!patch.is_object()) return complaint("the patch is not a JSON object");
    std::lock_guard hold(world_.lock);
    Json merged = world_.state;
    merged.merge_patch(patch);
    if (auto what = check_state(merged); !what.empty()) return complaint(what);
    world_.state = with_all_parts(std::move(merged));
  } else if (ask.method != "GET") {
    return wrong_verb;
  }
  std::lock_guard hold(world_.lock);
  return json_answer(200, world_.state);
}

Answer Server::control_faults(const Ask& ask) {
  if (ask.method == "GET") return json_answer(200, faults_.all());
  if (ask.method == "DELETE") {
    faults_.clear();
    return json_answer(200, Json::object());
  }
  if (ask.method != "POST") return wrong_verb;
  const Json asked = Json::parse(ask.body, nullptr, false);
  if (asked.is_discarded()) return complaint("not JSON");
  if (auto what = faults_.add(asked); !what.empty()) return complaint(what);
  return json_answer(200, faults_.all());
}

} // namespace milkrun::sandbox
