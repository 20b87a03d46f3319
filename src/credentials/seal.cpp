// The seal: XChaCha20-Poly1305 with all that a secret belongs to as associated data.
#include "base/text.hpp"
#include "credentials/vault.hpp"

#include <fmt/format.h>
#include <sodium.h>

namespace milkrun {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

// Lengths make the parts unambiguous: ("a", "bc") and ("ab", "c") are different bindings.
std::string associated_data(const Binding& b) {
  std::string out = "milkrun2";
  for (const std::string& part : {b.tenant, b.owner, b.service, b.id, b.origin, b.account, std::to_string(b.version)})
    out += fmt::format("|{}:{}", part.size(), part);
  return out;
}

} // namespace

Secret marks_of(const MasterKey& key, const TenantId& tenant) {
  const std::string subject = "milkrun marks|" + tenant.value;
  std::string out(crypto_generichash_BYTES, '\0');
  crypto_generichash(bytes(out), out.size(), bytes(std::string_view(subject)), subject.size(), key.bytes(),
                     crypto_generichash_KEYBYTES);
  return Secret(std::move(out));
}

std::string seal(const MasterKey& key, const Binding& binding, const Secret& secret) {
  const std::string data = associated_data(binding);
  const std::string_view clear = secret.reveal();
  std::string out(nonce_size + clear.size() + tag_size, '\0');
  randombytes_buf(out.data(), nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(out) + nonce_size, nullptr, bytes(clear), clear.size(), bytes(data),
                                             data.size(), nullptr, bytes(out), key.bytes());
  return text::base64(out);
}

std::optional<Secret> unseal(const MasterKey& key, const Binding& binding, const std::string& sealed) {
  const std::optional<std::string> raw = text::from_base64(sealed);
  if (!raw || raw->size() < nonce_size + tag_size) return std::nullopt;
  const std::string data = associated_data(binding);
  std::string clear(raw->size() - nonce_size - tag_size, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(clear), nullptr, nullptr, bytes(*raw) + nonce_size,
                                                 raw->size() - nonce_size, bytes(data), data.size(), bytes(*raw),
                                                 key.bytes()) != 0)
    return std::nullopt;
  return Secret(std::move(clear));
}

} // namespace milkrun
