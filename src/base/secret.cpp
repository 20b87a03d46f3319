// Wipes a secret's bytes, also the ones behind its end that an earlier, longer value left.
#include "base/secret.hpp"

#include <sodium.h>

namespace milkrun {
namespace {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity()); // never reallocates
  sodium_memzero(bytes.data(), bytes.size());
}

} // namespace

struct Secret::Bytes {
  explicit Bytes(std::string&& v) : value(std::move(v)) {}
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { wipe(value); }
  std::string value;
};

Secret::Secret(std::string value) {
  if (!value.empty()) bytes_ = std::make_shared<const Bytes>(std::move(value));
  wipe(value); // a short one lay in the string itself, and was copied
}

Secret Secret::joined(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string whole;
  whole.reserve(size); // one that grew would leave pieces behind
  for (const std::string_view part : parts) whole += part;
  return Secret(std::move(whole));
}

std::string_view Secret::reveal() const { return bytes_ ? std::string_view(bytes_->value) : std::string_view(); }

} // namespace milkrun
