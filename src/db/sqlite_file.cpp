// Who owns the folder decides which file SQLite will open a moment later: so the folder is judged as well.
#include "db/sqlite_file.hpp"

#include "base/private_file.hpp"
#include "db/db.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace milkrun::db {
namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw DatabaseError(DatabaseError::Kind::broken, sentence); }

std::string folder_of(const std::string& path) {
  const std::filesystem::path given(path);
  return given.has_parent_path() ? given.parent_path().string() : ".";
}

// The file is made by us first, so that SQLite never creates it with a wider mode.
void make(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat parent{};
  const bool seen = files::look(folder, parent, true);
  if (seen)
    if (const std::string why = files::complaint_of_directory(folder, parent); !why.empty())
      refuse(fmt::format("cannot make database {}: the folder {} {}", path, folder, why));
  const files::Fd fd(open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    const int error = errno;
    throw DatabaseError(error == ENOSPC || error == EDQUOT ? DatabaseError::Kind::full : DatabaseError::Kind::broken,
                        fmt::format("cannot make database {}: {}", path, std::strerror(error)));
  }
  if (seen && geteuid() == 0 && parent.st_uid != 0 && fchown(fd.get(), parent.st_uid, parent.st_gid) != 0)
    refuse(fmt::format("cannot give database {} to user {}: {}", path, files::user_name(parent.st_uid),
                       std::strerror(errno)));
}

void judge(const std::string& path, const struct stat& s, const files::Wanted& wanted) {
  if (const std::string why = files::complaint(path, s, wanted); !why.empty())
    refuse(fmt::format("database {} {}", path, why));
}

} // namespace

void check_database_file(const std::string& path, bool create) {
  struct stat s{};
  if (!files::look(path, s)) {
    if (errno != ENOENT) refuse(fmt::format("cannot look at database {}: {}", path, std::strerror(errno)));
    if (!create) refuse(fmt::format("database {} does not exist; make it with: milkrun init", path));
    make(path);
    if (!files::look(path, s)) refuse(fmt::format("cannot look at database {}: {}", path, std::strerror(errno)));
  }
  judge(path, s, {});
  // All pages may come from a side file, and any file from the folder: also root takes them from nobody but the owner.
  const uid_t owner = s.st_uid;
  for (const char* suffix : {"-wal", "-shm", "-journal"})
    if (files::look(path + suffix, s)) judge(path + suffix, s, {.also = owner});
  const std::string folder = folder_of(path);
  if (!files::look(folder, s, true)) refuse(fmt::format("cannot look at {}: {}", folder, std::strerror(errno)));
  if (const std::string why = files::complaint_of_directory(folder, s, owner); !why.empty())
    refuse(fmt::format("database {}: its folder {} {}", path, folder, why));
}

std::string without_links(const std::string& path) {
  std::error_code error;
  const auto directory = std::filesystem::canonical(folder_of(path), error);
  return error ? path : (directory / std::filesystem::path(path).filename()).string();
}

} // namespace milkrun::db
