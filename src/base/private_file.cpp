// Judges files by fstat(2). A new file is made exclusively, so that nobody's link or pipe is ever taken for ours.
#include "base/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace milkrun::files {
namespace {

const char* kind(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

constexpr uid_t nobody = uid_t(-1);

std::string letters(mode_t mode) { return fmt::format("{:04o}", mode & 07777U); }

} // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

std::string user_name(uid_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry != nullptr ? std::string(entry->pw_name) : std::to_string(uid);
}

std::string complaint(const std::string& path, const struct stat& s, const Wanted& wanted) {
  if (S_ISLNK(s.st_mode)) return "is a symbolic link; give the real path";
  if (!S_ISREG(s.st_mode)) return fmt::format("is {}, not a regular file", kind(s.st_mode));
  if (wanted.one_name && s.st_nlink > 1)
    return fmt::format("has {} names (hard links), so that it is read and changed elsewhere too: make a copy of it and "
                       "remove the others",
                       s.st_nlink);
  const uid_t us = geteuid();
  const bool good = s.st_uid == us || s.st_uid == wanted.also || (wanted.roots_also && s.st_uid == 0);
  if (us == 0 && !good && wanted.also != nobody)
    return fmt::format("belongs to user {0}, who could choose what root does with the database of user {1}; see how it "
                       "came there, then run: chown {1} {2}",
                       user_name(s.st_uid), user_name(wanted.also), path);
  if (us != 0 && !good)
    return fmt::format(
        "belongs to user {0} and we are {1}; {2}run: chown {1} {3}", user_name(s.st_uid), user_name(us),
        // milkrun as root makes more such files
        s.st_uid == 0 ? "" : fmt::format("run as its owner (sudo -u {} milkrun ...), or ", user_name(s.st_uid)), path);
  if ((s.st_mode & wanted.forbidden) == 0) return {};
  return wanted.forbidden == 022U
             ? fmt::format("can be written by others (mode {}); run: chmod go-w {}", letters(s.st_mode), path)
             : fmt::format("is readable by others (mode {}); run: chmod 600 {}", letters(s.st_mode), path);
}

std::string complaint_of_directory(const std::string& path, const struct stat& s, uid_t also) {
  if (!S_ISDIR(s.st_mode))
    return fmt::format("is {}, not a directory", S_ISREG(s.st_mode) ? "a file" : kind(s.st_mode));
  const uid_t us = geteuid();
  if (s.st_uid != 0 && s.st_uid != us && s.st_uid != also && (us != 0 || also != nobody))
    return fmt::format("belongs to user {}, who could put other files in the place of ours; run: chown {} {}",
                       user_name(s.st_uid), user_name(us != 0 ? us : also), path);
  if ((s.st_mode & 022U) != 0)
    return fmt::format("can be written by others (mode {}), who could put files of theirs into it; run: chmod go-w {}",
                       letters(s.st_mode), path);
  return {};
}

std::string unopened(const std::string& path, int error) {
  struct stat s{};
  const bool odd = look(path, s, true) && !S_ISREG(s.st_mode);
  return odd ? complaint(path, s, {}) : std::strerror(error);
}

bool look(const std::string& path, struct stat& s, bool follow) {
  const Fd fd(open(path.c_str(), O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)));
  return fd && fstat(fd.get(), &s) == 0;
}

Owner owner_of(const struct stat& s) { return {s.st_uid, s.st_gid}; }
Owner us() { return {geteuid(), getegid()}; }

Fd open_own(const std::string& path, Owner owner, std::string& why) {
  constexpr int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  Fd fd(open(path.c_str(), how));
  if (!fd && errno == ENOENT) fd = Fd(open(path.c_str(), how | O_CREAT | O_EXCL, 0600));
  if (!fd && errno == EEXIST) fd = Fd(open(path.c_str(), how)); // another of us was a moment earlier
  struct stat s{};
  if (!fd) {
    const int error = errno;
    if (look(path, s)) {
      why = complaint(path, s, {});
      if (why.empty()) why = fmt::format("cannot be opened: {}", std::strerror(error));
    } else {
      why = fmt::format("cannot be made: {}", std::strerror(error));
    }
  } else if (fstat(fd.get(), &s) != 0) {
    why = std::strerror(errno);
  } else {
    why = complaint(path, s, {.also = owner.user});
    if (why.empty() && geteuid() == 0 && s.st_uid == 0 && owner.user != 0 &&
        fchown(fd.get(), owner.user, owner.group) != 0)
      why = fmt::format("cannot be given to user {}: {}", user_name(owner.user), std::strerror(errno));
  }
  if (why.empty()) return fd;
  why = fmt::format("{} {}", path, why);
  return Fd();
}

} // namespace milkrun::files
