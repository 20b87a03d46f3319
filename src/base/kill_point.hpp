// Named points at which a test may kill the process. Compiled to nothing unless MILKRUN_TEST_HOOKS is set.
//
// MILKRUN_TEST_KILL="name" or "name:3" (the third time) makes the process SIGKILL itself there.
// MILKRUN_TEST_STOP works the same with SIGSTOP. Both take a list: "one,other:2".
// MILKRUN_TEST_CLOCK_AHEAD=SECONDS sets the program's clock forward (test_switch(), src/cli/cli.cpp).
// MILKRUN_TEST_TRACE=FILE appends the name of each point to FILE when it is first reached.
#pragma once

namespace milkrun {

#ifdef MILKRUN_TEST_HOOKS
void kill_point(const char* name);
// The value of the environment variable MILKRUN_TEST_<name>, or nullptr.
const char* test_switch(const char* name);
#else
inline void kill_point(const char*) {}
inline const char* test_switch(const char*) { return nullptr; }
#endif

} // namespace milkrun
