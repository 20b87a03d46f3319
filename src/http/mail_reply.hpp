// What a mail server answers to a command, line by line.
#pragma once

#include "base/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace milkrun::http {

// The reply that is being read, or was read last.
class MailReply {
public:
  void forget() { *this = {}; }
  bool complete() const { return complete_; }
  int code() const { return code_; }
  const std::string& text() const { return text_; }

  // "550-5.1.1 No such user" and at last "550 5.1.1 Try another". False: too much of it.
  bool add(std::string_view line) {
    if (++lines_ > most_lines || text_.size() + line.size() > most_bytes) return false;
    const auto code = text::to_int(line.substr(0, 3));
    if (line.size() < 3 || !code) return true;
    code_ = static_cast<int>(*code);
    complete_ = line.size() == 3 || line[3] != '-';
    std::string_view rest = text::trim(line.substr(std::min<std::size_t>(4, line.size())));
    if (text_.empty()) {
      enhanced_ = rest.substr(0, rest.find(' '));
    } else if (enhanced_.contains('.') && rest.starts_with(enhanced_)) {
      rest = text::trim(rest.substr(enhanced_.size())); // servers repeat it on each line
    }
    if (!text_.empty() && !rest.empty()) text_ += ' ';
    text_ += rest;
    return true;
  }

private:
  static constexpr std::size_t most_bytes = 16UL * 1024, most_lines = 100;

  int code_ = 0;
  bool complete_ = false;
  std::size_t lines_ = 0;
  std::string text_, enhanced_;
};

} // namespace milkrun::http
