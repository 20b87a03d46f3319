// The main() of every test program.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ostream> // doctest compares strings only when it knows ostream

#include <doctest/doctest.h>
