// An input is read to its end, and nothing that never ends is waited for.
#include "cli/input.hpp"

#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <fstream>
#include <ostream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::cli;

TEST_CASE("a pipe into which nobody writes is refused, and one with a slow writer is read") {
  const test::TempDir dir;
  const std::string pipe = dir.file("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto nobody = read_input(pipe, 100, std::chrono::milliseconds(1));
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Exit::data);
  CHECK(nobody.error().lines.front().contains("nobody writes into it"));

  std::thread writer([&] {
    const int fd = open(pipe.c_str(), O_WRONLY); // waits for the reader
    for (const char* part : {"one ", "two"}) CHECK(write(fd, part, std::char_traits<char>::length(part)) > 0);
    close(fd);
  });
  const auto read = read_input(pipe, 100, std::chrono::minutes(1));
  writer.join();
  CHECK(read.value_or("") == "one two");
}

TEST_CASE("a file is read whole, one that is too large and a folder are refused") {
  const test::TempDir dir;
  std::ofstream(dir.file("f")) << "seven b";
  CHECK(read_input(dir.file("f"), 7).value_or("") == "seven b");
  CHECK(read_input(dir.file("f"), 6).error().lines.front().contains("larger"));
  CHECK(read_input(dir.file("."), 6).error().code == Exit::data);
  CHECK(read_input(dir.file("none"), 6).error().code == Exit::data);
}
