// embed_sql: turns a .sql file into a C++ header at build time.
//
//   embed_sql NAME FILE OUT          one db::Statement per "-- name: x" section: milkrun::sql::NAME::x, and `all`
//   embed_sql --whole NAME FILE OUT  the file as one string: milkrun::sql::NAME
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Section {
  std::string name, sql;
};

[[noreturn]] void die(const std::string& what) {
  std::cerr << "embed_sql: " << what << '\n';
  std::exit(1);
}

std::vector<Section> sections(std::istream& in, const std::string& file) {
  const std::string mark = "-- name: ";
  std::vector<Section> out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(mark))
      out.push_back({line.substr(mark.size()), ""});
    else if (!out.empty() && !line.starts_with("--"))
      out.back().sql += line + '\n';
  }
  if (out.empty()) die(file + ": no \"-- name: x\" section");
  for (Section& s : out) {
    while (!s.sql.empty() && (s.sql.back() == '\n' || s.sql.back() == ';' || s.sql.back() == ' ')) s.sql.pop_back();
    if (s.sql.empty()) die(file + ": section " + s.name + " is empty");
  }
  return out;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  const bool whole = !args.empty() && args[0] == "--whole";
  if (whole) args.erase(args.begin());
  if (args.size() != 3) die("usage: embed_sql [--whole] NAME FILE OUT");
  std::ifstream in(args[1]);
  if (!in) die("cannot read " + args[1]);
  std::ostringstream out;
  out << "// Generated from a .sql file; do not edit.\n#pragma once\n";
  if (whole) {
    std::ostringstream text;
    text << in.rdbuf();
    out << "#include <string_view>\nnamespace milkrun::sql {\ninline constexpr std::string_view " << args[0]
        << " = R\"sql(" << text.str() << ")sql\";\n}\n";
  } else {
    out << "#include \"db/db.hpp\"\nnamespace milkrun::sql::" << args[0] << " {\n";
    std::string all;
    for (const Section& s : sections(in, args[1])) {
      out << "inline constexpr db::Statement " << s.name << "{\"" << args[0] << '.' << s.name << "\", R\"sql(" << s.sql
          << ")sql\"};\n";
      all += "&" + s.name + ", ";
    }
    out << "inline constexpr const db::Statement* all[] = {" << all << "};\n}\n";
  }
  std::ofstream file(args[2]);
  file << out.str();
  if (!file.flush()) die("cannot write " + args[2]);
}
