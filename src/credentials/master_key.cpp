// The master key file: 32 bytes, 0600, outside the database.
#include "base/text.hpp"
#include "credentials/vault.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <sodium.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace milkrun {
namespace {

constexpr std::size_t key_size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not start");
}

unsigned char* locked_memory() {
  need_sodium();
  void* p = sodium_malloc(key_size);
  if (p == nullptr) throw std::bad_alloc();
  return static_cast<unsigned char*>(p);
}

// Whether 32 bytes could have come from a source of randomness: of such, fewer than 16 different ones, a half of which
// six bytes are those of the other, one byte eight times, hex without a letter (a number: a date, pi), or steps that
// are equal or grow equally come up less than once in 10^9; something that is UTF-8, or of which 28 bytes can be typed,
// once in 10^7. So a sentence is found out with a line break at its end, with umlauts and in any script.
bool random_enough(const unsigned char* key) {
  constexpr std::size_t most_typed = 27;
  constexpr int most_equal = 7;
  constexpr std::size_t most_again = 5;
  const auto of = [&](std::size_t i) { return static_cast<unsigned>(key[i]); };
  std::array<int, 256> times{};
  std::size_t typed = 0, even = 0, again = 0, letters = 0;
  for (std::size_t i = 0; i < key_size; ++i) {
    ++times.at(key[i]);
    if (i >= key_size / 2 && of(i) == of(i - key_size / 2)) ++again;
    if (of(i) / 16 > 9 || of(i) % 16 > 9) ++letters;
    if ((key[i] >= ' ' && key[i] <= '~') || (key[i] >= '\t' && key[i] <= '\r')) ++typed;
    if (i >= 3 && (of(i) - 3 * of(i - 1) + 3 * of(i - 2) - of(i - 3)) % 256 == 0) ++even;
  }
  const auto different = std::ranges::count_if(times, [](int n) { return n > 0; });
  const bool text = typed > most_typed || text::is_utf8({reinterpret_cast<const char*>(key), key_size});
  return different >= 16 && std::ranges::max(times) <= most_equal && even < key_size - 3 && !text &&
         again <= most_again && letters > 0;
}

// systemd gives a service that is not root its credentials as root:root 0440: an ACL's mask shows as the group's bits.
bool handed_out_by_systemd(const struct stat& s) {
  return (s.st_mode & 07777) == 0440 && s.st_uid == 0 && s.st_gid == 0;
}

[[noreturn]] void refuse(const std::string& sentence) { throw std::runtime_error(sentence); }

[[noreturn]] void refuse_unopened(const std::string& path, int error) {
  struct stat s{};
  const std::string us = files::user_name(geteuid());
  if (error == EACCES && files::look(path, s, true))
    refuse(fmt::format("user {} may not read the master key {}, which belongs to user {} (mode {:04o}); run: {} {}", us,
                       path, files::user_name(s.st_uid), s.st_mode & 07777U,
                       s.st_uid == geteuid() ? "chmod 600" : "chown " + us, path));
  if (error == EACCES)
    refuse(fmt::format("user {} may not read the master key {}: a folder above it lets this user not in; move the key, "
                       "or change the folder's mode",
                       us, path));
  refuse(fmt::format("cannot read the master key {}: {}; put it back from your backup, or name it with --key-file (a "
                     "database that never had one gets it by `milkrun init`)",
                     path, files::unopened(path, error)));
}

} // namespace

void MasterKey::Wipe::operator()(unsigned char* p) const { sodium_free(p); }
MasterKey::~MasterKey() = default;

MasterKey MasterKey::random() {
  MasterKey key{std::unique_ptr<unsigned char, Wipe>(locked_memory())};
  do randombytes_buf(key.bytes_.get(), key_size);
  while (!random_enough(key.bytes_.get()));
  return key;
}

MasterKey MasterKey::from_file(const std::string& path) {
  // A symbolic link is followed: that is how some orchestrators hand out secrets. What it leads to is judged.
  const files::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) refuse_unopened(path, errno);
  struct stat s{};
  fstat(file.get(), &s);
  const std::string why = handed_out_by_systemd(s) ? std::string() : files::complaint(path, s, {.roots_also = true});
  if (!why.empty()) refuse(fmt::format("master key {} {}", path, why));
  MasterKey key{std::unique_ptr<unsigned char, Wipe>(locked_memory())};
  char buffer[2 * key_size + 2];
  const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
  std::size_t size = got < 0 ? 0 : static_cast<std::size_t>(got);
  if (size == 2 * key_size + 1 && buffer[size - 1] == '\n') --size;
  std::size_t decoded = 0;
  const bool good = size == key_size ? (std::memcpy(key.bytes_.get(), buffer, key_size), true)
                                     : size == 2 * key_size &&
                                           sodium_hex2bin(key.bytes_.get(), key_size, buffer, size, nullptr, &decoded,
                                                          nullptr) == 0 &&
                                           decoded == key_size;
  sodium_memzero(buffer, sizeof buffer);
  if (!good) refuse(fmt::format("master key {} is not 32 bytes or 64 hex digits; restore it from your backup", path));
  if (!random_enough(key.bytes_.get()))
    refuse(fmt::format("master key {} is not random: it is a text, a pattern or zeros, and can be guessed; restore it "
                       "from your backup, or make a new database and key with `milkrun init` and import again",
                       path));
  return key;
}

void MasterKey::create_file(const std::string& path, files::Owner owner) {
  const MasterKey key = random();
  const files::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) refuse(fmt::format("cannot make the master key {}: {}", path, std::strerror(errno)));
  const bool given = geteuid() != 0 || owner.user == 0 || fchown(file.get(), owner.user, owner.group) == 0;
  if (!given || ::write(file.get(), key.bytes(), key_size) != static_cast<ssize_t>(key_size) ||
      fsync(file.get()) != 0) {
    const int error = errno;
    unlink(path.c_str());
    refuse(fmt::format("cannot write the master key {}: {}", path, std::strerror(error)));
  }
}

} // namespace milkrun
