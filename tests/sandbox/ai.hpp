// Inside of the played AI providers: one conversation, told in each provider's own shape.
#pragma once

#include "exchange.hpp"

#include <optional>

namespace milkrun::sandbox {

enum class Dialect { openai, anthropic, gemini, ollama };
enum class Stop { done, truncated, refused, blocked };

struct Prompt {
  std::string model;
  std::string system;
  std::string user; // all user turns
};

struct Reply {
  std::string text;
  Stop stop = Stop::done;
};

struct AiError {
  int status = 500;
  std::string code;    // "" = the usual one of the status
  std::string message; // "" = a plain one
  int retry_after = 0; // seconds; 0 = not said
};

// ai_dialect.cpp
std::optional<Dialect> dialect_of(const std::string& rest);
// nullopt when a member that the provider demands is missing.
std::optional<Prompt> read_prompt(Dialect dialect, const std::string& rest, const Json& body);
Answer reply_answer(Dialect dialect, const Prompt& prompt, const Reply& reply, int call, bool streamed);
// ai_error.cpp
Answer error_answer(Dialect dialect, const AiError& error);
// ai_draft.cpp: {title, excerpt, body_markdown, tags} made of the prompt; the same prompt gives the same draft.
Json draft_of(const Prompt& prompt);
// The value behind a label in a prompt: `title: X`, `"title":"X"` or `<title>X</title>`; "" if there is none.
std::string labelled(const std::string& text, const std::string& label);

} // namespace milkrun::sandbox
