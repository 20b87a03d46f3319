// Content codings: which one an answer has, and its undoing, piece by piece under a limit.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace milkrun::http {

enum class Coding {
  none,    // also "identity", and every word that names no coding ("UTF-8", "aws-chunked"): the body is as it is
  deflate, // zlib's, or raw as some servers send it
  gzip,    // and "x-gzip"
  foreign, // one that we did not ask for and cannot undo
  bad,     // more than one
};

// Of all values of Content-Encoding, joined by commas.
Coding coding_of(std::string_view values);
// Can a body that begins with these bytes have the coding that its header names? Some servers name one and send the
// plain text: what does not begin like gzip is none, and what reads as text is neither deflate nor anything foreign.
bool begins_like(Coding coding, std::string_view body);
// Of Transfer-Encoding, where "chunked" is libcurl's business: Coding::none, or bad for all that nobody asked for.
Coding transfer_coding_of(std::string_view values);

// Undoes gzip or deflate. An answer is not trusted: it ends when it grows too large or out of proportion.
class Decoder {
public:
  enum class Result { good, too_large, bad };
  struct Limits {
    std::size_t most;           // bytes after decoding
    std::size_t free;           // up to here the proportion does not matter
    std::size_t most_expansion; // bytes after decoding per byte before
  };
  Decoder(Coding coding, Limits limits);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  static constexpr std::size_t most_at_once = std::size_t{256} * 1024;

  // Takes `in` and appends what it decodes to, most_at_once and some: a callback must not take long. What is left
  // is done by the next calls, which may bring nothing new.
  Result decode(std::string_view in, std::string& out);
  bool behind() const { return behind_; } // something is left

private:
  Result check(std::size_t out) const;
  bool begin_member(); // after the end of the last one
  bool begin_raw();    // once, when the first bytes are no head of zlib's

  struct Stream;
  std::unique_ptr<Stream> stream_;
  Coding coding_;
  Limits limits_;
  std::string input_; // from where it was last wholly decoded
  std::size_t received_ = 0;
  bool behind_ = false, ended_ = false, raw_ = false;
};

} // namespace milkrun::http
