// Named points at which a test may kill the process. Compiled to nothing unless MILKRUN_TEST_HOOKS is set.
//
// MILKRUN_TEST_KILL="name" or "name:3" (the third time) makes the process SIGKILL itself there.
// MILKRUN_TEST_STOP works the same with SIGSTOP. Both take a list: "one,other:2". "name@ID" picks one item out.
// MILKRUN_TEST_CLOCK_AHEAD=SECONDS sets the program's clock forward (test_switch(), src/cli/cli.cpp).
// MILKRUN_TEST_TRACE=FILE appends the name of each point to FILE whenever it is reached.
#pragma once

#include <string>

namespace milkrun {

#ifdef MILKRUN_TEST_HOOKS
void kill_point(const char* name);
// A point that one item passes: reached as "name", and as "name@ID" of that item.
void kill_point(const char* name, const std::string& id);
// The value of the environment variable MILKRUN_TEST_<name>, or nullptr.
const char* test_switch(const char* name);
#else
inline void kill_point(const char*) {}
inline void kill_point(const char*, const std::string&) {}
inline const char* test_switch(const char*) { return nullptr; }
#endif

} // namespace milkrun
