// Files that one user alone may touch. What was opened is looked at, not what a path says; links are not followed in
// the last part of a path, and no pipe is waited for.
#pragma once

#include <string>
#include <sys/stat.h>
#include <utility>

namespace milkrun::files {

// A descriptor that is closed when it goes; -1 = none.
class Fd {
public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_;
};

// Whose a new file is to be.
struct Owner {
  uid_t user;
  gid_t group;
};
Owner owner_of(const struct stat& s);
Owner us(); // of this process

// What a file must be, beside a regular one.
struct Wanted {
  mode_t forbidden = 077;  // bits of the mode that may not be set: 077 private, 022 not written by others
  bool one_name = true;    // no hard links: what is written there is written nowhere else
  bool roots_also = false; // may belong to root, whoever we are
  uid_t also = uid_t(-1);  // and to this user (the database's owner)
};

// "" or why the file is refused, with the mend: "is a pipe, not a regular file", "is readable by others (mode 0644);
// run: chmod 600 PATH". The path is only named. Root may use every user's file, unless `also` says whose it is to be.
std::string complaint(const std::string& path, const struct stat& s, const Wanted& wanted);
// The same of a directory: it belongs to us, to root or to `also`, and nobody else may put files into it. Root who
// names nobody takes everybody's.
std::string complaint_of_directory(const std::string& path, const struct stat& s, uid_t also = uid_t(-1));

// Why an open of it for reading failed with `error`, from which one cannot tell that it is a socket: "is a socket, not
// a regular file", or what the system says.
std::string unopened(const std::string& path, int error);

// Looks at a path without opening the file for work: no lock is lost by it, no pipe hangs. False with errno set when
// there is none. A symbolic link is looked at itself where `follow` is false.
bool look(const std::string& path, struct stat& s, bool follow = false);

// A file for reading and writing that is made (0600) when it is not there: for us, or, when we are root, for `owner`,
// so that what root once started does not lock the service's user out. `why` is the whole sentence when it fails.
Fd open_own(const std::string& path, Owner owner, std::string& why);

std::string user_name(uid_t uid); // "milkrun", or the number

} // namespace milkrun::files
