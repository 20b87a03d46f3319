// The requests of one question: signed, counted, and what they say beside their answer kept. Private to this folder.
#pragma once

#include "providers/meta/errors.hpp"
#include "providers/meta/json.hpp"
#include "providers/meta/meta.hpp"
#include "providers/meta/usage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::meta {

class Session {
public:
  Session(http::Client& http, const Credential& credential, Millis timeout);

  // One GET of /VERSION/`path`?`query` (already encoded); the JSON object it answers.
  Expected<Json> get(const std::string& path, const std::string& query);
  // The same for a list of many pages: `read` is called once with the body, however often the work is played again.
  template <class T, class Read>
  Expected<std::shared_ptr<const T>> get(const std::string& path, const std::string& query, const Read& read) {
    struct Page {
      Said said;
      Expected<T> value;
    };
    const http::Request request = TRY(request_for(path, query));
    const auto page = TRY(http_.send_and_read<Page>(request, [&](const http::Response& response) -> Page {
      auto [said, body] = heard(response);
      if (!body) return {std::move(said), std::unexpected(std::move(body).error())};
      return {std::move(said), read(*body)};
    }));
    take(page->said);
    if (!page->value) return std::unexpected(page->value.error());
    return std::shared_ptr<const T>(page, &*page->value);
  }
  // Everything kept, around what came of it.
  template <class T> Answer<T> answer(Expected<T> value) && {
    return {std::move(value), std::move(parks_), calls_, std::move(served_version_), std::move(trace_id_)};
  }

  bool instagram() const { return quarters_.instagram; }
  bool exhausted() const { return exhausted_; }    // a usage header said 100 %
  std::int64_t last_code() const { return code_; } // Graph's code in the last answer, 0 = none
  std::size_t bytes() const { return bytes_; }     // of all answers so far

private:
  // What an answer says beside its body.
  struct Said {
    std::size_t bytes = 0;
    std::vector<Park> parks;
    std::string served_version, trace_id;
    bool exhausted = false;
    std::int64_t code = 0;
  };
  Expected<http::Request> request_for(const std::string& path, const std::string& query); // counts it
  std::pair<Said, Expected<Json>> heard(const http::Response& response) const;
  void take(const Said& said);
  Park owned(Park park) const;                 // what this host may name; else of the credential
  std::string cleaned(std::string text) const; // without our own secrets, one line

  http::Client& http_;
  std::string base_, host_, proof_;
  http::Caller caller_;
  Secret token_, app_secret_;
  Quarters quarters_;
  Millis timeout_;
  bool shared_host_;             // no tenant has a hand in what it answers
  std::optional<Error> trouble_; // why nothing can be asked

  std::vector<Park> parks_;
  int calls_ = 0;
  std::string served_version_, trace_id_;
  bool exhausted_ = false;
  std::int64_t code_ = 0;
  std::size_t bytes_ = 0;
};

// "fields=" with every byte encoded that a URL gives a meaning.
std::string fields(std::string_view names);
std::unexpected<Error> bad_object_id();

} // namespace milkrun::meta
