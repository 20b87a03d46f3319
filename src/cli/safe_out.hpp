// The last door before a terminal, a file or a pipe: what strangers wrote can draw nothing there and steer nothing.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace milkrun::cli {

// The text with every control character but line feed and tab, DEL, C1, marks that turn the direction of writing or
// break lines, and bytes that are no UTF-8 made visible: as \u001b, which is right in JSON and harmless in a text.
// `colours` lets SGR sequences (ESC [ 31 m) through.
std::string made_safe(std::string_view text, bool colours = false);

// A stream that hands all it gets to another one, made safe. A character may come in pieces.
class SafeOut final : public std::ostream {
public:
  SafeOut(std::ostream& inner, bool colours);
  ~SafeOut() override { flush(); }
  SafeOut(const SafeOut&) = delete;
  SafeOut& operator=(const SafeOut&) = delete;
  int error() const { return buffer_.error(); } // errno of the first write that failed; 0: none, or it is not known

private:
  class Buffer final : public std::streambuf {
  public:
    Buffer(std::ostream& inner, bool colours) : inner_(inner), colours_(colours) {}
    int error() const { return error_; }

  private:
    int overflow(int c) override;
    std::streamsize xsputn(const char* bytes, std::streamsize size) override;
    int sync() override;
    bool hand_on(bool all);
    bool went_well();
    std::ostream& inner_;
    const bool colours_;
    std::string held_;
    int error_ = 0;
  };
  Buffer buffer_;
};

} // namespace milkrun::cli
