// By zlib rather than by libcurl, which nests codings five deep (642 bytes cost minutes of the network thread), refuses
// answers for a word it does not know, and decodes what nobody asked for.
#include "http/decoder.hpp"

#include "base/text.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace milkrun::http {
namespace {

constexpr std::size_t piece = std::size_t{64} * 1024;

Coding known(std::string_view word) {
  const std::string name = text::lower(text::trim(word));
  if (name == "gzip" || name == "x-gzip") return Coding::gzip;
  if (name == "deflate") return Coding::deflate;
  constexpr std::array<std::string_view, 7> foreign{"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi"};
  return std::ranges::find(foreign, name) == foreign.end() ? Coding::none : Coding::foreign;
}

// No control characters, and UTF-8 but for a letter that is cut at the end. A few bytes say nothing.
bool reads_as_text(std::string_view s) {
  constexpr std::size_t least = 8;
  const bool plain = std::ranges::all_of(s, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r';
  });
  for (int cut = 0; plain && s.size() >= least && cut < 4; ++cut, s.remove_suffix(1))
    if (text::is_utf8(s)) return true;
  return false;
}

} // namespace

Coding coding_of(std::string_view values) {
  Coding out = Coding::none;
  for (const std::string_view word : text::split(values, ',')) {
    const Coding coding = known(word);
    if (coding == Coding::none) continue;
    if (out != Coding::none) return Coding::bad;
    out = coding;
  }
  return out;
}

bool begins_like(Coding coding, std::string_view body) {
  return coding == Coding::gzip ? body.starts_with('\x1f') : !reads_as_text(body);
}

Coding transfer_coding_of(std::string_view values) {
  const auto usual = [](std::string_view word) {
    word = text::trim(word);
    return word.empty() || text::iequals(word, "chunked") || text::iequals(word, "identity");
  };
  return std::ranges::all_of(text::split(values, ','), usual) ? Coding::none : Coding::bad;
}

struct Decoder::Stream {
  z_stream z{};
  Stream(int window_bits) {
    if (inflateInit2(&z, window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

Decoder::Decoder(Coding coding, Limits limits)
    : stream_(std::make_unique<Stream>(coding == Coding::gzip ? 15 + 16 : 15)), coding_(coding), limits_(limits) {}

Decoder::~Decoder() = default;

Decoder::Result Decoder::check(std::size_t out) const {
  const std::size_t used = received_ - stream_->z.avail_in;
  const bool out_of_proportion = out > limits_.free && out / limits_.most_expansion > used;
  return out > limits_.most || out_of_proportion ? Result::too_large : Result::good;
}

// A gzip file may be several, one after another; whatever else follows the end is no part of the answer.
bool Decoder::begin_member() {
  z_stream& z = stream_->z;
  if (coding_ != Coding::gzip || z.avail_in == 0 || *z.next_in != 0x1f) return false;
  ended_ = false;
  return inflateReset(&z) == Z_OK;
}

bool Decoder::begin_raw() {
  if (coding_ != Coding::deflate || std::exchange(raw_, true)) return false;
  stream_->z.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_->z.avail_in = static_cast<uInt>(input_.size());
  return inflateReset2(&stream_->z, -15) == Z_OK;
}

Decoder::Result Decoder::decode(std::string_view in, std::string& out) {
  z_stream& z = stream_->z;
  const std::size_t used = input_.size() - z.avail_in;
  received_ += in.size();
  input_.append(in);
  if (received_ < 2) { // zlib's own head has two bytes; without it, it may be raw
    z.avail_in = static_cast<uInt>(input_.size());
    return Result::good;
  }
  z.next_in = reinterpret_cast<Bytef*>(input_.data() + used);
  z.avail_in = static_cast<uInt>(input_.size() - used);
  std::array<char, piece> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): inflate fills it
  behind_ = !ended_ || begin_member();
  for (std::size_t made = 0; behind_ && made < most_at_once;) {
    z.next_out = reinterpret_cast<Bytef*>(buffer.data());
    z.avail_out = piece;
    const int code = inflate(&z, Z_NO_FLUSH);
    if (code == Z_DATA_ERROR && received_ == input_.size() && z.total_out == 0 && begin_raw()) continue;
    const std::size_t n = piece - z.avail_out;
    made += n;
    out.append(buffer.data(), n);
    if (const Result result = check(out.size()); result != Result::good) return result;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Result::bad;
    ended_ = code == Z_STREAM_END;
    behind_ = ended_ ? begin_member() : code == Z_OK && (z.avail_in > 0 || n == piece);
  }
  if (!behind_) {
    input_.clear();
    z.avail_in = 0;
  }
  return Result::good;
}

} // namespace milkrun::http
