// Files are judged by what was opened: owner, mode, kind and number of names; new ones are never somebody's link.
#include "base/private_file.hpp"

#include "support/temp_dir.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <ostream>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

struct Tried {
  bool opened;
  std::string why;
  bool says(std::string_view part) const { return why.find(part) != std::string::npos; }
};

Tried tried(const std::string& path, files::Owner owner = files::us()) {
  std::string why;
  const files::Fd fd = files::open_own(path, owner, why);
  return {static_cast<bool>(fd), why};
}

struct stat seen(const std::string& path) {
  struct stat s{};
  REQUIRE(files::look(path, s));
  return s;
}

std::string written(const std::string& path, const char* text = "x") {
  std::ofstream(path) << text;
  REQUIRE(chmod(path.c_str(), 0600) == 0);
  return path;
}

} // namespace

TEST_CASE("a file of ours is made private whatever the umask, and opened again") {
  const test::TempDir dir;
  const mode_t before = umask(0);
  CHECK(tried(dir.file("a")).opened);
  umask(before);
  CHECK((seen(dir.file("a")).st_mode & 07777) == 0600);
  CHECK(tried(dir.file("a")).opened);
}

TEST_CASE("links, pipes and directories in the place of our file are refused and stay what they were") {
  const test::TempDir dir;
  const std::string victim = written(dir.file("victim"), "precious");
  REQUIRE(symlink(victim.c_str(), dir.file("soft").c_str()) == 0);
  REQUIRE(symlink(dir.file("nowhere").c_str(), dir.file("dangling").c_str()) == 0);
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  REQUIRE(mkdir(dir.file("folder").c_str(), 0700) == 0);
  CHECK(tried(dir.file("soft")).says("symbolic link"));
  CHECK(tried(dir.file("dangling")).says("symbolic link"));
  CHECK(access(dir.file("nowhere").c_str(), F_OK) != 0);
  CHECK(tried(dir.file("pipe")).says("a pipe, not a regular file")); // and did not wait for a writer
  CHECK(tried(dir.file("folder")).says("a directory"));
  REQUIRE(link(victim.c_str(), dir.file("hard").c_str()) == 0);
  CHECK(tried(dir.file("hard")).says("2 names"));
  CHECK(tried(dir.file("no/such/folder")).says("cannot be made"));
  CHECK(tried(dir.file("hard")).says(dir.file("hard")));
}

TEST_CASE("others may neither read nor write, and the mend is named") {
  const test::TempDir dir;
  const std::string path = written(dir.file("a"));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0666U}) {
    CAPTURE(mode);
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK(tried(path).says("chmod 600 " + path));
  }
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  CHECK(files::complaint(path, seen(path), {.forbidden = 022}).empty());
  REQUIRE(chmod(path.c_str(), 0664) == 0);
  CHECK(files::complaint(path, seen(path), {.forbidden = 022}).find("chmod go-w " + path) != std::string::npos);
}

TEST_CASE("a directory others may write to is refused") {
  const test::TempDir dir;
  REQUIRE(mkdir(dir.file("d").c_str(), 0755) == 0);
  CHECK(files::complaint_of_directory(dir.file("d"), seen(dir.file("d"))).empty());
  for (const mode_t mode : {0775U, 0757U, 01777U}) {
    CAPTURE(mode);
    REQUIRE(chmod(dir.file("d").c_str(), mode) == 0);
    CHECK(files::complaint_of_directory(dir.file("d"), seen(dir.file("d"))).find("chmod go-w") != std::string::npos);
  }
  CHECK(files::complaint_of_directory("f", seen(written(dir.file("f")))).find("not a directory") != std::string::npos);
}

TEST_CASE("another user's file is refused to us, root's only where that is wanted") {
  struct stat s = {};
  s.st_mode = S_IFREG | 0600;
  s.st_nlink = 1;
  s.st_uid = geteuid() + 4321;
  struct stat d = s;
  d.st_mode = S_IFDIR | 0700;
  const bool root = geteuid() == 0; // root may use every user's
  CHECK(files::complaint("f", s, {}).empty() == root);
  CHECK(files::complaint("f", s, {.also = s.st_uid}).empty());
  CHECK(files::complaint_of_directory("d", d).empty() == root);
  CHECK(files::complaint_of_directory("d", d, d.st_uid).empty());
  CHECK(files::complaint("f", s, {.also = d.st_uid + 1}).contains("belongs to user")); // also to root
  CHECK(files::complaint_of_directory("d", d, d.st_uid + 1).contains("run: chown"));
  s.st_uid = 0;
  CHECK(files::complaint("f", s, {.roots_also = true}).empty());
  CHECK(files::complaint("f", s, {}).empty() == root);
}

TEST_CASE("what root makes belongs to the database's owner, also when root had made it for itself before") {
  if (geteuid() != 0) return; // only root can give a file away
  const test::TempDir dir;
  CHECK(tried(dir.file("new"), {4321, 4322}).opened);
  CHECK(seen(dir.file("new")).st_uid == 4321);
  CHECK(seen(dir.file("new")).st_gid == 4322);
  written(dir.file("old"));
  CHECK(tried(dir.file("old"), {4321, 4322}).opened);
  CHECK(seen(dir.file("old")).st_uid == 4321);
  // Nobody else's file is given away, least of all one of a system user's.
  written(dir.file("third"));
  REQUIRE(chown(dir.file("third").c_str(), 1, 1) == 0);
  CHECK(tried(dir.file("third"), {4321, 4322}).says("run: chown 4321 " + dir.file("third")));
  CHECK(tried(dir.file("third")).says("run: chown root " + dir.file("third"))); // the database is root's own
  CHECK(seen(dir.file("third")).st_uid == 1);
}

TEST_CASE("a file of root's is to be given to us; another user's may be used as that user") {
  if (geteuid() != 0) return; // only root can become somebody else
  const test::TempDir dir;
  const std::string path = written(dir.file("a"));
  const auto complaint_of_another = [&] {
    const struct stat s = seen(path);
    REQUIRE(seteuid(4321) == 0);
    std::string why = files::complaint(path, s, {});
    REQUIRE(seteuid(0) == 0);
    return why;
  };
  CHECK(complaint_of_another() == "belongs to user root and we are 4321; run: chown 4321 " + path);
  REQUIRE(chown(path.c_str(), 4322, 4322) == 0);
  CHECK(complaint_of_another() ==
        "belongs to user 4322 and we are 4321; run as its owner (sudo -u 4322 milkrun ...), or run: chown 4321 " +
            path);
}
