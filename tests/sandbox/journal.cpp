// The journal keeps credentials and bodies as sent: it is the witness of the tests, not a log.
#include "journal.hpp"

#include "words.hpp"

namespace milkrun::sandbox {

namespace {

std::string credential_of(const Ask& ask) {
  for (const char* name : {"authorization", "x-ltl-saas-token", "x-ltl-api-key", "x-api-key", "x-goog-api-key"}) {
    const std::string value = ask.header(name);
    if (!value.empty()) return value;
  }
  return "";
}

std::string user_of(const std::string& credential) {
  if (!credential.starts_with("Basic ")) return "";
  const std::string pair = decode_base64(credential.substr(6));
  return pair.substr(0, pair.find(':'));
}

} // namespace

int Journal::open(const Ask& ask, const Target& target, int connection) {
  const std::string credential = credential_of(ask);
  const auto age = std::chrono::steady_clock::now() - start_;
  std::lock_guard hold(lock_);
  entries_.push_back({{"n", next_},
                      {"at_ms", std::chrono::duration_cast<std::chrono::milliseconds>(age).count()},
                      {"connection", connection},
                      {"scheme", ask.scheme()},
                      {"method", ask.method},
                      {"path", ask.path},
                      {"query", ask.query},
                      {"headers", ask.headers},
                      {"body", ask.body},
                      {"service", target.service},
                      {"who", target.who},
                      {"route", target.key()},
                      {"user", user_of(credential)},
                      {"credential", credential},
                      {"status", 0},
                      {"processed", false}});
  return next_++;
}

void Journal::close(int n, int status, bool processed) {
  std::lock_guard hold(lock_);
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->at("n") != n) continue;
    (*entry)["status"] = status;
    (*entry)["processed"] = processed;
    return;
  }
}

int Journal::next() const {
  std::lock_guard hold(lock_);
  return next_;
}

Json Journal::all() const {
  std::lock_guard hold(lock_);
  return entries_;
}

void Journal::clear() {
  std::lock_guard hold(lock_);
  entries_.clear();
}

} // namespace milkrun::sandbox
