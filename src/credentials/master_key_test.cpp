// The key file: 32 bytes or 64 hex digits, for its owner alone.
#include "base/text.hpp"
#include "credentials/vault.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <ostream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

std::string refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

std::string refused_read(const std::string& path) {
  return refused([&] { MasterKey::from_file(path); });
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  chmod(path.c_str(), 0600);
}

void bind_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::ranges::copy(path, address.sun_path);
  const files::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("a new key file is 32 random bytes for its owner alone, and is never overwritten") {
  const mode_t before = umask(0);
  const test::TempDir dir;
  const std::string path = dir.file("master.key");
  MasterKey::create_file(path);
  umask(before);
  struct stat s{};
  REQUIRE(stat(path.c_str(), &s) == 0);
  CHECK((s.st_mode & 07777) == 0600);
  CHECK(s.st_size == 32);
  const std::string first = content(path);
  CHECK(std::memcmp(MasterKey::from_file(path).bytes(), first.data(), 32) == 0);
  CHECK(refused([&] { MasterKey::create_file(path); }).find(path) != std::string::npos);
  CHECK(content(path) == first);
  MasterKey::create_file(dir.file("second.key"));
  CHECK(content(dir.file("second.key")) != first);
}

TEST_CASE("a key file of another size or with other letters is refused by name and never quoted") {
  const test::TempDir dir;
  const std::string path = dir.file("master.key"),
                    hex = "00112233445566778899aabbccddeeff8091a2b3c4d5e6f708192A3B4C5D6E7F";
  const std::string raw = "0123456789abcdef\x01\x02\x80\x90\xa0\xb0 tuvw XYZ+";
  struct Row {
    std::string bytes;
    bool good;
  };
  const Row table[] = {
      {raw, true},
      {hex, true},
      {hex + "\n", true},
      {"", false},
      {std::string(31, 'k'), false},
      {std::string(33, 'k'), false},
      {raw + "\n", false},
      {hex.substr(1), false},
      {hex + "0", false},
      {hex + "\n\n", false},
      {hex.substr(1) + "g", false},
      {hex.substr(1) + " ", false},
      {std::string(1'000, 'k'), false},
  };
  for (const Row& row : table) {
    CAPTURE(row.bytes.size());
    write(path, row.bytes);
    const std::string sentence = refused_read(path);
    CHECK(sentence.empty() == row.good);
    if (row.good) continue;
    CHECK(sentence.find(path) != std::string::npos);
    CHECK(sentence.find("32 bytes or 64 hex digits") != std::string::npos);
    if (row.bytes.size() > 8) CHECK(sentence.find(row.bytes.substr(0, 8)) == std::string::npos);
  }
  write(path, hex);
  CHECK(MasterKey::from_file(path).bytes()[1] == 0x11);
}

TEST_CASE("a key that can be guessed is refused: zeros, a repeated or counted pattern, a typed text") {
  const test::TempDir dir;
  const std::string path = dir.file("master.key");
  std::string counted, down, squares;
  for (int i = 0; i < 32; ++i)
    counted += static_cast<char>(i + 1), down += static_cast<char>(250 - 3 * i), squares += static_cast<char>(i * i);
  const std::string half = "\x01\x22\x33\x84\x95\xa6\xb7\xc8\xd9\xea\xfb\x0c\x1d\x2e\x3f\x40";
  for (const std::string& bytes : {std::string(32, '\0'),
                                   std::string(64, '0'),
                                   std::string(32, '\xff'),
                                   std::string(64, 'f'),
                                   counted,
                                   down,
                                   half + half,
                                   half + half.substr(0, 6) + "\x51\x62\x73\x04\x15\x26\x37\x48\x59\x6a",
                                   half + std::string(16, '\0'),
                                   squares,
                                   std::string("correct horse battery staple 12\n"),
                                   std::string("correct horse battery stapl\xe9 1\r\n"),
                                   std::string("Fünf Kühe gehen über Öl, 12\n"),
                                   std::string("Съешь ещё 7 булок!!"),
                                   std::string("correct horse battery staple 123"),
                                   std::string("00112233445566778899aabbccddeeff"),
                                   std::string("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
                                   std::string("11223344556677889900aabbccddeeff11223344556677889900aabbccddee00"),
                                   std::string("3141592653589793238462643383279502884197169399375105820974944592"),
                                   std::string("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef")}) {
    CAPTURE(text::hex(bytes));
    write(path, bytes);
    CHECK(refused_read(path).find("is not random") != std::string::npos);
  }
  for (int i = 0; i < 2'000; ++i) { // what is random is never refused
    write(path, std::string(reinterpret_cast<const char*>(MasterKey::random().bytes()), 32));
    REQUIRE(refused_read(path).empty());
  }
}

TEST_CASE("a pipe, a directory and a second name are no key, and nothing waits; a link to a good file is one") {
  const test::TempDir dir;
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK(refused_read(dir.file("pipe")).find("a pipe, not a regular file") != std::string::npos);
  CHECK(refused_read(dir.file(".")).find("a directory") != std::string::npos);
  bind_socket(dir.file("socket"));
  CHECK(refused_read(dir.file("socket")).find("is a socket, not a regular file") != std::string::npos);
  MasterKey::create_file(dir.file("a.key"));
  REQUIRE(symlink(dir.file("a.key").c_str(), dir.file("link").c_str()) == 0);
  CHECK(refused_read(dir.file("link")).empty());
  CHECK(refused([&] { MasterKey::create_file(dir.file("link")); }).find("cannot make") != std::string::npos);
  REQUIRE(link(dir.file("a.key").c_str(), dir.file("b.key").c_str()) == 0);
  CHECK(refused_read(dir.file("a.key")).find("2 names") != std::string::npos);
  if (geteuid() != 0) return;
  MasterKey::create_file(dir.file("c.key"), {4321, 4322});
  struct stat s{};
  REQUIRE(stat(dir.file("c.key").c_str(), &s) == 0);
  CHECK(s.st_uid == 4321);
}

TEST_CASE("a key that others may read is refused with the mend") {
  const test::TempDir dir;
  const std::string path = dir.file("master.key");
  MasterKey::create_file(path);
  for (const mode_t mode : {0644U, 0640U, 0604U, 0660U, 0444U, 0620U}) {
    CAPTURE(mode);
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK(refused_read(path).find("chmod 600 " + path) != std::string::npos);
  }
  for (const mode_t mode : {0600U, 0400U}) {
    CAPTURE(mode);
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK(refused_read(path).empty());
  }
}

TEST_CASE("a credential as systemd hands it to a service, root:root 0440, is taken") {
  if (geteuid() != 0) return; // only root can make such a file
  const test::TempDir dir;
  const std::string path = dir.file("master.key");
  MasterKey::create_file(path);
  REQUIRE(chmod(path.c_str(), 0440) == 0);
  CHECK(refused_read(path).empty());
  REQUIRE(chown(path.c_str(), 0, 1) == 0); // another group's members could read it
  CHECK(refused_read(path).find("readable by others") != std::string::npos);
}

TEST_CASE("a missing key is to be put back; the command that makes one is for a database that never had one") {
  const test::TempDir dir;
  const std::string sentence = refused_read(dir.file("none.key"));
  CHECK(sentence.find(dir.file("none.key")) != std::string::npos);
  CHECK(sentence.find("put it back from your backup") != std::string::npos);
  CHECK(sentence.find("milkrun init") != std::string::npos);
  CHECK(refused([&] { MasterKey::create_file(dir.file("no/dir/master.key")); }).find("cannot make") !=
        std::string::npos);
}

TEST_CASE("a key that we may not read is no lost key: whose it is and what makes it readable is said") {
  if (geteuid() != 0) return; // only root can become somebody else
  const test::TempDir dir;
  const std::string path = dir.file("master.key");
  MasterKey::create_file(path);
  const auto refused_as_another = [&] {
    REQUIRE(seteuid(4321) == 0);
    std::string sentence = refused_read(path);
    REQUIRE(seteuid(0) == 0);
    return sentence;
  };
  CHECK(refused_as_another().find("user 4321 may not read the master key " + path + ": a folder above it") == 0);
  REQUIRE(chmod(dir.file(".").c_str(), 0755) == 0);
  CHECK(refused_as_another() == "user 4321 may not read the master key " + path +
                                    ", which belongs to user root (mode 0600); run: chown 4321 " + path);
  REQUIRE(chown(path.c_str(), 4321, 4321) == 0);
  REQUIRE(chmod(path.c_str(), 0) == 0);
  CHECK(refused_as_another().ends_with("run: chmod 600 " + path));
}
