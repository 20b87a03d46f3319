// The master key file: 32 bytes, 0600, outside the database.
#include "base/text.hpp"
#include "credentials/vault.hpp"

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

struct File {
  int fd;
  explicit File(int f) : fd(f) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) close(fd);
  }
};

// systemd gives a service that is not root its credentials as root:root 0440: an ACL's mask shows as the group's bits.
bool handed_out_by_systemd(const struct stat& s) {
  return (s.st_mode & 07777) == 0440 && s.st_uid == 0 && s.st_gid == 0;
}

[[noreturn]] void refuse(const std::string& sentence) { throw std::runtime_error(sentence); }

} // namespace

void MasterKey::Wipe::operator()(unsigned char* p) const { sodium_free(p); }
MasterKey::~MasterKey() = default;

MasterKey MasterKey::random() {
  MasterKey key{std::unique_ptr<unsigned char, Wipe>(locked_memory())};
  randombytes_buf(key.bytes_.get(), key_size);
  return key;
}

MasterKey MasterKey::from_file(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0)
    refuse(fmt::format("cannot read the master key {}: {}; `milkrun init` makes one, --key-file names another", path,
                       std::strerror(errno)));
  struct stat s{};
  fstat(file.fd, &s);
  if ((s.st_mode & 077) != 0 && !handed_out_by_systemd(s))
    refuse(fmt::format("master key {} is readable by others (mode {:04o}); run: chmod 600 {}", path, s.st_mode & 07777,
                       path));
  MasterKey key{std::unique_ptr<unsigned char, Wipe>(locked_memory())};
  char buffer[2 * key_size + 2];
  const ssize_t got = ::read(file.fd, buffer, sizeof buffer);
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
  return key;
}

void MasterKey::create_file(const std::string& path) {
  const MasterKey key = random();
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd < 0) refuse(fmt::format("cannot make the master key {}: {}", path, std::strerror(errno)));
  if (::write(file.fd, key.bytes(), key_size) != static_cast<ssize_t>(key_size) || fsync(file.fd) != 0) {
    unlink(path.c_str());
    refuse(fmt::format("cannot write the master key {}: {}", path, std::strerror(errno)));
  }
}

} // namespace milkrun
