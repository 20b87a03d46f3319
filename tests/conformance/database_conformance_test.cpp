// Every database of this build keeps the promises of db.hpp.
#include "conformance/database_conformance.hpp"

#include <ostream>

#include <doctest/doctest.h>

TEST_CASE("every database keeps the rules of the seam") {
  for (const milkrun::test::Subject& subject : milkrun::test::subjects()) milkrun::test::check_database(subject);
}
